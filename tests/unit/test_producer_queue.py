"""A producer whose broker is away holds what its queue has room for, and then waits."""

import threading

from connectors.errors import StoppedError
from connectors.kafka_clients import Properties, Watch
from connectors.kafka_producer import Producer

NOWHERE = "127.0.0.1:9"
ROOM_KB = 512
RECORD = b"x" * 1_000


def test_sends_wait_where_the_queue_is_full_until_the_process_is_told_to_stop() -> None:
    stopped = threading.Event()
    properties: Properties = {"bootstrap.servers": NOWHERE, "queue.buffering.max.kbytes": ROOM_KB}
    producer = Producer(properties, Watch(lambda: not stopped.is_set()))
    sent: list[int] = []
    raised: list[StoppedError] = []

    def send() -> None:
        try:
            for number in range(10 * ROOM_KB):
                producer.send("t", RECORD)
                sent.append(number)
        except StoppedError as error:
            raised.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join(3.0)
    is_waiting = thread.is_alive()
    stopped.set()
    thread.join(30.0)
    assert is_waiting
    assert raised
    assert 0.5 * ROOM_KB < len(sent) <= ROOM_KB * 1_024 / len(RECORD)


def test_queue_that_is_larger_takes_more() -> None:
    """The limit of the test above is the queue's, not another one."""
    properties: Properties = {
        "bootstrap.servers": NOWHERE,
        "queue.buffering.max.kbytes": 2 * ROOM_KB,
    }
    producer = Producer(properties, Watch())
    for _ in range(int(1.5 * ROOM_KB)):
        producer.send("t", RECORD)
    assert producer.flush(0.0) is False
