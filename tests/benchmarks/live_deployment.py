"""A deployment of the live engine to be measured: topics of its own, roles as processes."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

import orjson
from confluent_kafka import Producer

from connectors.kafka_clients import Record
from connectors.kafka_ranges import read_range
from connectors.kafka_topics import TopicPlan, Topics
from stream.topics import TopicNames

COMMAND = (sys.executable, "-c", "from stream.cli import main; main()")
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_S = 0.2


class Deployment:
    """Settings, topics and processes; everything ends with the ``with`` block.

    Parameters
    ----------
    folder : Path
        For settings and logs.
    lanes : int
        Partitions of the source topic.
    tables : str
        More of the settings file, in TOML.
    namespace : str
        One of its own if left out.

    Servers are those of ALMENARA_TEST_KAFKA and ALMENARA_TEST_ELASTICSEARCH.
    """

    def __init__(self, folder: Path, lanes: int, tables: str = "", namespace: str = "") -> None:
        kafka = os.environ["ALMENARA_TEST_KAFKA"]
        self.mark = f"b{uuid.uuid4().hex[:8]}"
        self.namespace = namespace or self.mark
        self.names = TopicNames(self.mark)
        self.source = f"{self.mark}.conn"
        self.lanes = lanes
        self.properties = {"bootstrap.servers": kafka}
        self.elasticsearch = os.environ.get("ALMENARA_TEST_ELASTICSEARCH", "")
        self.file = folder / f"{self.mark}.toml"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.file.write_text(
            f'namespace = "{self.namespace}"\n[kafka]\nbootstrap = "{kafka}"\n'
            f'group = "{self.mark}"\nprefix = "{self.mark}"\n'
            f'[elasticsearch]\nurl = "{self.elasticsearch}"\n'
            f'[[source]]\nname = "bench"\ntopics = ["{self.source}"]\n{tables}'
        )

    def __enter__(self) -> "Deployment":
        """Make our topics and the user's one."""
        self.command("setup", "kafka", str(self.file))
        Topics(self.properties).make([TopicPlan(self.source, self.lanes, {})], 1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes."""
        for name in list(self.processes):
            self.stop(name, signal.SIGTERM)

    def command(self, *words: str) -> str:
        """Run a command that must end well."""
        done = subprocess.run([*COMMAND, *words], capture_output=True, check=False, timeout=1_200)
        if done.returncode:
            raise SystemExit(f"almenara {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def start(self, role: str, name: str = "") -> str:
        """Start a process of a role; return its name here."""
        name = name or role
        log = self.file.with_name(f"{self.mark}-{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [*COMMAND, "run", str(self.file), "--role", role], stdout=log, stderr=log
        )
        log.close()
        return name

    def stop(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a process."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def signal(self, name: str, number: int) -> None:
        """Send a process a signal."""
        self.processes[name].send_signal(number)

    def alive(self) -> None:
        """End with what a role said, where one has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.file.with_name(f"{self.mark}-{name}.log").read_text(errors="replace")
                raise SystemExit(f"{name} ended with {process.returncode}:\n{log[-3_000:]}")

    def wait_for(self, is_done: Callable[[], bool], what: str, longest_s: float = 600.0) -> None:
        """Wait until something is so; end with an error where it takes too long."""
        until = time.monotonic() + longest_s
        while not is_done():
            self.alive()
            if time.monotonic() > until:
                raise SystemExit(f"{what}: not within {longest_s:.0f} s")
            time.sleep(LOOK_S)

    def produce(self, lanes: Sequence[Iterable[bytes]]) -> None:
        """Send records of every lane as fast as it goes."""
        producer = Producer({**self.properties, "linger.ms": 20, "enable.idempotence": True})
        for partition, records in enumerate(lanes):
            for record in records:
                while True:
                    try:
                        producer.produce(self.source, record, partition=partition)
                        break
                    except BufferError:
                        producer.poll(0.1)
        left = producer.flush(120)
        if left:
            raise SystemExit(f"{left} records were not delivered")

    def cpu(self, name: str) -> float:
        """Return the CPU seconds that a process has taken."""
        words = Path(f"/proc/{self.processes[name].pid}/stat").read_text().rpartition(")")[2]
        user, system = words.split()[11:13]
        return (int(user) + int(system)) / TICKS

    def memory_mib(self, name: str) -> float:
        """Return the resident set of a process."""
        status = Path(f"/proc/{self.processes[name].pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1_024

    def handles(self, name: str) -> int:
        """Return how many files a process has open."""
        return len(list(Path(f"/proc/{self.processes[name].pid}/fd").iterdir()))

    def log_of_lanes(self) -> "LaneLogReader":
        """Return a reader of the lane log from its beginning."""
        return LaneLogReader(self)


class LaneLogReader:
    """What the lane log says so far; read on from where the last call stopped."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._next = 0
        self.pulses: dict[int, float] = {}
        self.starts = 0
        self.candidates = 0

    def more(self) -> list[Record]:
        """Return the records since the last call, and count what is in them."""
        deployment = self._deployment
        found = list(read_range(deployment.properties, deployment.names.lane, 0, self._next))
        for record in found:
            self._next = record.offset + 1
            said = orjson.loads(record.value or b"{}")
            if said["kind"] == "pulse":
                partition = said["partition"]
                self.pulses[partition] = max(self.pulses.get(partition, 0.0), float(said["at"]))
            self.starts += said["kind"] == "start"
            self.candidates += said["kind"] == "candidate"
        return found

    def owned(self, lanes: int) -> bool:
        """Whether so many lanes have had an owner."""
        self.more()
        return self.starts >= lanes

    def reached(self, at: Sequence[float]) -> bool:
        """Whether every lane has passed its time."""
        self.more()
        return all(self.pulses.get(k, 0.0) >= t for k, t in enumerate(at))
