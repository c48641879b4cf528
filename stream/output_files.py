"""Files of JSON lines that commands write, and what a rejected line looks like."""

import sys
from pathlib import Path
from typing import BinaryIO

import orjson

from connectors.errors import SinkError

from .store import Reject

STDOUT = Path("-")


def opened(path: Path) -> BinaryIO:
    """Open a file to be written, ``-`` for standard output; SinkError where that cannot be."""
    if path == STDOUT:
        return sys.stdout.buffer
    try:
        return path.open("wb")
    except OSError as error:
        raise SinkError(
            f"{path}: cannot be written ({(error.strerror or 'unknown').lower()}), expected a file;"
            " choose another place"
        ) from error


def put(file: BinaryIO, path: Path, line: bytes) -> None:
    """Add a line to an opened file; SinkError where there is no room."""
    try:
        file.write(line)
    except OSError as error:
        raise SinkError(
            f"{path}: cannot be written ({(error.strerror or 'unknown').lower()}), expected room;"
            " free some and run again"
        ) from error


def rejected_line(reject: Reject, line: bytes) -> bytes:
    """Return a line that could not be parsed, with its place and reason, as a line of JSON."""
    record = {
        "file": reject.file,
        "line": reject.line,
        "byte": reject.byte,
        "reason": reject.reason,
        "record": line.rstrip(b"\r\n").decode("utf-8", "backslashreplace"),
    }
    return orjson.dumps(record) + b"\n"
