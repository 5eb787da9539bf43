"""`python -m retention.policy` writes the generated pages of docs/reference anew; run it at the top of the project."""

from pathlib import Path

from retention.policy.reference import write_reference
from retention.policy.statute_reference import statutes_markdown

if __name__ == "__main__":
    write_reference(Path("docs/reference"))
    page = Path("docs/reference/statutes.md")
    page.write_text(statutes_markdown(Path("retention_rules")), encoding="utf-8")
