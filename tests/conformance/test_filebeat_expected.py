"""Lines of vendors give what Filebeat makes of them, or the difference is known and has a reason.

Compared are addresses, ports, transport, whether it was let through, bytes, packets, time and
duration of every line that names a source and a destination, wherever Filebeat's event says them.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from filebeat_expected import Comparison, Difference, compare_file

BAR = 0.99


class Family(NamedTuple):
    """Logs of one product; how many lines of it name two addresses."""

    folders: tuple[str, ...]
    lines: int
    zone_offset_s: int = 0  # that Filebeat's own test was run with


class Known(NamedTuple):
    """Fields of a family that differ, why, and who is right."""

    family: str
    file: str  # "" any
    fields: tuple[str, ...]
    reason: str
    right: str  # we, they, or either


FAMILIES = {
    "cisco.asa": Family(("cisco/asa",), 225, -7200),
    "aws.vpcflow": Family(("aws/vpcflow",), 7),
    "cef": Family(("cef/log",), 3),
    "fortinet": Family(("fortinet/firewall",), 22),
    "iptables": Family(("iptables/log",), 13),
    "panw": Family(("panw/panos",), 202, -7200),
    "suricata": Family(("suricata/eve",), 23),
    "zeek": Family(("zeek/*",), 28),
}

KNOWN: tuple[Known, ...] = (
    Known(
        "cisco.asa", "additional_messages.log", ("dst_port",),
        "lines made up by hand with ports beyond 65535", "we",
    ),
    Known(
        "fortinet", "fortinet.log", ("ts",),
        "eventtime is when a session ended; Filebeat takes it for its start, we take off duration",
        "we",
    ),
    Known(
        "fortinet", "fortinet.log", ("is_allowed",),
        "a session that was closed had been let through; Filebeat reads its application's action",
        "we",
    ),
)  # fmt: skip


def compare(data_folder: Path, family: Family) -> Comparison:
    """Compare all logs of a family."""
    found = Comparison()
    for folder in family.folders:
        logs = data_folder / "filebeat-expected" / "x-pack"
        for path in sorted(logs.glob(f"{folder}/test/*.log")):
            if path.with_name(path.name + "-expected.json").exists():
                compare_file(path, found, family.zone_offset_s)
    return found


def explains(known: Known, family: str, one: Difference) -> bool:
    return known.family == family and one.field in known.fields and known.file in ("", one.file)


@pytest.mark.parametrize("name", FAMILIES)
def test_lines_give_what_filebeat_expects(data_folder: Path, name: str) -> None:
    family = FAMILIES[name]
    found = compare(data_folder, family)
    assert found.lines == family.lines
    unknown = [
        one for one in found.differences if not any(explains(known, name, one) for known in KNOWN)
    ]
    assert unknown == []
    theirs = [
        one
        for one in found.differences
        if any(explains(known, name, one) and known.right != "we" for known in KNOWN)
    ]
    assert 1 - len(theirs) / found.fields >= BAR


def test_every_known_difference_is_there(data_folder: Path) -> None:
    for known in KNOWN:
        found = compare(data_folder, FAMILIES[known.family])
        assert any(explains(known, known.family, one) for one in found.differences), known.reason
