"""The port to the outside: where databases are, and the key of the pseudonyms. Airflow brings a resolver of its own."""

from __future__ import annotations

import os
from typing import Protocol

from retention.model.dataset import Dataset
from retention.model.errors import refuse


class Resolver(Protocol):
    """Answers come with secrets in them: they go to the drivers, never into a message."""

    def url(self, dataset: Dataset) -> str:
        """An SQLAlchemy URL. Raises RetentionError R320 when there is none."""

    def pseudonym_key(self) -> str | None:
        """The key's text; None: look into the environment and the key file."""


class EnvironmentResolver:
    """The command line's: addresses stand in the environment variables that datasets.yaml names."""

    def url(self, dataset: Dataset) -> str:
        url = os.environ.get(dataset.environment) if dataset.environment else None
        if url:
            return url
        if dataset.environment is None:
            raise refuse(
                "R320",
                f"dataset {dataset.id} has an Airflow connection only, which the command line does not read",
                where=f"dataset {dataset.id}",
                remedy="add url_from_environment to it in datasets.yaml, and set that variable",
            )
        raise refuse(
            "R320",
            f"no address of dataset {dataset.id}: the environment variable {dataset.environment} is not set",
            where=f"dataset {dataset.id}",
            remedy=f"export {dataset.environment}=postgresql+psycopg://user@127.0.0.1/{dataset.id} "
            f"(or sqlite:////path/to/{dataset.id}.db)",
        )

    def pseudonym_key(self) -> str | None:
        return None
