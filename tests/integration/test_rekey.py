"""Re-keying on real Kafka: every record once, with its bytes, under its address, in its order."""

import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from connectors.kafka_clients import Record
from connectors.kafka_ranges import read_range
from http_pages import free_port, samples, shows_what_the_page_says
from live_engine import LiveEngine
from stream.rekey import FROM
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

LANES = 3
KEYED = 4
KILLS = 8
LONGEST_S = 300.0
GARBAGE = b"\x00\xff no log \x80"


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    """Records dealt to partitions by turns, as no producer with keys does, and some garbage."""
    path = tmp_path_factory.mktemp("simulated") / "conn.ndjson"
    settings = SimulationSettings(days=1, hosts=12, seed=3, internet_sources_per_day=400)
    write_log(path, settings, "zeek-json")
    lines = path.read_bytes().splitlines()[:9_000]
    lines[100::1_000] = [GARBAGE] * len(lines[100::1_000])
    return [lines[k::LANES] for k in range(LANES)]


@pytest.fixture
def engine(tmp_path: Path, kafka_bootstrap: str, lanes: list[list[bytes]]) -> Iterator[LiveEngine]:
    made = LiveEngine(tmp_path, kafka_bootstrap, "", lanes)
    text = made.file.read_text()
    keyed = f'format = "zeek.conn"\nrekey = true\nrekey_partitions = {KEYED}\n'
    made.file.write_text(text.replace('format = "auto"\n', keyed))
    made.set_up()
    yield made
    made.stop()


def read(engine: LiveEngine, topic: str, partitions: int) -> list[Record]:
    return [
        record
        for partition in range(partitions)
        for record in read_range(engine.properties, topic, partition, 0)
    ]


def murmur2(key: bytes) -> int:
    """The hash of Java's producers, as its authors describe it."""
    m, h = 0x5BD1E995, 0x9747B28C ^ len(key)
    for at in range(0, len(key) // 4 * 4, 4):
        k = int.from_bytes(key[at : at + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        h = h * m & 0xFFFFFFFF ^ k
    rest = key[len(key) // 4 * 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    return h ^ h >> 15


def origin(record: Record) -> tuple[int, int]:
    """Partition and offset that a keyed record was read from."""
    told = dict(record.headers)[FROM].decode().rsplit(":", 2)
    return int(told[1]), int(told[2])


def test_every_record_is_there_once_through_kills(
    engine: LiveEngine, lanes: list[list[bytes]]
) -> None:
    seed = int(os.environ.get("ALMENARA_SEED") or random.SystemRandom().randrange(1_000_000))
    sys.stderr.write(f"ALMENARA_SEED={seed}\n")
    rng = random.Random(seed)
    topic = f"{engine.mark}.keyed.test.v1"
    for name in ("first", "second"):
        engine.start("rekey", name)
    step = len(lanes[0]) // KILLS + 1
    for k in range(KILLS):
        engine.produce(slice(k * step, (k + 1) * step))
        time.sleep(rng.uniform(0.5, 4.0))
        name = rng.choice(["first", "second"])
        engine.kill(name, rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        engine.start("rekey", name)
    total = sum(map(len, lanes))
    n_garbage = sum(record == GARBAGE for records in lanes for record in records)
    until = time.monotonic() + LONGEST_S
    while len(found := read(engine, topic, KEYED)) < total - n_garbage:
        assert time.monotonic() < until, f"{len(found)} of {total}\n{engine.logs()}"
        time.sleep(0.5)
    time.sleep(2.0)
    check_keyed(read(engine, topic, KEYED), lanes)
    dead = read(engine, engine.names.dead_letters, 1)
    assert [record.value for record in dead] == [GARBAGE] * n_garbage
    assert {dict(record.headers)["dlq.stage"] for record in dead} == {b"rekey"}
    places = [
        (dict(record.headers)["dlq.source.partition"], dict(record.headers)["dlq.source.offset"])
        for record in dead
    ]
    assert len(set(places)) == n_garbage


def check_keyed(found: list[Record], lanes: list[list[bytes]]) -> None:
    origins = [origin(record) for record in found]
    assert max(Counter(origins).values()) == 1
    expected = {
        (partition, offset)
        for partition, records in enumerate(lanes)
        for offset, record in enumerate(records)
        if record != GARBAGE
    }
    assert set(origins) == expected
    order: dict[tuple[bytes | None, int], list[int]] = defaultdict(list)
    for record, (partition, offset) in zip(found, origins, strict=True):
        assert record.value == lanes[partition][offset]
        source = orjson.loads(record.value or b"")["id.orig_h"].encode()
        assert record.key == source
        assert record.partition == (murmur2(source) & 0x7FFFFFFF) % KEYED
        order[source, partition].append(offset)
    assert all(offsets == sorted(offsets) for offsets in order.values())


def test_keyed_records_are_scored_with_their_own_times(engine: LiveEngine) -> None:
    port = free_port()
    engine.start("rekey", "", "--http", f"127.0.0.1:{port}")
    engine.start("score")
    engine.produce(slice(0, 1_000))
    until = time.monotonic() + LONGEST_S
    scored: set[int] = set()
    while len(scored) < KEYED:
        assert time.monotonic() < until, engine.logs()
        told = [orjson.loads(r.value or b"") for r in read(engine, engine.names.lane, 1)]
        scored = {one["partition"] for one in told if one["kind"] == "pulse"}
        topics = {one["topic"] for one in told if one["kind"] in {"start", "pulse", "candidate"}}
        time.sleep(0.5)
    assert topics == {f"{engine.mark}.keyed.test.v1"}
    times = {
        (record.partition, record.offset): record.timestamp
        for record in read(engine, engine.source, LANES)
    }
    keyed = read(engine, f"{engine.mark}.keyed.test.v1", KEYED)
    assert all(record.timestamp == times[origin(record)] for record in keyed)
    check_metrics(engine, port)


def check_metrics(engine: LiveEngine, port: int) -> None:
    values = [record.value or b"" for record in read(engine, engine.source, LANES)]
    until = time.monotonic() + LONGEST_S
    while samples(port).get("almenara_lag_records") != 0:
        assert time.monotonic() < until, engine.logs()
        time.sleep(0.5)
    said = samples(port)
    assert said["almenara_records_total"] == len(values)
    assert said["almenara_bytes_total"] == sum(map(len, values))
    garbage = values.count(GARBAGE)
    assert garbage > 0
    assert said["almenara_dead_letters_total"] == garbage
    assert said["almenara_keyed_records_total"] == len(values) - garbage
    shows_what_the_page_says("rekey", port)
