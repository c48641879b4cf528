"""Raw lines of vendors and the events that Filebeat makes of them, joined by byte offset."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import numpy as np

from stream.formats.compile_rules import shared_words
from stream.formats.every_line import EveryLine
from stream.formats.parser import ParseSettings

Columns = dict[str, str | int | float]
Expected = dict[str, object]
COUNTS = {
    "bytes_out": "source.bytes",
    "bytes_in": "destination.bytes",
    "packets_out": "source.packets",
    "packets_in": "destination.packets",
}
PORTS = {"src_port": "source.port", "dst_port": "destination.port"}
# files come to the reader as of then: years that lines do not name follow from it
REFERENCE_TIME = 1622505600.0  # 2021-06-01
ICMP = (1, 58)
DENIALS = {"denied", "dropped", "reset"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not what Filebeat says."""

    file: str
    line: int  # from 1
    field: str
    expected: object
    found: object


@dataclass(slots=True)
class Comparison:
    """What became of the lines of a family that name a source and a destination."""

    lines: int = 0
    fields: int = 0
    differences: list[Difference] = field(default_factory=list)


def split_lines(raw: bytes) -> tuple[list[bytes], dict[int, int]]:
    """Lines with their ends, and their numbers by byte offset."""
    lines = raw.splitlines(keepends=True)
    starts = np.cumsum([0, *map(len, lines)]).tolist()
    return lines, {start: number for number, start in enumerate(starts[:-1])}


def read_lines(lines: list[bytes], zone_offset_s: int = 0) -> dict[int, Columns]:
    """Columns of the first event of each line that gives one."""
    reader = EveryLine(ParseSettings(zone_offset_s=zone_offset_s))
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    found, _ = reader.read(b"".join(lines), bounds, np.full(len(lines), REFERENCE_TIME))
    events: dict[int, Columns] = {}
    for one in found:
        events.setdefault(one.record, {**one.columns, "dialect": one.dialect})
    return events


def expected_fields(event: Expected) -> dict[str, object]:
    """What an expected event says, by the names of our columns."""
    fields: dict[str, object] = {
        "src_ip": str(ip_address(str(event["source.ip"]))),
        "dst_ip": str(ip_address(str(event["destination.ip"]))),
    }
    for column, key in (PORTS | COUNTS).items():
        if key in event:
            fields[column] = event[key]
    number = event.get("network.iana_number")
    name = str(event.get("network.transport", "")).lower()
    if number is not None or name in shared_words()["iana"]:
        fields["transport"] = int(str(number)) if number else shared_words()["iana"][name]
        # in the place of ports stand 0, or type and code
        if fields["transport"] in ICMP:
            fields.pop("src_port", None)
            fields.pop("dst_port", None)
    types = event.get("event.type")
    kinds = set(types) if isinstance(types, list) else {types}
    if len(kinds & {"allowed", "denied"}) == 1:
        fields["is_allowed"] = "allowed" in kinds
    began = event.get("event.start") or event.get("@timestamp")
    if began:
        fields["ts"] = datetime.fromisoformat(str(began)).timestamp()
    if "event.duration" in event:
        fields["duration"] = float(str(event["event.duration"])) / 1e9
    return fields


def found_field(columns: Columns, name: str) -> object:
    """A field of ours as the expected events have it."""
    if name == "is_allowed":
        action = columns.get("action")
        return None if action in (None, "unknown") else action not in DENIALS
    return columns.get(name)


def is_equal(name: str, expected: object, found: object) -> bool:
    """Whether two values are the same; times and durations to a thousandth of a second."""
    if found is None:
        return expected is None
    if name in ("ts", "duration"):
        return math.isclose(float(str(found)), float(str(expected)), rel_tol=0, abs_tol=0.0011)
    return str(expected) == str(found) or (
        name in COUNTS and float(str(found)) == float(str(expected))
    )


def compare_file(path: Path, into: Comparison, zone_offset_s: int = 0) -> None:
    """Compare every line of a log of which Filebeat's event names both addresses."""
    lines, number_at = split_lines(path.read_bytes())
    events = read_lines(lines, zone_offset_s)
    expected = json.loads(path.with_name(path.name + "-expected.json").read_text("utf-8"))
    for event in expected:
        if not event.get("source.ip") or not event.get("destination.ip"):
            continue
        number = number_at[event["log.offset"]]
        into.lines += 1
        for name, value in expected_fields(event).items():
            into.fields += 1
            found = found_field(events.get(number, {}), name)
            if not is_equal(name, value, found):
                where = (path.name, number + 1, name)
                into.differences.append(Difference(*where, value, found))
