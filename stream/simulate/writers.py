"""A simulation as a log file and its truth: the formats, and the bytes of each.

The same settings and format give the same bytes, in plain files and in gz files.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from connectors.errors import SinkError
from detectors.errors import ConfigError

from . import iptables, suricata, zeek
from .flows import Flows
from .settings import Order, SimulationSettings
from .simulate import days, planned
from .spelling import address_words
from .truth import PlantedAttack, TruthLedger

ROWS_AT_ONCE = 50_000
Line = tuple[bytes, bytes]
"""Source address, and the line of one connection."""
Write = Callable[[bytes], int]


def _nothing(settings: SimulationSettings) -> list[str]:
    del settings
    return []


def _everything(flows: Flows) -> Flows:
    return flows


class LogFormat(NamedTuple):
    """How flows become the lines of a file."""

    order: Order
    sees: Callable[[Flows], Flows]
    lines: Callable[[Flows, Generator], Iterable[str]]
    head: Callable[[SimulationSettings], list[str]] = _nothing
    tail: Callable[[SimulationSettings], list[str]] = _nothing


FORMATS = {
    "zeek-tsv": LogFormat("end", _everything, zeek.tsv_lines, zeek.tsv_head, zeek.tsv_tail),
    "zeek-json": LogFormat("end", _everything, zeek.json_lines),
    "suricata": LogFormat("end", _everything, suricata.flow_lines),
    "iptables": LogFormat("start", iptables.crossing, iptables.kernel_lines),
}


class Written(NamedTuple):
    """What a log holds."""

    records: int  # lines, header lines included
    events: int
    truth: tuple[PlantedAttack, ...]


def write_log(path: Path, settings: SimulationSettings, log_format: str) -> Written:
    """Write the simulation to a file, compressed where its name ends in ``.gz``.

    Raises
    ------
    ConfigError
        If the format is unknown.
    SinkError
        If the file cannot be written.
    """
    made = _format(log_format)
    with _writable(path) as write:
        return _write(write, settings, made)


def lines_of(settings: SimulationSettings, log_format: str) -> Iterator[Line]:
    """Yield lines with their sources, without heads and tails of files.

    ConfigError where the format is unknown.
    """
    made = _format(log_format)
    rng = np.random.default_rng([settings.seed, 0x1D])
    for day in days(settings, made.order):
        flows = made.sees(day)
        for start in range(0, flows.rows, ROWS_AT_ONCE):
            some = flows.take(slice(start, start + ROWS_AT_ONCE))
            for source, line in zip(address_words(some.src), made.lines(some, rng), strict=True):
                yield source.encode(), line.encode()


def write_truth(path: Path, settings: SimulationSettings, written: Written) -> None:
    """Write what was planted as JSON; SinkError where the file cannot be written."""
    attacks = [json.dumps(attack.as_dict(), sort_keys=True) for attack in written.truth]
    counts = {"events": written.events, "records": written.records, "settings": asdict(settings)}
    rest = json.dumps(counts, sort_keys=True).removeprefix("{")
    listed = ",".join(f"\n {line}" for line in attacks)
    with _writable(path) as write:
        write(f'{{"attacks": [{listed}],\n{rest}\n'.encode())


def _format(name: str) -> LogFormat:
    if name not in FORMATS:
        raise ConfigError(
            f"format: {name!r}, expected one of {', '.join(FORMATS)}; choose one of them"
        )
    return FORMATS[name]


def _write(write: Write, settings: SimulationSettings, log_format: LogFormat) -> Written:
    ledger = TruthLedger(planned(settings))
    rng = np.random.default_rng([settings.seed, 0x1D])
    head, tail = log_format.head(settings), log_format.tail(settings)
    write(_joined(head))
    events = 0
    for day in days(settings, log_format.order):
        flows = log_format.sees(day)
        ledger.add(flows, len(head) + events)
        events += flows.rows
        for start in range(0, flows.rows, ROWS_AT_ONCE):
            some = flows.take(slice(start, start + ROWS_AT_ONCE))
            write(_joined(log_format.lines(some, rng)))
    write(_joined(tail))
    return Written(len(head) + events + len(tail), events, ledger.planted())


def _joined(lines: Iterable[str]) -> bytes:
    text = "\n".join(lines)
    return text.encode() + b"\n" if text else b""


@contextmanager
def _writable(path: Path) -> Iterator[Write]:
    """Open a file and give what writes bytes to it. A gz file carries no name and no time."""
    try:
        with path.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                    yield packed.write
            else:
                yield file.write
    except OSError as error:
        raise SinkError(
            f"{path}: {error.strerror}, expected a file that can be written; choose another place"
        ) from error
