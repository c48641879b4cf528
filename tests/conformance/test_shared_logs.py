"""Real logs of the shared data: counts add up, and no valid row is lost."""

import gzip
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from parsed_records import columns_of, parse_lines
from stream.formats.parser import Parsed, Parser, ParseSettings

AUGUST_2024 = 1722470400.0
RITA = "rita-zeek"
NO_ROW = {"-", ""}


def lines_of(path: Path) -> list[bytes]:
    """Lines of a file; a rotated or packed one is unpacked."""
    raw = path.read_bytes()
    unpack = {".gz": gzip.decompress, ".xz": lzma.decompress}.get(path.suffix)
    return (unpack(raw) if unpack else raw).splitlines(keepends=True)


def parsed_file(path: Path) -> tuple[Parser, Parsed, list[bytes]]:
    parser = Parser(ParseSettings())
    lines = lines_of(path)
    parsed = parse_lines(parser, lines, AUGUST_2024)
    counts = parser.counts()
    assert sum(sum(one.values()) for one in counts.values()) == len(lines)
    assert sum(one["events"] for one in counts.values()) == len(parsed.record)
    assert (parsed.status[parsed.record] == 0).all()
    return parser, parsed, lines


def totals(parser: Parser) -> dict[str, int]:
    counts = parser.counts().values()
    return {status: sum(one[status] for one in counts) for status in next(iter(counts))}


def zeek_rows(lines: list[bytes]) -> list[dict[str, str]]:
    """Rows of a Zeek log by column, taken apart with str.split and json."""
    rows = []
    names: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line.lstrip().startswith("#fields"):
            names = line.split("\t")[1:]
        elif line.startswith("{"):
            rows.append({key: str(value) for key, value in json.loads(line).items()})
        elif line and not line.lstrip().startswith("#"):
            rows.append(dict(zip(names, line.split("\t"), strict=False)))
    return rows


CONN_LOGS = (
    *(f"stratosphere-testing/{n}" for n in (
        "001-zeek-scenario-malicious/conn.log", "001-zeek-scenario-malicious/labeled-conn.log",
        "002-zeek-scenario-port-scanning/conn.log.xz", "003-zeek-scenario-malicious/conn.log",
        "005-zeek-scenario-malicious/conn.log", "008-zeek-mixed/data/conn.log.labeled",
        "010-zeek-mixed/data/conn.log.labeled",
    )),
    "stratosphere-idps/2023-02-20/zeek_labeled/conn.log.labeled.xz",
    "rita-zeek/three-days/2024-04-19.conn.log.xz",
    "rita-zeek/json_with_all_fields/conn.log",
    "rita-zeek/json_with_all_fields/open_conn.log",
    "rita-zeek/open_conns/closed/conn.log",
    "rita-zeek/open_conns/open/conn.log",
    "rita-zeek/open_conns/open/open_conn.log",
    "rita-zeek/open_sni/open_conn.17_32_32-18_00_00.log.gz",
    "rita-zeek/rolling-6h/conn.01-00-00-02-00-00.log.gz",
    "zat-zeek/conn.log",
    "zat-zeek/json/conn.log",
    "ocsf-zeek/conn.log",
    "slips-dataset/port-scans/horizontal/conn.log",
    "slips-dataset/port-scans/vertical/conn.log",
    "slips-dataset/test9-mixed-zeek-dir/conn.log",
    "slips-dataset/test10-mixed-zeek-dir/conn.log",
)  # fmt: skip


@pytest.mark.parametrize("name", CONN_LOGS)
def test_every_row_of_a_conn_log_is_an_event(data_folder: Path, name: str) -> None:
    parser, parsed, lines = parsed_file(data_folder / name)
    rows = zeek_rows(lines)
    blank = sum(not line.strip() for line in lines)
    assert totals(parser) == {
        "events": len(rows),
        "unused": blank,
        "header": len(lines) - len(rows) - blank,
        "rejected": 0,
    }
    times = [float(row["ts"]) for row in rows]
    np.testing.assert_array_max_ulp(parsed.batch.real[:, 0], np.array(times), maxulp=1)
    for k in range(0, len(rows), 97):
        check_row(parser, columns_of(parsed.batch, k), rows[k])


