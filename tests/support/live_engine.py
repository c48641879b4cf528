"""The engine in processes of its own on real servers, and what it must come to."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from confluent_kafka import Producer

from connectors.kafka_ranges import read_range
from connectors.kafka_topics import TopicPlan, Topics
from stream.candidates import LaneRecord
from stream.configuration.parts import alert_settings, pipeline_settings
from stream.decisions import AlertSettings
from stream.documents import Encoder
from stream.lane_log import Advance, Dialects, Start, encode
from stream.log_fold import LogFold
from stream.ownership import recorded_of
from stream.pipeline import Pipeline, PipelineSettings
from stream.published import encode_decision, read_decision
from stream.settings import load_settings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log
from stream.topics import TopicNames

COMMAND = (sys.executable, "-c", "from stream.cli import main; main()")
COMPARED = ("alerts", "candidates")  # the audit tells of owners, who differ
MATCHED = ("mode", "created", "ingested")  # what may differ between live and replay

RUN: dict[str, float | str] = {
    "idle_s": 500,
    "patience_s": 600,
    "snapshot_s": 1,
    "session_timeout_s": 6,
    "batch_records": 2_000,
    "batch_ms": 100,
    "http": '""',
}


class LiveEngine:
    """One deployment with names of its own.

    Parameters
    ----------
    folder : Path
        For the settings file and the roles' logs.
    kafka : str
        Bootstrap servers.
    elasticsearch : str
        URL, "" for none.
    lanes : sequence of lists of bytes
        Records of each partition of the one source topic.
    **run : int, float or text as TOML
        Settings of ``[run]`` that are not those of a test of kills.
    """

    def __init__(
        self,
        folder: Path,
        kafka: str,
        elasticsearch: str,
        lanes: Sequence[list[bytes]],
        **run: float | str,
    ) -> None:
        self.mark = f"t{uuid.uuid4().hex[:8]}"
        self.names = TopicNames(self.mark)
        self.source = f"{self.mark}.conn"
        self.lanes = lanes
        self.properties: dict[str, str | int | float | bool] = {"bootstrap.servers": kafka}
        self.environment: dict[str, str] = {}  # of commands and roles, over that of the tests
        self.file = folder / "almenara.toml"
        self.compared: tuple[str, ...] = COMPARED  # kinds of documents
        self._folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ended: dict[str, int] = {}  # exit codes, by name
        server = f'[elasticsearch]\nurl = "{elasticsearch}"\n' if elasticsearch else ""
        self.file.write_text(
            f'namespace = "{self.mark}"\n[kafka]\nbootstrap = "{kafka}"\n'
            f'group = "{self.mark}"\nprefix = "{self.mark}"\n{server}'
            f'[[source]]\nname = "test"\ntopics = ["{self.source}"]\nformat = "auto"\n'
            "[run]\n" + "".join(f"{name} = {value}\n" for name, value in (RUN | run).items())
        )

    def set_up(self, replicas: int = 1) -> None:
        """Make all topics and data streams, as a user does, and the user's own topic."""
        self.command("setup", "kafka", "--replicas", str(replicas))
        if "[elasticsearch]" in self.file.read_text():
            self.command("setup", "elasticsearch")
        Topics(self.properties).make([TopicPlan(self.source, len(self.lanes), {})], replicas)

    def command(self, *words: str) -> str:
        """Run a command that must end well; return what it said."""
        done = subprocess.run(
            [*COMMAND, *words, str(self.file)],
            capture_output=True,
            check=False,
            timeout=240,
            env={**os.environ, **self.environment},
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def produce(self, part: slice = slice(None)) -> None:
        """Send records of every lane."""
        producer = Producer({**self.properties, "linger.ms": 20, "enable.idempotence": True})
        for partition, records in enumerate(self.lanes):
            for record in records[part]:
                producer.produce(self.source, record, partition=partition)
                producer.poll(0)
        assert producer.flush(60) == 0

    def start(self, role: str, name: str = "", *more: str) -> None:
        """Start a process of a role; ``more`` are options of ``run``."""
        with (self._folder / f"{name or role}.log").open("ab") as log:
            self.processes[name or role] = subprocess.Popen(
                [*COMMAND, "run", str(self.file), "--role", role, *more],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
            )

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a process as an accident would, or a SIGTERM."""
        process = self.processes.pop(name)
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # as an orchestrator does
            process.kill()
            process.wait()
        self.ended[name] = process.returncode

    def pause(self, name: str) -> None:
        """Stop a process as a busy machine does, until ``resume``."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a stopped process go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    def said(self, name: str) -> str:
        """What a process has said."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def log_values(self) -> list[bytes]:
        """Every record of the lane log."""
        return [
            record.value or b"" for record in read_range(self.properties, self.names.lane, 0, 0)
        ]

    def stop(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def logs(self) -> str:
        """What the roles said, each the end of it."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-2_000:]}"
            for path in sorted(self._folder.glob("*.log"))
        )

    def expected(self, changes: Sequence[Advance | Dialects] = ()) -> dict[str, Any]:
        """Every document by id, as one pipeline a lane and one fold make them.

        ``changes`` are done again where they were recorded.
        """
        values = [encode(Start(self.source, k), 1) for k in range(len(self.lanes))]
        for partition, records in enumerate(self.lanes):
            pipeline, at, made = Pipeline(self._pipeline(partition)), 0, list[LaneRecord]()
            for change in (one for one in changes if one.partition == partition):
                made += _fed(pipeline, records[at : change.offset], at)
                if isinstance(change, Advance):
                    made += pipeline.advance(change.at)
                else:
                    pipeline.read_with(change.files)
                at = change.offset
            made += _fed(pipeline, records[at:], at)
            values += [encode(record, 1) for record in made]
        return self.folded(values)

    def folded(self, values: Sequence[bytes]) -> dict[str, Any]:
        """Every document by id that follows from records of the lane log."""
        fold, out = LogFold(self._alerts()), {}
        for offset, value in enumerate(values):
            for decision in fold.take(offset, value):
                _, documents = read_decision(encode_decision(decision, Encoder("live")))
                for made_document in documents:
                    document = orjson.loads(made_document.value or b"")
                    kind = document["data_stream"]["dataset"].removeprefix("almenara.")
                    if kind in self.compared:
                        out[document["event"]["id"]] = matched(document)
        return out

    def changes(self) -> list[Advance | Dialects]:
        """Every recorded change that counts, as the next owner of each lane would find it."""
        log = list(read_range(self.properties, self.names.lane, 0, 0))
        return [
            change
            for partition in range(len(self.lanes))
            for change in recorded_of((self.source, partition), 0, log).changes
        ]

    def published(self) -> list[Any]:
        """Every document in the topics that others read, doubles too."""
        return [
            matched(orjson.loads(record.value or b""))
            for kind in self.compared
            for record in read_range(self.properties, self.names.of(kind), 0, 0)
        ]

    def _pipeline(self, partition: int) -> PipelineSettings:
        # a change brings the user's dialects
        return pipeline_settings(load_settings(self.file, {}), self.source, partition, ())

    def _alerts(self) -> AlertSettings:
        return alert_settings(load_settings(self.file, {}))


