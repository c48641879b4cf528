"""Writes the pages of ``docs/`` that are made from the code, or checks that they are current.

``python -m stream.pages`` writes them; with ``--check`` it exits 1 where one is stale.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from .configuration.page import settings_page
from .features.page import features_page
from .formats.page import formats_page
from .metrics_page import metrics_page

PAGES: dict[str, Callable[[], str]] = {
    "features.md": features_page,
    "formats.md": formats_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
}
"""What makes each page, by its name in ``docs/``."""

DOCS = Path(__file__).parents[1] / "docs"


def stale(docs: Path) -> list[str]:
    """Return the pages that are missing or differ from what the code says."""
    return [name for name, page in PAGES.items() if _written(docs / name) != page()]


def write(docs: Path) -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (docs / name).write_text(page(), encoding="utf-8")


def _written(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if arguments != ["--check"]:
        write(DOCS)
        return 0
    for name in stale(DOCS):
        sys.stderr.write(f"docs/{name}: not what the code says; run python -m stream.pages\n")
    return 1 if stale(DOCS) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
