"""What every measuring script does first and last. Import it before anything that is compiled."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stream import numba_cache

numba_cache.configure()

ROOT = Path(numba_cache.__file__).parents[1]
_BEGAN = time.monotonic()


def options(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all scripts have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there too")
    return parser


def progress(text: str) -> None:
    """Write a line to standard error, with the seconds so far."""
    sys.stderr.write(f"{time.monotonic() - _BEGAN:7.1f} s  {text}\n")
    sys.stderr.flush()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set columns beside each other; all but the first to the right."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def finish(arguments: argparse.Namespace, text: str, figures: Any) -> None:
    """Print the text, and write the figures with what they were made with, if asked to."""
    sys.stdout.write(text.rstrip() + "\n")
    if arguments.json is None:
        return
    told = {name: value for name, value in vars(arguments).items() if name != "json"}
    document = {
        "script": Path(sys.argv[0]).name,
        "sources": numba_cache.key(ROOT),  # changes with any line of ours
        "arguments": told,
        "seconds": round(time.monotonic() - _BEGAN, 1),
        "figures": figures,
    }
    arguments.json.write_text(json.dumps(document, indent=1, default=str) + "\n", encoding="utf-8")