def check_row(parser: Parser, event: dict[str, float | int], row: dict[str, str]) -> None:
    """Compare some columns that need no mapping."""
    for column, key in (("duration", "duration"), ("bytes_out", "orig_ip_bytes")):
        expected = row.get(key, "-")
        found = event.get(column)
        assert (
            found == pytest.approx(float(expected), rel=1e-15)
            if expected not in NO_ROW
            else (found is None)
        )
    if row["proto"] in ("tcp", "udp"):
        assert event["dst_port"] == int(row["id.resp_p"])
    service = row.get("service", "-")
    if service not in NO_ROW:
        assert parser.text(int(event["app"])) in (service[:32], f"#{event['app']:016x}")


def test_labels_set_off_by_blanks_or_tabs_change_nothing(data_folder: Path) -> None:
    folder = data_folder / "stratosphere-testing" / "001-zeek-scenario-malicious"
    plain, labelled = (parsed_file(folder / name)[1] for name in ("conn.log", "labeled-conn.log"))
    shorter = min(len(plain.record), len(labelled.record))
    assert shorter > 900
    assert plain.batch.real[:shorter].tobytes() == labelled.batch.real[:shorter].tobytes()
    assert plain.batch.code[:shorter].tobytes() == labelled.batch.code[:shorter].tobytes()


@pytest.mark.parametrize(
    ("name", "events", "why"),
    [
        ("truncated/conn.log", 58, {"truncated": 1}),
        ("truncated/conn_json.log", 2, {"truncated": 1, "bad port": 1}),
        ("text_file/conn.log", 0, {"unknown format": 5, "empty": 4}),
    ],
)
def test_damaged_logs_lose_no_whole_row(
    data_folder: Path, name: str, events: int, why: dict[str, int]
) -> None:
    parser, parsed, _ = parsed_file(data_folder / RITA / name)
    found: dict[str, int] = {}
    for reasons in parser.reason_counts().values():
        for reason, count in reasons.items():
            found[reason] = found.get(reason, 0) + count
    assert (len(parsed.record), found) == (events, why)


def test_rows_without_their_header_are_told_and_read_with_columns(data_folder: Path) -> None:
    lines = lines_of(data_folder / RITA / "truncated" / "conn_top.log")
    parser = Parser(ParseSettings())
    parse_lines(parser, lines)
    assert set(parser.reason_counts()[""]) == {"no header"}
    header = lines_of(data_folder / RITA / "truncated" / "conn.log")[6]
    columns = tuple(header.decode().rstrip().split("\t")[1:])
    parser = Parser(ParseSettings(columns=columns))
    parse_lines(parser, lines)
    assert parser.counts()["zeek.conn"]["events"] == len(lines) - 1
    assert parser.reason_counts()["zeek.conn"] == {"truncated": 1}


OTHER_LOGS = (
    "zat-zeek", "ocsf-zeek", "rita-zeek/open_conns", "rita-zeek/has_unknown_field",
    "rita-zeek/json_with_all_fields", "rita-zeek/rolling-6h", "slips-dataset/test9-mixed-zeek-dir",
    "slips-dataset/test10-mixed-zeek-dir", "stratosphere-testing/010-zeek-mixed",
)  # fmt: skip


@pytest.mark.parametrize("folder", OTHER_LOGS)
def test_other_logs_of_zeek_are_unused_not_rejected(data_folder: Path, folder: str) -> None:
    paths = [path for path in sorted((data_folder / folder).rglob("*.log*")) if path.is_file()]
    # summaries for people, and lists of scripts, are no logs
    others = [path for path in paths if "conn" not in path.name and "scripts" not in path.name]
    assert others
    for path in others:
        found = totals(parsed_file(path)[0])
        assert (found["events"], found["rejected"]) == (0, 0), path.name
        assert found["unused"] + found["header"] > 0


