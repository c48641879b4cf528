"""What CrowdSec's hub asserts of firewall lines holds for the fields that we carry."""

import re
from pathlib import Path

import pytest

from filebeat_expected import Columns, read_lines, split_lines
from stream.formats.compile_rules import shared_words

ASSERTION = re.compile(
    r'results\["s01-parse"\]\["(?P<parser>[^"]+)"\]\[(?P<n>\d+)\]\.Evt\.Parsed\["(?P<key>\w+)"\]'
    r' == "(?P<value>[^"]*)"'
)
KEYS = {
    "src_ip": "src_ip", "dst_ip": "dst_ip", "dest_ip": "dst_ip", "src_port": "src_port",
    "dst_port": "dst_port", "dest_port": "dst_port", "spt": "src_port", "dpt": "dst_port",
    "proto": "transport", "ip4_proto": "transport", "action": "action",
}  # fmt: skip
# of a kernel line the hub takes the last LEN, which is the payload's; we carry the packet's
ACTIONS = {"block": "dropped", "pass": "allowed", "reject": "denied"}
# parsers of the hub and the lines of theirs that it asserts anything of
CASES = {
    "iptables-logs": ("crowdsecurity/iptables-logs", 3),
    "pf-logs": ("firewallservices/pf-logs", 9),
    "iptables-scan-multi-port": ("crowdsecurity/iptables-logs", 0),
    "suricata-logs-evelog": ("crowdsecurity/suricata-evelogs", 4),
}


def asserted(path: Path, parser: str) -> dict[int, dict[str, str]]:
    """What is asserted of the lines of a parser, by their number, in our columns."""
    found: dict[int, dict[str, str]] = {}
    for line in path.read_text("utf-8").splitlines():
        one = ASSERTION.match(line)
        if one and one["parser"] == parser and one["key"] in KEYS:
            found.setdefault(int(one["n"]), {})[KEYS[one["key"]]] = one["value"]
    return found


def as_ours(column: str, value: str) -> object:
    if column == "transport":
        return int(value) if value.isdigit() else shared_words()["iana"][value.lower()]
    if column == "action":
        return ACTIONS[value]
    return value if column.endswith("_ip") else float(value)


@pytest.mark.parametrize("case", CASES)
def test_assertions_of_crowdsec_hold(data_folder: Path, case: str) -> None:
    folder = data_folder / "crowdsec-hub-tests" / case
    parser, count = CASES[case]
    lines, _ = split_lines((folder / f"{case}.log").read_bytes())
    events = read_lines(lines)
    found = asserted(folder / "parser.assert", parser)
    assert len(found) >= count
    for number, columns in found.items():
        check(events[number], columns)


def check(event: Columns, columns: dict[str, str]) -> None:
    for column, value in columns.items():
        if value:
            assert event[column] == as_ours(column, value)
