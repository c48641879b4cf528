"""almenara formats: the known formats, and those of a file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors import SourceError
from detectors.errors import ConfigError
from ecs_subset import VENDORED
from stream.commands.formats import app
from stream.events import COLUMNS

KERNEL = (
    "Mar  1 10:00:0{n} gate kernel: [1.0] DROP IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.2 "
    "LEN=40 PROTO=TCP SPT=4242 DPT=22 SYN\n"
)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def refused(*arguments: str) -> int:
    return CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code


def sniffed(path: Path, *options: str) -> dict[str, dict[str, object]]:
    return {row["format"]: row for row in json.loads(run("sniff", str(path), "--json", *options))}


def test_formats_are_listed_with_their_syntax() -> None:
    rows = {row["format"]: row for row in json.loads(run("list", "--json"))}
    assert {"zeek.conn", "suricata.eve", "iptables"} <= set(rows)
    assert rows["zeek.conn"]["syntax"] == "delimited, json"


def test_columns_are_listed_with_the_formats_that_fill_them() -> None:
    rows = json.loads(run("list", "--columns", "--json"))
    assert [row["column"] for row in rows] == [column.name for column in COLUMNS]
    assert "zeek.conn" in rows[0]["filled by"]


def test_list_is_one_line_a_format_where_no_terminal_reads_it() -> None:
    first, *lines = run("list").splitlines()
    assert first.startswith("format ")
    assert len(lines) >= 3


def test_sniffing_counts_the_lines_of_each_format(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(KERNEL.format(n=n) for n in range(5)) + "something else\n")
    rows = sniffed(path)
    assert rows["iptables"]["with events"] == 5
    assert rows["none"]["rejected"] == 1
    assert rows["none"]["why"] == "unknown format: 1"


def test_sniffing_tells_its_confidence_and_shows_three_lines(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(KERNEL.format(n=n) for n in range(4)) + "something else\n")
    row = sniffed(path)["iptables"]
    assert row["confidence"] == 0.8
    examples = row["examples"]
    assert isinstance(examples, list)
    assert [one["line"] for one in examples] == [KERNEL.format(n=n).rstrip() for n in range(3)]
    assert {one["columns"]["src_ip"] for one in examples} == {"192.0.2.1"}
    shown = run("sniff", str(path))
    assert "iptables  80.0%" in shown
    assert "iptables: ts=" in shown
    assert f"next: almenara replay {path}" in shown


def test_sniffing_stops_after_the_lines_it_was_told(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(KERNEL.format(n=n) for n in range(5)) + "something else\n")
    assert sniffed(path, "--lines", "3")["iptables"]["lines"] == 3


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "empty, expected log lines"), (b"\n\x00\xff\n", "no known format")]
)
def test_file_without_a_known_line_is_an_error_that_says_why(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        run("sniff", str(path))


SESSIONS = """\
time=2026-03-01T10:00:00Z device=gw1 type=session verdict=permit source=192.0.2.5 sport=51234 \
dest=198.51.100.7 dport=443 proto=tcp sent=512 rcvd=2048 policy="Web out" elapsed=3.5
time=2026-03-01T10:00:01Z device=gw1 type=session verdict=block source=192.0.2.6 sport=51235 \
dest=198.51.100.8 dport=22 proto=tcp sent=60 rcvd=0 policy="Deny ssh" elapsed=0
"""


@pytest.mark.parametrize(
    ("sample", "syntax"),
    [
        (SESSIONS, "key_value"),
        (
            '{"flow":{"src":"192.0.2.1","dst":"192.0.2.2","dport":22},"at":1700000000123}\n'
            '{"flow":{"src":"192.0.2.1","dst":"192.0.2.3","dport":23},"at":1700000001123}\n',
            "json",
        ),
        (
            "#fields\tstart\tclient_ip\tserver_ip\tprotocol\n"
            "2026-03-01T10:00:00Z\t192.0.2.1\t192.0.2.2\tudp\n"
            "2026-03-01T10:00:01Z\t192.0.2.1\t192.0.2.3\tudp\n",
            "delimited",
        ),
    ],
    ids=["pairs", "json", "columns"],
)
def test_proposed_format_reads_its_sample_and_is_then_known(
    tmp_path: Path, sample: str, syntax: str
) -> None:
    log, file = tmp_path / "acme.log", tmp_path / "acme.toml"
    log.write_text(sample)
    assert f"({syntax}, " in run("new", "acme.sessions", str(log), "--out", str(file))
    assert "1 samples fit" in run("test", str(file))
    assert file.read_text().count("[[sample.event]]") == 2


def test_proposed_columns_have_meaning_units_and_actions(tmp_path: Path) -> None:
    log, file = tmp_path / "acme.log", tmp_path / "acme.toml"
    log.write_text(SESSIONS)
    run("new", "acme.sessions", str(log), "--out", str(file))
    decoded = run("decode", str(log), "--dialects", str(tmp_path))
    first, second = (json.loads(line) for line in decoded.splitlines()[:2])
    assert (first["source.ip"], first["destination.port"]) == ("192.0.2.5", 443)
    assert (first["source.bytes"], first["destination.bytes"]) == (512, 2048)
    assert first["event.duration"] == 3_500_000_000
    assert (first["event.action"], second["event.action"]) == ("allowed", "dropped")
    assert (first["log.offset"], second["log.offset"]) == (0, SESSIONS.index("\n") + 1)


@pytest.mark.parametrize(
    ("name", "sample", "error", "said"),
    [
        ("Acme", SESSIONS, ConfigError, "expected lower-case words"),
        ("acme", "", SourceError, "empty, expected log lines"),
        ("acme", "just some words\n", SourceError, "neither JSON, pairs, nor columns"),
        ("acme", "a=1 b=2 c=192.0.2.1\n", SourceError, "1 of 3 fields hold addresses"),
    ],
)
def test_what_cannot_be_proposed_is_an_error_that_says_why(
    tmp_path: Path, name: str, sample: str, error: type[Exception], said: str
) -> None:
    log = tmp_path / "acme.log"
    log.write_text(sample)
    with pytest.raises(error, match=said):
        run("new", name, str(log), "--out", str(tmp_path / "acme.toml"))
    assert not (tmp_path / "acme.toml").exists()


def test_proposal_replaces_no_file(tmp_path: Path) -> None:
    log = tmp_path / "acme.log"
    log.write_text(SESSIONS)
    (tmp_path / "mine.toml").write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        run("new", "acme", str(log), "--out", str(tmp_path / "mine.toml"))
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_sample_that_differs_is_shown_column_by_column(tmp_path: Path) -> None:
    log, file = tmp_path / "acme.log", tmp_path / "acme.toml"
    log.write_text(SESSIONS)
    run("new", "acme.sessions", str(log), "--out", str(file))
    file.write_text(file.read_text().replace("dst_port = 443", "dst_port = 444"))
    done = CliRunner().invoke(app, ["test", str(file)])
    assert done.exit_code == 1
    assert "1      dst_port  444       443" in done.stdout
    assert "1 of 1 samples differ" in done.stdout


def test_decoding_writes_what_the_engine_has_no_use_for_and_says_what_it_rejects(
    tmp_path: Path,
) -> None:
    alert = (
        '{"timestamp":"2026-03-01T10:00:00.5+0000","event_type":"alert","src_ip":"192.0.2.1",'
        '"src_port":5,"dest_ip":"2001:db8::2","dest_port":80,"proto":"TCP"}\n'
    )
    log, rejects = tmp_path / "eve.json", tmp_path / "rejects.ndjson"
    log.write_text("no log line\n" + alert)
    done = CliRunner().invoke(app, ["decode", str(log), "--rejects", str(rejects)])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["@timestamp"] == "2026-03-01T10:00:00.500000Z"
    assert (found["destination.ip"], found["network.transport"]) == ("2001:db8::2", "tcp")
    assert (found["almenara.dialect"], found["log.offset"]) == ("suricata.eve", 12)
    assert "eve.json:1: rejected at byte 0: unknown format" in done.stderr
    kept = json.loads(rejects.read_text())
    assert (kept["line"], kept["record"]) == (1, "no log line")


def test_every_decoded_field_that_is_not_ours_is_of_ecs(tmp_path: Path) -> None:
    log = tmp_path / "messages"
    log.write_text(KERNEL.format(n=1))
    found = json.loads(run("decode", str(log)).splitlines()[0])
    known = json.loads(VENDORED.read_text())["fields"]
    others = {name for name in found if not name.startswith("almenara.")}
    # where the line stands, as Filebeat says it; and one of ECS that our documents do not use
    assert others - set(known) == {"log.offset", "event.outcome"}


def test_decoding_a_log_of_no_known_format_fails(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("no log line\n")
    with pytest.raises(SourceError, match="no known format in 1 lines"):
        run("decode", str(log))
