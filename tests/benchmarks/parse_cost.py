"""CPU time a record of Parser.parse, beside orjson.loads of the same events, on one core.

Lines of the simulator's writers, and where ALMENARA_DATA is set the two rita-zeek days. What is no
JSON is held against the same events as JSON: Zeek's columns as Zeek writes them there, a kernel
line as one object of its pairs. Both are run in turn in one process; the least time of each counts.

Five dialects line by line under `auto` are held against the same lines each with its own dialect,
lines in an envelope against the bare ones. --ready adds the CPU seconds until a parser is ready in
a process of its own, imports and all: with nothing compiled, and once more from the cache.

    python tests/benchmarks/parse_cost.py [--events 100000] [--rounds 7] [--ready] [--json OUT]
"""

import argparse
import lzma
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from cost_lines import SPARSE_DAYS, sparse_lines
from numpy.typing import NDArray

from stream.formats.parser import Parser, ParseSettings
from stream.simulate import iptables, suricata, zeek
from stream.simulate.loads import dense
from stream.simulate.settings import SimulationSettings

BLOCK = 20_000  # lines a call
MICRO = 1e6
READY = """
from stream import numba_cache
numba_cache.configure()
from stream.formats.parser import Parser, ParseSettings
import time
Parser(ParseSettings()).warm_up()
print(time.process_time())
"""
# the text before the first pair of a kernel line as the simulator writes it
HEAD = re.compile(r"(\S+) (\S+) kernel: \[(.+?)\] (\w+) (.*)")


class Form(NamedTuple):
    """Events as one log has them, and as JSON."""

    name: str
    lines: list[bytes]
    objects: list[bytes]
    goal: str


class Cost(NamedTuple):
    """Microseconds a record."""

    size: float  # bytes of a line
    parse: float
    loads: float


class Block(NamedTuple):
    """Lines as the parser takes them."""

    payload: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    offsets: NDArray[np.int64]
    times: NDArray[np.float64]


def encoded(lines: Iterable[str]) -> list[bytes]:
    """Return lines as bytes, each with its end."""
    return [line.encode() + b"\n" for line in lines]


def pairs_as_json(line: str) -> str:
    """Write a kernel line as an object: its head, its pairs, its flags."""
    found = HEAD.fullmatch(line.strip())
    if not found:
        raise ValueError(f"kernel line: {len(line)} bytes of another form, expected {HEAD.pattern}")
    names = ("timestamp", "host", "uptime", "prefix")
    record: dict[str, object] = dict(zip(names, found.groups(), strict=False))
    for word in found[5].split():
        key, sign, value = word.partition("=")
        record[key] = (int(value) if value.isdigit() else value) if sign else True
    return orjson.dumps(record).decode()


def in_filebeat(line: str) -> str:
    """Write a line as Filebeat ships it."""
    record = {
        "@timestamp": "2024-02-29T12:00:00.000Z",
        "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.12.0"},
        "message": line.strip(),
        "input": {"type": "log"},
        "ecs": {"version": "8.0.0"},
        "host": {"name": "gateway"},
        "log": {"offset": 1048576, "file": {"path": "/var/log/kern.log"}},
        "agent": {"type": "filebeat", "version": "8.12.0", "name": "gateway"},
    }
    return orjson.dumps(record).decode()


def in_syslog(line: str) -> str:
    """Write a line as a syslog relay passes it on."""
    return f"<134>1 2024-02-29T12:00:00.000Z gateway zeek 4711 - - {line.strip()}"


def ends_of(line: str) -> dict[str, str]:
    """Return addresses and ports of a kernel line; nothing where it has no ports."""
    pairs = dict(word.split("=", 1) for word in line.split() if "=" in word)
    wanted = ("SRC", "SPT", "DST", "DPT", "LEN")
    return {key: pairs[key] for key in wanted} if "SPT" in pairs else {}


def teardown(ends: dict[str, str]) -> str:
    """Write a connection as ASA reports its end."""
    return (
        "Feb 29 2024 12:00:00 fw-1 : %ASA-6-302014: Teardown TCP connection 89743274 for outside:"
        f"{ends['SRC']}/{ends['SPT']} to inside:{ends['DST']}/{ends['DPT']} duration 0:01:07 "
        f"bytes {ends['LEN']} TCP FINs"
    )


def teardown_as_json(ends: dict[str, str]) -> str:
    """Write the fields of such a message as an object."""
    record = {
        "timestamp": "Feb 29 2024 12:00:00", "host": "fw-1", "facility": "ASA", "severity": 6,
        "id": 302014, "proto": "TCP", "connection": 89743274, "src_if": "outside",
        "src_ip": ends["SRC"], "src_port": int(ends["SPT"]), "dst_if": "inside",
        "dst_ip": ends["DST"], "dst_port": int(ends["DPT"]), "duration": "0:01:07",
        "bytes": int(ends["LEN"]), "reason": "TCP FINs",
    }  # fmt: skip
    return orjson.dumps(record).decode()


