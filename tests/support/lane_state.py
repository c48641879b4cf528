"""What a score worker has committed and written of its lanes, read as anybody could."""

import time
from math import inf
from typing import Any

import numpy as np
import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from connectors.kafka_clients import Place, Record, written
from connectors.kafka_ranges import read_range
from live_engine import LiveEngine
from stream.arrays import Arrays
from stream.candidates import Candidate, Pulse
from stream.features.windows import LAST_EVENT
from stream.lane_log import LogRecord, decode
from stream.ownership import Note, block_key, read_note, read_snapshot, state_partition

LONGEST_S = 20.0
SCRATCH = "lane.windows.whole"  # its column LAST_EVENT is a place in the last batch


def committed(engine: LiveEngine, partition: int = 0) -> tuple[int, Note]:
    """Return the committed position of a lane and the note beside it; -1 where there is none."""
    consumer = Consumer({**engine.properties, "group.id": engine.mark})
    lane, until = TopicPartition(engine.source, partition), time.monotonic() + LONGEST_S
    try:
        while True:
            try:
                (found,) = consumer.committed([lane], timeout=LONGEST_S)
                break
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                # a broker that has just begun is looking for its groups
                if error.code() != KafkaError.NOT_COORDINATOR or time.monotonic() > until:
                    raise
                time.sleep(0.2)
    finally:
        consumer.close()
    return max(found.offset, -1), read_note(found.metadata or "")


def commit(engine: LiveEngine, position: int, note: Note, partition: int = 0) -> None:
    """Commit a position and note of a lane that nobody owns at the moment."""
    consumer = Consumer({**engine.properties, "group.id": engine.mark})
    try:
        place = written(Place(engine.source, partition, position, note.text()))
        consumer.commit(offsets=[place], asynchronous=False)
    finally:
        consumer.close()


def state_records(engine: LiveEngine, note: Note, partition: int = 0) -> list[Record]:
    """Return the blocks of the snapshot that a note tells of, in their order."""
    keys = [
        block_key(engine.mark, engine.source, partition, note.snapshots, k)
        for k in range(note.blocks)
    ]
    place = state_partition(engine.source, partition)
    found = list(read_range(engine.properties, engine.names.state, place, note.start, note.stop))
    by_key = {record.key: record for record in found}
    return [by_key[key] for key in keys]


def snapshot(engine: LiveEngine, note: Note, partition: int = 0) -> Arrays:
    """Return the snapshot that a note tells of."""

    def read(place: int, start: int, stop: int) -> Any:
        return read_range(engine.properties, engine.names.state, place, start, stop)

    return read_snapshot(engine.mark, engine.source, partition, note, read)


def put_blocks(engine: LiveEngine, values: list[bytes], note: Note, partition: int = 0) -> Note:
    """Write other bytes for the blocks of a snapshot; return the note that tells of them."""
    producer, offsets = Producer({**engine.properties, "enable.idempotence": True}), []
    for k, value in enumerate(values):
        producer.produce(
            engine.names.state,
            value,
            key=block_key(engine.mark, engine.source, partition, note.snapshots, k),
            partition=state_partition(engine.source, partition),
            on_delivery=lambda _, message: offsets.append(message.offset() or 0),
        )
    assert producer.flush(20) == 0
    fields = note.text(), {"start": min(offsets), "stop": max(offsets) + 1}
    return Note(**{**orjson.loads(fields[0]), **fields[1], "blocks": len(values)})


def told(engine: LiveEngine) -> list[LogRecord]:
    """Return every record of the lane log, repeats too."""
    log = read_range(engine.properties, engine.names.lane, 0, 0)
    return [decode(record.value or b"")[0] for record in log]


def candidates(engine: LiveEngine) -> list[Candidate]:
    """Return every candidate in the lane log, repeats too."""
    return [record for record in told(engine) if isinstance(record, Candidate)]


def pulse(engine: LiveEngine) -> float:
    """Return how far the lane log says that a lane has come."""
    return max((record.at for record in told(engine) if isinstance(record, Pulse)), default=-inf)


def without_scratch(state: Arrays) -> dict[str, bytes]:
    """Return a state's bytes by name, without what says where events lay in the last batch."""
    kept = {name: np.array(array) for name, array in state.items()}
    kept[SCRATCH][:, LAST_EVENT] = 0
    return {name: array.tobytes() for name, array in kept.items()}
