"""How far each part of the engine has come, read off Kafka and Elasticsearch; changes nothing."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from math import isfinite
from typing import Any

from connectors.answers import MissingError
from connectors.elasticsearch import Cluster
from connectors.errors import ConnectError
from connectors.kafka_clients import Place
from connectors.kafka_lookout import ClusterView, Lookout

from .candidates import Pulse
from .configuration.tables import Settings
from .elasticsearch_setup import DATASETS, stream_name
from .lane_log import decode
from .ownership import Note, read_note, state_partition
from .snapshots import BLOCK
from .topics import TopicNames

PULSES = 5_000  # records at the end of the log of lanes in which pulses are looked for
ANSWER_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatus:
    """The consumer group of a role; ``lag`` is None where nothing was committed yet."""

    role: str
    group: str
    state: str
    members: int
    lag: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """A partition of the user's topics, as of its last committed snapshot."""

    topic: str
    partition: int
    position: int | None
    end: int
    lag: int
    owners: int  # how often it was taken over
    snapshots: int
    snapshot_age_s: float | None
    snapshot_bytes: int | None
    stream_time: float | None  # of the newest pulse, seconds since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A data stream; ``documents`` is None where it is not there."""

    name: str
    documents: int | None
    newest: float | None  # stream time of the newest document, seconds since the epoch
    ingested: float | None  # when the last was written


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """A process, by what it answers at its port."""

    process: str
    address: str
    said: str  # "ready", what it waits for, or "no answer"


def lanes_of(settings: Settings, view: ClusterView) -> list[tuple[str, int]]:
    """Return the partitions that are scored."""
    return _partitions(view, lambda topic: _is_scored(settings, topic))


def unkeyed_of(settings: Settings, view: ClusterView) -> list[tuple[str, int]]:
    """Return the partitions of your topics whose records are scored by way of ours."""
    return _partitions(
        view,
        lambda topic: settings.source_of(topic) is not None and not _is_scored(settings, topic),
    )


def _is_scored(settings: Settings, topic: str) -> bool:
    source = settings.source_of(topic)
    return source is not None and (not source.rekey or topic == settings.keyed_topic(source))


def _partitions(view: ClusterView, is_wanted: Callable[[str], bool]) -> list[tuple[str, int]]:
    return [
        (topic, partition)
        for topic, partitions in sorted(view.topics.items())
        if is_wanted(topic)
        for partition in range(partitions)
    ]


def lane_statuses(settings: Settings, lookout: Lookout, view: ClusterView) -> list[LaneStatus]:
    """Return where every lane stands. Raises ConnectError, RightsError or ModelError."""
    names = TopicNames(settings.kafka.prefix)
    pulses = _pulses(lookout, view, names.lane)
    found = lookout.committed(settings.kafka.group, lanes_of(settings, view))
    return [_lane(lookout, names, place, pulses) for place in found]


def _lane(
    lookout: Lookout, names: TopicNames, place: Place, pulses: dict[tuple[str, int], float]
) -> LaneStatus:
    note, name = read_note(place.note), (place.topic, place.partition)
    start, end = lookout.ends(*name)
    age, size = _snapshot(lookout, names, name, note)
    position = place.offset if place.offset >= 0 else None
    return LaneStatus(
        topic=place.topic,
        partition=place.partition,
        position=position,
        end=end,
        lag=max(0, end - max(start, place.offset)),
        owners=note.generation,
        snapshots=note.snapshots,
        snapshot_age_s=age,
        snapshot_bytes=size,
        stream_time=pulses.get(name),
    )


def _snapshot(
    lookout: Lookout, names: TopicNames, name: tuple[str, int], note: Note
) -> tuple[float | None, int | None]:
    """Return age and size of a lane's newest snapshot, by its last block: the others are full."""
    if not note.blocks:
        return None, None
    place = state_partition(*name)
    last = lookout.records(names.state, place, note.stop - 1, note.stop)
    if not last:
        return None, None
    size = (note.blocks - 1) * BLOCK + len(last[0].value or b"")
    return max(0.0, time.time() - last[0].timestamp), size


