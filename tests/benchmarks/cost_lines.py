"""The two streams that costs are measured on, as Zeek JSON lines."""

import lzma
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson

from stream.simulate.loads import dense
from stream.simulate.zeek import json_lines

SPARSE_DAYS = ("2024-04-19.conn.log.xz", "2024-04-20.conn.log.xz")
WHOLE = {"port", "count"}
REAL = {"time", "interval"}


def dense_lines(events: int) -> list[bytes]:
    """Return 10,000 events/s of 2,000 hosts."""
    return [line.encode() + b"\n" for line in json_lines(dense(events), np.random.default_rng(1))]


def sparse_lines(data: Path) -> list[bytes]:
    """Return the two rita-zeek days: nearly every event opens a window."""
    folder = data / "rita-zeek" / "three-days"
    return [line for name in SPARSE_DAYS for line in _as_json(folder / name)]


def _as_json(path: Path) -> Iterator[bytes]:
    """Yield the rows of a Zeek TSV log as Zeek would have written them in JSON."""
    fields: list[str] = []
    types: list[str] = []
    with lzma.open(path, "rt") as file:
        for line in file:
            words = line.rstrip("\n").split("\t")
            if words[0] == "#fields":
                fields = words[1:]
            elif words[0] == "#types":
                types = words[1:]
            elif not line.startswith("#"):
                row = zip(fields, types, words, strict=True)
                record = {name: _value(kind, word) for name, kind, word in row if word != "-"}
                yield orjson.dumps(record) + b"\n"


def _value(kind: str, word: str) -> object:
    if kind in REAL:
        return float(word)
    if kind in WHOLE:
        return int(word)
    if kind == "bool":
        return word == "T"
    return word.split(",") if kind.startswith("set") else word
