"""Readers of a topic to compare with: a bare client, and Faust. Each prints JSON when done.

python tests/benchmarks/live_readers.py bare|faust BROKER TOPIC COUNT
"""

import json
import os
import sys
import time
import uuid
from typing import Any

from confluent_kafka import Consumer


def bare(broker: str, topic: str, count: int) -> dict[str, float]:
    """Take records 10,000 at once, and the length of each."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    seen = size = 0
    cpu = wall = 0.0
    while seen < count:
        messages = consumer.consume(10_000, 1.0)
        if messages and not seen:
            cpu, wall = time.process_time(), time.monotonic()
            first = len(messages)
        seen += len(messages)
        size += sum(len(message.value() or b"") for message in messages)
    found = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
    consumer.close()
    return {"records": seen - first, "bytes": size, **found}


def faust_agent(broker: str, topic: str, count: int) -> dict[str, float]:
    """Take records one by one in an agent that does nothing. It ends the process itself."""
    import faust  # noqa: PLC0415 (of this reader alone)

    app = faust.App(
        uuid.uuid4().hex,
        broker=f"kafka://{broker}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
    )
    source = app.topic(topic, key_type=bytes, value_type=bytes, value_serializer="raw")
    seen: dict[str, Any] = {"records": 0, "bytes": 0}

    @app.agent(source)
    async def take(stream: Any) -> None:
        async for value in stream:
            if not seen["records"]:
                seen["cpu"], seen["wall"] = time.process_time(), time.monotonic()
            seen["records"] += 1
            seen["bytes"] += len(value)
            if seen["records"] == count:
                seen["cpu"] = time.process_time() - seen["cpu"]
                seen["wall"] = time.monotonic() - seen["wall"]
                sys.stdout.write(json.dumps(seen) + "\n")
                sys.stdout.flush()
                os._exit(0)  # a worker takes its time to leave

    app.finalize()
    worker: Any = faust.Worker(app, redirect_stdouts=False, loglevel="ERROR")
    worker.execute_from_commandline()
    return {}


if __name__ == "__main__":
    kind, broker, topic, count = sys.argv[1:]
    found = {"bare": bare, "faust": faust_agent}[kind](broker, topic, int(count))
    sys.stdout.write(json.dumps(found) + "\n")
