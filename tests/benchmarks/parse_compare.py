"""CPU time a record of Parser.parse, beside what else a user would pick for the same lines.

Ours gives the normal form: times, addresses and counts as numbers. `json`, orjson and `csv`
give dicts or lists, `re` gives groups of text, pandas and polars frames of the columns that the
lines have. All run in turn, round after round, in one process; the least time of each counts.
pandas and polars are taken from a folder of packages, where one is named; they are no part of
Almenara:

    uv venv /tmp/cmp && uv pip install --python /tmp/cmp/bin/python pandas polars
    python tests/benchmarks/parse_compare.py --packages /tmp/cmp/lib/python3.11/site-packages
"""

import csv
import importlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import orjson  # isort: skip
from parse_cost import MICRO, Form, blocks_of, parse_all, seconds, simulated

from stream.formats.parser import Parser, ParseSettings

Run = Callable[[], object]
FORMS = ("Zeek conn, JSON", "Zeek conn, TSV", "iptables", "Cisco ASA teardown")
PAIR = re.compile(r"(\w+)=(\S*)")
TEARDOWN = re.compile(
    r"(\w{3} +\d+ \d{4} [\d:]+) (\S+) : %ASA-(\d)-(\d+): Teardown (\w+) connection (\d+) "
    r"for (\w+):([\d.]+)/(\d+) to (\w+):([\d.]+)/(\d+) duration ([\d:]+) bytes (\d+) ?(.*)"
)


def others(form: Form, path: Path) -> Iterator[tuple[str, Run]]:
    """Yield what else reads the lines of a form; they lie in a file too."""
    lines = [line.decode().rstrip() for line in form.lines]
    if form.name.endswith("JSON"):
        yield "json", lambda: [json.loads(line) for line in lines]
        yield "orjson", lambda: [orjson.loads(line) for line in form.lines]
    elif form.name.endswith("TSV"):
        yield "csv", lambda: list(csv.reader(lines, delimiter="\t"))
    elif form.name == "iptables":
        yield "re", lambda: [dict(PAIR.findall(line)) for line in lines]
    else:
        yield "re", lambda: [found.groups() for found in map(TEARDOWN.fullmatch, lines) if found]
    yield from frames(form, path)


def frames(form: Form, path: Path) -> Iterator[tuple[str, Run]]:
    """Yield pandas and polars, for lines that they read and where they are installed."""
    if not form.name.startswith("Zeek"):
        return
    is_json = form.name.endswith("JSON")
    if find_spec("pandas"):
        pandas = importlib.import_module("pandas")
        raw = path.read_bytes()
        if is_json:
            yield "pandas", lambda: pandas.read_json(io.BytesIO(raw), lines=True)
        else:
            yield (
                "pandas",
                lambda: pandas.read_csv(io.BytesIO(raw), sep="\t", comment="#", header=None),
            )
    if find_spec("polars"):
        polars = importlib.import_module("polars")
        if is_json:
            yield "polars", lambda: polars.scan_ndjson(path).collect()
        else:
            told = {"separator": "\t", "has_header": False, "comment_prefix": "#"}
            yield "polars", lambda: polars.scan_csv(path, **told).collect()


def measure(form: Form, rounds: int, folder: Path) -> dict[str, float]:
    """Run all in turn; microseconds a record of each."""
    path = folder / "lines.log"
    path.write_bytes(b"".join(form.lines))
    parse = parse_all_lines(form)
    runs: dict[str, Run] = {"Almenara": parse, **dict(others(form, path))}
    least = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            least[name] = min(least[name], seconds(run))
    return {name: took * MICRO / len(form.lines) for name, took in least.items()}


def parse_all_lines(form: Form) -> Run:
    """Return our run over the lines of a form."""
    blocks = blocks_of(form.lines)
    if form.name.endswith("TSV"):
        parser = Parser(ParseSettings())
        return lambda: [parser.parse(*block) for block in blocks]
    return parse_all(Parser(ParseSettings()), blocks)


def main() -> int:
    """Measure and print the table."""
    arguments = options(__doc__ or "")
    arguments.add_argument("--events", type=int, default=50_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--packages", type=Path, help="a folder with pandas and polars")
    chosen = arguments.parse_args()
    os.environ["POLARS_MAX_THREADS"] = "1"
    if chosen.packages:
        sys.path.append(str(chosen.packages))
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for form in simulated(chosen.events):
            if form.name in FORMS:
                figures[form.name] = measure(form, chosen.rounds, Path(folder))
                progress(form.name)
    rows = [
        (f"{form}, {name}", f"{took:.2f}", f"{took / costs['Almenara']:.1f}")
        for form, costs in figures.items()
        for name, took in costs.items()
    ]
    finish(chosen, table(("CPU µs a record", "µs", "times ours"), rows), figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
