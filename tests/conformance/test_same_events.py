"""The same events in two formats give the same columns; and flows in any JSON the same totals."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from stream.formats.every_line import EveryLine
from stream.formats.parser import ParseSettings

Columns = dict[str, str | int | float]
Flow = dict[str, object]
LINES = 5_000
# JSON carries a span as a double, TSV to the microsecond
SPAN = 1e-6
SAMPLING = 64


def decoded(lines: list[bytes], dialect: str) -> list[Columns]:
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    reader = EveryLine(ParseSettings(dialect))
    found, refused = reader.read(b"".join(lines), bounds, np.full(len(lines), 1.7e9))
    assert refused == []
    return [one.columns for one in found]


def head_of(path: Path) -> list[bytes]:
    with gzip.open(path) as file:
        return [line for line, _ in zip(file, range(LINES), strict=False)]


ZEEK = (
    "dce_rpc", "dns", "dpd", "ftp", "ldap_search", "notice", "rdp", "rfb", "smb_files", "smtp",
    "syslog",
)  # fmt: skip


@pytest.mark.parametrize("name", ZEEK)
def test_tsv_and_json_of_zeek_give_the_same_columns(data_folder: Path, name: str) -> None:
    folder = data_folder / "zed-wrccdc2018"
    rows = head_of(folder / "zeek-default" / f"{name}.log.gz")
    objects = head_of(folder / "zeek-json" / f"{name}.json.gz")
    of_rows, of_objects = decoded(rows, "zeek.conn"), decoded(objects, "zeek.conn")
    shorter = min(len(of_rows), len(of_objects))
    assert shorter > 0
    for row, written in zip(of_rows[:shorter], of_objects[:shorter], strict=True):
        spans = [float(one.pop("duration", 0.0)) for one in (row, written)]
        assert row == written
        assert spans[0] == pytest.approx(spans[1], abs=SPAN)


def golden_flows(data_folder: Path) -> Iterator[Flow]:
    """Yield what Filebeat made of NetFlow and IPFIX packets, where it names both addresses."""
    folder = data_folder / "filebeat-expected" / "netflow-testdata" / "golden"
    for path in sorted(folder.glob("*.json")):
        for event in json.loads(path.read_text("utf-8")).get("events") or ():
            fields = event["Fields"]
            if "ip" in fields.get("source", {}) and "ip" in fields.get("destination", {}):
                yield {**fields, "@timestamp": event["Timestamp"]}


def part(flow: Flow, name: str) -> Flow:
    found = flow.get(name, {})
    assert isinstance(found, dict)
    return found


def ends(flow: Flow) -> tuple[Flow, Flow, int, int, float]:
    """Source, destination, bytes, packets and time of a flow."""
    source = part(flow, "source")
    seconds = datetime.fromisoformat(str(flow["@timestamp"])).timestamp()
    octets, packets = (int(str(source.get(key, 0))) for key in ("bytes", "packets"))
    return source, part(flow, "destination"), octets, packets, seconds


def as_goflow2(flow: Flow) -> Flow:
    source, target, octets, packets, seconds = ends(flow)
    return {
        "type": "NETFLOW_V9", "sequence_num": 1, "sampling_rate": 0, "sampler_address": "192.0.2.1",
        "time_received_ns": int(seconds) * 10**9, "bytes": octets, "packets": packets,
        "src_addr": source["ip"], "dst_addr": target["ip"], "src_port": source.get("port", 0),
        "dst_port": target.get("port", 0), "proto": part(flow, "network").get("iana_number", 0),
    }  # fmt: skip


def as_pmacct(flow: Flow) -> Flow:
    source, target, octets, packets, seconds = ends(flow)
    return {
        "event_type": "purge", "ip_src": source["ip"], "ip_dst": target["ip"], "ip_proto": "ip",
        "port_src": source.get("port", 0), "port_dst": target.get("port", 0),
        "stamp_inserted": str(datetime.fromtimestamp(int(seconds))),  # noqa: DTZ006 any zone
        "packets": packets, "flows": 1, "bytes": octets,
    }  # fmt: skip


def as_nfdump(flow: Flow) -> Flow:
    source, target, octets, packets, _ = ends(flow)
    version = 6 if ":" in str(source["ip"]) else 4
    return {
        "type": "FLOW", "first": str(flow["@timestamp"])[:19], "last": str(flow["@timestamp"])[:19],
        f"src{version}_addr": source["ip"], f"dst{version}_addr": target["ip"],
        "src_port": source.get("port", 0), "dst_port": target.get("port", 0), "proto": 6,
        "in_packets": packets, "in_bytes": octets,
    }  # fmt: skip


def as_ecs(flow: Flow) -> Flow:
    return flow


WRITERS: dict[str, Callable[[Flow], Flow]] = {
    "ecs": as_ecs,
    "goflow2": as_goflow2,
    "nfdump": as_nfdump,
    "pmacct": as_pmacct,
}


@pytest.mark.parametrize("dialect", WRITERS)
def test_golden_flows_keep_their_bytes_and_packets(data_folder: Path, dialect: str) -> None:
    flows = list(golden_flows(data_folder))
    lines = [json.dumps(WRITERS[dialect](flow)).encode() + b"\n" for flow in flows]
    found = decoded(lines, dialect)
    assert len(found) == len(flows) > 300
    for column, place in (("bytes_out", 2), ("packets_out", 3)):
        total = sum(float(one.get(column, 0.0)) for one in found)
        assert total == sum(float(str(ends(flow)[place])) for flow in flows) > 0
