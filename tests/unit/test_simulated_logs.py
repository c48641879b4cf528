"""Simulations as log files: the same bytes for the same seed, truth by line, read by our parser."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from connectors.errors import SinkError
from detectors.errors import ConfigError
from stream import events
from stream.events import EventBatch
from stream.formats.parser import Parser, ParseSettings
from stream.simulate.batch import to_batch
from stream.simulate.flows import Flows
from stream.simulate.iptables import crossing
from stream.simulate.services import ICMP, REJ, S0, SF
from stream.simulate.settings import SimulationSettings
from stream.simulate.simulate import simulate
from stream.simulate.writers import FORMATS, Written, write_log, write_truth

SMALL = SimulationSettings(
    hosts=6,
    days=1,
    seed=4,
    internet_sources_per_day=80,
    clients_per_day=20,
    attacks_per_kind=1,
    attacks_from_day=1,
)


def written(folder: Path, log_format: str, name: str = "a.log") -> tuple[Written, list[bytes]]:
    path = folder / name
    result = write_log(path, SMALL, log_format)
    return result, path.read_bytes().splitlines(keepends=True)


def parsed(lines: list[bytes]) -> EventBatch:
    parser = Parser(ParseSettings(format="auto"))
    bounds = np.concatenate(([0], np.cumsum([len(line) for line in lines])))
    ordinals = np.arange(len(lines))
    given = parser.parse(b"".join(lines), bounds, ordinals, np.full(len(lines), np.nan))
    assert set(given.status.tolist()) <= {events.EVENTS, events.HEADER}
    return EventBatch._make(column.copy() for column in given.batch)


def ends_order() -> Flows:
    return simulate(SMALL).flows


@pytest.mark.parametrize("log_format", FORMATS)
def test_same_settings_give_the_same_bytes(tmp_path: Path, log_format: str) -> None:
    assert written(tmp_path, log_format)[1] == written(tmp_path, log_format, "b.log")[1]


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    write_log(tmp_path / "other.log", SimulationSettings(hosts=6, days=1, seed=5), "zeek-tsv")
    assert (tmp_path / "other.log").read_bytes() != b"".join(written(tmp_path, "zeek-tsv")[1])


def test_gz_files_hold_the_plain_bytes_and_are_themselves_the_same(tmp_path: Path) -> None:
    plain = b"".join(written(tmp_path, "zeek-tsv")[1])
    write_log(tmp_path / "a.log.gz", SMALL, "zeek-tsv")
    write_log(tmp_path / "b.log.gz", SMALL, "zeek-tsv")
    packed = (tmp_path / "a.log.gz").read_bytes()
    assert gzip.decompress(packed) == plain
    assert packed == (tmp_path / "b.log.gz").read_bytes()


@pytest.mark.parametrize("log_format", ["zeek-tsv", "zeek-json"])
def test_parser_gives_the_batch_that_the_simulation_gives(tmp_path: Path, log_format: str) -> None:
    _, lines = written(tmp_path, log_format)
    head = 8 if log_format == "zeek-tsv" else 0
    expected = to_batch(ends_order(), head)
    for name, wanted, got in zip(EventBatch._fields, expected, parsed(lines), strict=True):
        np.testing.assert_array_equal(got, wanted, err_msg=name)


def test_suricata_flows_say_what_was_simulated(tmp_path: Path) -> None:
    flows = ends_order()
    batch = parsed(written(tmp_path, "suricata")[1])
    real, code = batch.real, batch.code
    np.testing.assert_array_equal(real[:, events.TS], flows.ts)
    length = np.nan_to_num(flows.duration)
    np.testing.assert_allclose(real[:, events.DURATION], length, rtol=0, atol=2e-6)
    np.testing.assert_array_equal(real[:, events.PACKETS_IN], flows.packets_in)
    np.testing.assert_array_equal(batch.address, to_batch(flows).address)
    has_ports = flows.transport != ICMP
    np.testing.assert_array_equal(code[has_ports, events.DST_PORT], flows.dst_port[has_ports])
    outcome = code[:, events.OUTCOME]
    assert set(outcome[flows.state == S0].tolist()) == {events.ATTEMPT}
    assert set(outcome[flows.state == REJ].tolist()) == {events.REJECTED}
    assert set(outcome[flows.state == SF].tolist()) == {events.ESTABLISHED}


def test_firewall_lines_show_first_packets_of_what_crosses(tmp_path: Path) -> None:
    flows = crossing(simulate(SMALL, "start").flows)
    batch = parsed(written(tmp_path, "iptables")[1])
    np.testing.assert_array_equal(batch.real[:, events.TS], flows.ts)
    np.testing.assert_array_equal(batch.address, to_batch(flows).address)
    np.testing.assert_array_equal(batch.code[:, events.TRANSPORT], flows.transport)
    dropped = (flows.state == S0) & flows.dst_local
    wanted = np.where(dropped, events.DROPPED, events.ALLOWED)
    np.testing.assert_array_equal(batch.code[:, events.ACTION], wanted)
    assert set(batch.code[:, events.PHASE].tolist()) == {events.PACKET}


@pytest.mark.parametrize("log_format", FORMATS)
def test_truth_names_the_lines_of_the_planted_events(tmp_path: Path, log_format: str) -> None:
    result, lines = written(tmp_path, log_format)
    assert result.records == len(lines)
    assert result.truth
    for attack in result.truth:
        own = [lines[at] for first, last in attack.records for at in range(first, last + 1)]
        assert len(own) == attack.events
        for line in own:
            assert _names_one(line, attack.sources)
            assert _names_one(line, attack.targets)
        if attack.origin == "external":
            assert sum(_names_one(line, attack.sources) for line in lines) == attack.events


def _names_one(line: bytes, addresses: tuple[str, ...]) -> bool:
    words = set(line.decode().replace('"', "\t").replace("=", "\t").replace(" ", "\t").split("\t"))
    return not words.isdisjoint(addresses)


def test_truth_file_is_sorted_and_complete(tmp_path: Path) -> None:
    result, _ = written(tmp_path, "zeek-tsv")
    write_truth(tmp_path / "truth.json", SMALL, result)
    document = json.loads((tmp_path / "truth.json").read_text())
    assert list(document) == sorted(document)
    assert document["records"] == result.records
    assert document["settings"]["seed"] == SMALL.seed
    starts = [attack["start"] for attack in document["attacks"]]
    assert starts == sorted(starts)
    assert len(starts) == len(result.truth) == 5
    assert all(list(attack) == sorted(attack) for attack in document["attacks"])


def test_truth_of_a_quiet_simulation_is_an_empty_list(tmp_path: Path) -> None:
    quiet = SimulationSettings(hosts=4, days=1, attacks=())
    write_truth(tmp_path / "t.json", quiet, write_log(tmp_path / "q.log", quiet, "suricata"))
    assert json.loads((tmp_path / "t.json").read_text())["attacks"] == []


def test_zeek_log_opens_and_closes_with_its_header(tmp_path: Path) -> None:
    _, lines = written(tmp_path, "zeek-tsv")
    assert [line.split()[0] for line in lines[:8]] == [
        b"#separator", b"#set_separator", b"#empty_field", b"#unset_field",
        b"#path", b"#open", b"#fields", b"#types",
    ]  # fmt: skip
    assert lines[-1] == b"#close\t2026-03-03-00-00-00\n"
    names: NDArray[np.int64] = np.array([line.count(b"\t") for line in lines[8:-1]])
    assert set(names.tolist()) == {lines[6].count(b"\t") - 1}


def test_json_lines_are_json_and_leave_out_what_is_unset(tmp_path: Path) -> None:
    for log_format in ("zeek-json", "suricata"):
        for line in written(tmp_path, log_format)[1]:
            assert json.loads(line)
    silent = [json.loads(line) for line in written(tmp_path, "zeek-json")[1]]
    assert any("duration" not in record for record in silent)


def test_unknown_format_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="zeek-tsv"):
        write_log(tmp_path / "a.log", SMALL, "syslog")
    assert not (tmp_path / "a.log").exists()


def test_unwritable_place_is_a_sink_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="expected a file that can be written"):
        write_log(tmp_path / "no" / "a.log", SMALL, "zeek-tsv")
    with pytest.raises(SinkError, match="choose another place"):
        write_log(tmp_path, SMALL, "zeek-tsv")