def _pulses(lookout: Lookout, view: ClusterView, topic: str) -> dict[tuple[str, int], float]:
    """Return the newest pulse of every lane that is near the end of the log."""
    if topic not in view.topics:
        return {}
    start, end = lookout.ends(topic, 0)
    found: dict[tuple[str, int], float] = {}
    for record in lookout.records(topic, 0, max(start, end - PULSES), end):
        if b'"kind":"pulse"' in (record.value or b""):
            pulse, _ = decode(record.value or b"")
            if isinstance(pulse, Pulse) and isfinite(pulse.at):
                found[pulse.topic, pulse.partition] = pulse.at
    return found


def group_statuses(
    settings: Settings, lookout: Lookout, view: ClusterView, lanes: Sequence[LaneStatus]
) -> Iterator[GroupStatus]:
    """Yield the group of every role. Raises ConnectError or RightsError."""
    names, kafka, ns = TopicNames(settings.kafka.prefix), settings.kafka, settings.namespace
    keyed = unkeyed_of(settings, view)
    if keyed:
        group = f"{kafka.group}-rekey"
        yield _group(lookout, "rekey", group, _lag(lookout, group, keyed))
    is_new = all(lane.position is None for lane in lanes)
    yield _group(lookout, "score", kafka.group, None if is_new else sum(one.lag for one in lanes))
    others = {
        "alert": (names.lane,),
        "publish": (names.decisions,),
        "index": (names.alerts, names.candidates),
    }
    for role, topics in others.items():
        if role == "index" and not settings.elasticsearch.url:
            continue
        group = f"{kafka.group}-{role}-{ns}"
        there = [(topic, 0) for topic in topics if topic in view.topics]
        yield _group(lookout, role, group, _lag(lookout, group, there))


def _group(lookout: Lookout, role: str, name: str, lag: int | None) -> GroupStatus:
    view = lookout.group(name)
    return GroupStatus(role=role, group=name, state=view.state, members=view.members, lag=lag)


def _lag(lookout: Lookout, group: str, places: Sequence[tuple[str, int]]) -> int | None:
    committed = [place for place in lookout.committed(group, places) if place.offset >= 0]
    if not committed:
        return None
    return sum(
        max(0, lookout.ends(place.topic, place.partition)[1] - place.offset) for place in committed
    )


def stream_statuses(cluster: Cluster, namespace: str) -> Iterator[StreamStatus]:
    """Yield what every data stream holds. Raises ConnectError, RightsError or SinkError."""
    body = {
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            "newest": {"max": {"field": "@timestamp"}},
            "ingested": {"max": {"field": "event.ingested"}},
        },
    }
    for dataset in DATASETS:
        name = stream_name(dataset, namespace)
        try:
            found: Any = cluster.request("POST", f"/{name}/_search", body)
        except MissingError:
            yield StreamStatus(name=name, documents=None, newest=None, ingested=None)
            continue
        times = {key: found["aggregations"][key]["value"] for key in ("newest", "ingested")}
        yield StreamStatus(
            name=name,
            documents=int(found["hits"]["total"]["value"]),
            newest=None if times["newest"] is None else times["newest"] / 1e3,
            ingested=None if times["ingested"] is None else times["ingested"] / 1e3,
        )


def process_status(process: str, address: str) -> ProcessStatus:
    """Ask a process whether it is ready."""
    host, _, port = address.rpartition(":")
    connection = HTTPConnection(_reachable(host.strip("[]")), int(port), timeout=ANSWER_S)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        text = answer.read(1_000).decode("utf-8", "replace").strip()
    except (OSError, HTTPException):
        return ProcessStatus(process=process, address=address, said="no answer")
    finally:
        connection.close()
    return ProcessStatus(
        process=process, address=address, said="ready" if answer.status == 200 else text
    )


def _reachable(host: str) -> str:
    """Return where a server that listens everywhere is asked."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (it is asked there)


def missing_topics(settings: Settings, view: ClusterView) -> list[str]:
    """Return our topics that are not there."""
    return [plan.name for plan in settings.plans() if plan.name not in view.topics]


def check_topics(settings: Settings, view: ClusterView) -> None:
    """Raise ConnectError where our topics are not there."""
    missing = missing_topics(settings, view)
    if missing:
        raise ConnectError(
            f"kafka: topic {missing[0]} is missing, expected it; run almenara setup kafka"
        )
