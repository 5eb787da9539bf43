"""`python -m retention.policy` writes the generated pages of docs/reference anew; run it at the top of the project."""

from pathlib import Path

from retention.policy.reference import write_reference

if __name__ == "__main__":
    write_reference(Path("docs/reference"))