def simulated(events: int) -> Iterator[Form]:
    """Yield the same flows in every format."""
    flows = dense(events)
    objects = encoded(zeek.json_lines(flows, np.random.default_rng(1)))
    yield Form("Zeek conn, JSON", objects, objects, "0.4")
    head = zeek.tsv_head(SimulationSettings())
    rows = encoded([*head, *zeek.tsv_lines(flows, np.random.default_rng(1))])
    yield Form("Zeek conn, TSV", rows, objects, "0.5")
    eve = encoded(suricata.flow_lines(flows, np.random.default_rng(1)))
    yield Form("Suricata EVE flow", eve, eve, "0.5")
    kernel = list(iptables.kernel_lines(iptables.crossing(flows), np.random.default_rng(1)))
    yield Form("iptables", encoded(kernel), encoded(map(pairs_as_json, kernel)), "0.5")
    pairs = [pairs for pairs in map(ends_of, kernel) if pairs]
    messages, objects = encoded(map(teardown, pairs)), encoded(map(teardown_as_json, pairs))
    yield Form("Cisco ASA teardown", messages, objects, "0.5")


def recorded(data: Path) -> Iterator[Form]:
    """Yield the rita-zeek days."""
    objects = sparse_lines(data)
    yield Form("rita-zeek, JSON", objects, objects, "0.4")
    days = [data / "rita-zeek" / "three-days" / name for name in SPARSE_DAYS]
    rows = b"".join(lzma.decompress(day.read_bytes()) for day in days).splitlines(keepends=True)
    yield Form("rita-zeek, TSV", rows, objects, "0.5")


def as_goflow2(record: Mapping[str, Any]) -> dict[str, object]:
    """Write a flow of Zeek's as GoFlow2 does."""
    began = int(record["ts"] * 1e9)
    return {
        "type": "IPFIX",
        "time_received_ns": began,
        "sequence_num": 1,
        "sampling_rate": 0,
        "sampler_address": "192.0.2.1",
        "time_flow_start_ns": began,
        "time_flow_end_ns": began + int(record.get("duration", 0.0) * 1e9),
        "bytes": record["orig_ip_bytes"],
        "packets": record["orig_pkts"],
        "src_addr": record["id.orig_h"],
        "dst_addr": record["id.resp_h"],
        "etype": "IPv4",
        "proto": record["proto"].upper(),
        "src_port": record["id.orig_p"],
        "dst_port": record["id.resp_p"],
    }


def as_ecs(record: Mapping[str, Any]) -> dict[str, object]:
    """Write a flow of Zeek's as Filebeat does."""
    source = {"ip": record["id.orig_h"], "port": record["id.orig_p"]}
    target = {"ip": record["id.resp_h"], "port": record["id.resp_p"]}
    return {
        "@timestamp": f"{np.datetime64(int(record['ts'] * 1e6), 'us')}Z",
        "event": {"dataset": "zeek.connection", "kind": "event"},
        "source": {**source, "bytes": record["orig_ip_bytes"], "packets": record["orig_pkts"]},
        "destination": {**target, "bytes": record["resp_ip_bytes"], "packets": record["resp_pkts"]},
        "network": {"transport": record["proto"]},
        "observer": {"name": "sensor-1"},
    }


def five_dialects(events: int) -> dict[str, list[bytes]]:
    """Return lines of five dialects, as many of each."""
    flows = dense(events)
    objects = encoded(zeek.json_lines(flows, np.random.default_rng(1)))
    records = [orjson.loads(line) for line in objects]
    kernel = iptables.kernel_lines(iptables.crossing(flows), np.random.default_rng(1))
    found = {
        "zeek.conn": objects,
        "suricata.eve": encoded(suricata.flow_lines(flows, np.random.default_rng(1))),
        "iptables": encoded(kernel),
        "goflow2": [orjson.dumps(as_goflow2(record)) + b"\n" for record in records],
        "ecs": [orjson.dumps(as_ecs(record)) + b"\n" for record in records],
    }
    least = min(map(len, found.values()))
    return {name: lines[:least] for name, lines in found.items()}


def parse_all(parser: Parser, blocks: list[Block]) -> Callable[[], None]:
    """Return a run of all blocks; every record must give an event."""

    def parse() -> None:
        for block in blocks:
            parser.parse(*block)

    parse()  # compiles
    records = sum(len(block.offsets) for block in blocks)
    given = sum(counts["events"] for counts in parser.counts().values())
    if given != records:
        raise ValueError(f"{given} events, expected {records}")
    return parse


def measure_mixed(events: int, rounds: int) -> Cost:
    """Parse five dialects line by line, and each by itself as what it is."""
    lines = five_dialects(events)
    mixed = [line for together in zip(*lines.values(), strict=True) for line in together]
    under_auto = parse_all(Parser(ParseSettings()), blocks_of(mixed))
    known = [
        parse_all(Parser(ParseSettings(format=name)), blocks_of(own)) for name, own in lines.items()
    ]
    costs = [(seconds(under_auto), sum(seconds(one) for one in known)) for _ in range(rounds)]
    return Cost(
        sum(map(len, mixed)) / len(mixed),
        min(mine for mine, _ in costs) * MICRO / len(mixed),
        min(other for _, other in costs) * MICRO / len(mixed),
    )


