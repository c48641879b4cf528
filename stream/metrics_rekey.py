"""What a re-keying worker is counted by."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from connectors.kafka_clients import Place, Record
from connectors.kafka_transactions import Outgoing

from .metrics import Meters
from .metrics_table import BYTES, DEAD_LETTERS, KEYED, KEYED_AGAIN, LAG, RECORDS

Lane = tuple[str, int]


class RekeyCounts:
    """Counts what is committed, and shows how far behind each partition is.

    Parameters
    ----------
    meters : Meters
    dead_letters : str
        Topic of the records that are no log line.
    """

    def __init__(self, meters: Meters, dead_letters: str) -> None:
        self._meters = meters
        self._dead_letters = dead_letters

    def sent(
        self, taken: Sequence[tuple[Place, Sequence[Record]]], sent: Sequence[Outgoing]
    ) -> None:
        """Count records that were taken and what was sent of them in one transaction."""
        for place, records in taken:
            where = (place.topic, str(place.partition))
            self._meters.count(RECORDS, len(records), *where)
            self._meters.count(BYTES, sum(len(record.value or b"") for record in records), *where)
        for topic, count in Counter(record.topic for record in sent).items():
            if topic == self._dead_letters:
                self._meters.count(DEAD_LETTERS, count, "rekey")
            else:
                self._meters.count(KEYED, count, topic)

    def again(self, records: int) -> None:
        """Count records whose transaction was not committed: they are read again."""
        self._meters.count(KEYED_AGAIN, records)

    def tell(
        self, positions: Callable[[], Mapping[Lane, int]], end: Callable[[Lane], int | None]
    ) -> None:
        """Show the lag at each scrape; ``end`` knows where a partition was last seen to end."""

        def pull(meters: Meters) -> None:
            meters.forget(LAG)
            for name, position in positions().items():
                last = end(name)
                if last is not None:
                    meters.set(LAG, max(0, last - position), name[0], str(name[1]))

        self._meters.pulls(pull)