def test_renamed_keys_of_zeek_are_known(data_folder: Path) -> None:
    path = data_folder / "apt29-zeek" / "day1" / "combined_zeek.log.xz"
    parser, _, lines = parsed_file(path)
    conn = sum(json.loads(line)["@stream"] == "conn" for line in lines)
    assert totals(parser) == {
        "events": conn, "unused": len(lines) - conn, "header": 0, "rejected": 0,
    }  # fmt: skip


def test_flows_and_alerts_of_suricata_are_events_and_the_rest_unused(data_folder: Path) -> None:
    path = data_folder / "slips-dataset" / "test6-malicious.suricata.json.xz"
    parser, parsed, lines = parsed_file(path)
    used = [one for one in map(json.loads, lines) if one["event_type"] in ("flow", "alert")]
    assert parser.counts()["suricata.eve"] == {
        "events": len(used), "unused": len(lines) - len(used), "header": 0, "rejected": 0,
    }  # fmt: skip
    flows = [(k, one) for k, one in enumerate(used) if one["event_type"] == "flow"]
    assert len(flows) == 3512
    assert [int(code) for code in parsed.batch.code[:, 5]] == [
        0 if one["event_type"] == "flow" else 1 for one in used
    ]
    for k, flow in flows[::50]:
        event = columns_of(parsed.batch, k)
        assert event["bytes_out"] == flow["flow"]["bytes_toserver"]
        assert event["ts"] == np.datetime64(flow["flow"]["start"][:26]).astype(float) / 1e6 - 7200
        assert event["duration"] == pytest.approx(flow["flow"]["age"], abs=1.01)
        answered = flow["flow"]["pkts_toclient"] > 0
        assert (event["outcome"] != 2) or not answered or flow["flow"]["state"] == "new"


@pytest.mark.parametrize(
    "name", ["crowdsec-hub-tests/suricata-logs-evelog/suricata-logs-evelog.log"]
)
def test_flows_and_alerts_of_another_suricata_are_events(data_folder: Path, name: str) -> None:
    parser, _, lines = parsed_file(data_folder / name)
    flows = sum(json.loads(line)["event_type"] in ("flow", "alert") for line in lines)
    assert parser.counts()["suricata.eve"] == {
        "events": flows, "unused": len(lines) - flows, "header": 0, "rejected": 0,
    }  # fmt: skip


def test_kernel_lines_are_events(data_folder: Path) -> None:
    folders = [data_folder / "psad-iptables", data_folder / "crowdsec-hub-tests"]
    paths = [path for path in folders[0].iterdir() if path.suffix != ".md"]
    paths += list(folders[1].glob("iptables-*/*.log"))
    paths += list(data_folder.glob("filebeat-expected/x-pack/iptables/log/test/*.log"))
    assert len(paths) > 18
    for path in paths:
        parser, parsed, lines = parsed_file(path)
        kernel = [line for line in lines if b"SRC=" in line]
        assert len(parsed.record) == len(kernel), path.name
        assert parser.counts()["iptables"]["rejected"] == 0
        for k in range(0, len(kernel), 41):
            pairs = dict(
                part.split("=", 1) for part in kernel[k].decode().split(" [SRC")[0].split()
                if "=" in part
            )  # fmt: skip
            event = columns_of(parsed.batch, k)
            assert event.get("dst_port") == (int(pairs["DPT"]) if "DPT" in pairs else None)
            assert event.get("src_port") == (int(pairs["SPT"]) if "SPT" in pairs else None)
            assert event["bytes_out"] >= 20


def test_scan_is_dropped_and_in_time(data_folder: Path) -> None:
    _, parsed, _ = parsed_file(data_folder / "psad-iptables" / "syn_scan_1000_1500")
    times = parsed.batch.real[:, 0]
    assert (parsed.batch.code[:, 3] == 3).all()
    assert times[0] == 1710189311.0  # 2024-03-11T20:35:11Z
    assert (np.diff(times) >= 0).all()
