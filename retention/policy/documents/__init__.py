"""The shapes of the files in the rules folder, as pydantic models. Schema and reference are made from them."""