def _fed(pipeline: Pipeline, records: Sequence[bytes], first: int) -> list[LaneRecord]:
    """Give a pipeline records from an offset on; return what it makes."""
    if not records:
        return []
    bounds = np.cumsum([0, *map(len, records)], dtype=np.int64)
    payload = np.frombuffer(b"".join(records), np.uint8)
    offsets = np.arange(first, first + len(records))
    return pipeline.process(payload, bounds, offsets, np.full(len(records), np.nan))[1]


def small_office(folder: Path, lanes: int, days: int = 3, internet: int = 400) -> list[list[bytes]]:
    """Return records of a small office with attacks, dealt to lanes by source."""
    path = folder / "conn.ndjson"
    settings = SimulationSettings(days=days, hosts=12, seed=3, internet_sources_per_day=internet)
    write_log(path, settings, "zeek-json")
    return by_source(path.read_bytes().splitlines(), lanes)


def matched(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without what may differ between live and replay."""
    return {
        key: {k: v for k, v in value.items() if k not in MATCHED}
        if key in ("event", "almenara")
        else value
        for key, value in document.items()
    }


def by_source(lines: Sequence[bytes], n: int) -> list[list[bytes]]:
    """Deal Zeek JSON lines to lanes by their source, as a keyed producer does."""
    lanes: list[list[bytes]] = [[] for _ in range(n)]
    for line in lines:
        source = orjson.loads(line)["id.orig_h"]
        lanes[sum(source.encode()) % n].append(line.rstrip(b"\n"))
    return lanes


def duplicates(ids: Sequence[str]) -> Iterator[str]:
    """Yield ids that come more than once."""
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            yield one
        seen.add(one)
