"""`python -m retention.cli` writes docs/reference/cli.md anew; run it at the top of the project."""

from pathlib import Path

from retention.cli.reference import write_reference

if __name__ == "__main__":
    write_reference(Path("docs/reference"))