def envelopes(events: int) -> Iterator[tuple[str, list[bytes], list[bytes]]]:
    """Yield lines in an envelope, and the bare ones."""
    flows = dense(events)
    kernel = list(iptables.kernel_lines(iptables.crossing(flows), np.random.default_rng(1)))
    yield "iptables in Filebeat / bare", encoded(map(in_filebeat, kernel)), encoded(kernel)
    objects = list(zeek.json_lines(flows, np.random.default_rng(1)))
    yield "Zeek JSON in syslog / bare", encoded(map(in_syslog, objects)), encoded(objects)


def measure_pair(lines: list[bytes], others: list[bytes], rounds: int) -> Cost:
    """Parse lines and others in turn."""
    mine, theirs = (parse_all(Parser(ParseSettings()), blocks_of(one)) for one in (lines, others))
    costs = [(seconds(mine), seconds(theirs)) for _ in range(rounds)]
    return Cost(
        sum(map(len, lines)) / len(lines),
        min(one for one, _ in costs) * MICRO / len(lines),
        min(other for _, other in costs) * MICRO / len(others),
    )


def measure_ready() -> tuple[float, float]:
    """CPU seconds until a parser is ready: with nothing compiled, and from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", READY]
        spent = [
            float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
            for _ in range(2)
        ]
    return spent[0], spent[1]


def blocks_of(lines: list[bytes]) -> list[Block]:
    """Cut lines into blocks."""
    blocks = []
    for start in range(0, len(lines), BLOCK):
        part = lines[start : start + BLOCK]
        bounds = np.cumsum([0, *map(len, part)], dtype=np.int64)
        payload = np.frombuffer(b"".join(part), np.uint8)
        times = np.full(len(part), 1.7e9)
        blocks.append(Block(payload, bounds, np.arange(start, start + len(part)), times))
    return blocks


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a run."""
    began = time.process_time()
    run()
    return time.process_time() - began


def measure(form: Form, rounds: int) -> Cost:
    """Parse and load in turn; every record must give an event."""
    blocks = blocks_of(form.lines)
    parser = Parser(ParseSettings())

    def parse() -> None:
        for block in blocks:
            parser.parse(*block)

    def loads() -> None:
        for line in form.objects:
            orjson.loads(line)

    parse()  # compiles
    given = sum(counts["events"] for counts in parser.counts().values())
    if given != len(form.objects):
        raise ValueError(f"{form.name}: {given} events, expected {len(form.objects)}")
    costs = [(seconds(parse), seconds(loads)) for _ in range(rounds)]
    return Cost(
        sum(map(len, form.lines)) / len(form.lines),
        min(parsed for parsed, _ in costs) * MICRO / len(form.lines),
        min(loaded for _, loaded in costs) * MICRO / len(form.objects),
    )


def report(costs: Mapping[str, tuple[str, Cost]]) -> str:
    """Return the table."""
    head = ["", "bytes", "parse us", "other us", "ratio", "goal"]
    rows = [
        [
            name,
            f"{cost.size:.0f}",
            f"{cost.parse:.3f}",
            f"{cost.loads:.3f}",
            f"{cost.parse / cost.loads:.2f}",
            goal,
        ]
        for name, (goal, cost) in costs.items()
    ]
    return table(head, rows)


def main(arguments: argparse.Namespace) -> None:
    """Measure every form."""
    forms = simulated(arguments.events)
    data = os.environ.get("ALMENARA_DATA")
    if data:
        forms = chain(forms, recorded(Path(data)))
    else:
        progress("no recorded days: ALMENARA_DATA is unset")
    costs = {}
    for form in forms:
        progress(form.name)
        costs[form.name] = form.goal, measure(form, arguments.rounds)
    for name, wrapped, bare in envelopes(arguments.events):
        progress(name)
        costs[name] = "1.30", measure_pair(wrapped, bare, arguments.rounds)
    progress("five dialects")
    costs["five dialects, auto / known"] = "1.10", measure_mixed(arguments.events, arguments.rounds)
    figures: dict[str, Any] = {name: cost._asdict() for name, (_, cost) in costs.items()}
    text = report(costs)
    if arguments.ready:
        progress("parser ready")
        figures["ready"] = cold, warm = measure_ready()
        text += (
            f"\nparser ready, CPU s: {cold:.1f} with nothing compiled, {warm:.1f} from the cache"
        )
    finish(arguments, text, figures)


if __name__ == "__main__":
    arguments = options(__doc__ or "")
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--ready", action="store_true", help="time compiling as well, a minute")
    main(arguments.parse_args())
