"""A dead letter as it lies in its topic: what it says of itself, and what the record was before."""

from dataclasses import dataclass
from typing import Any

from connectors.kafka_clients import Headers, Record

OURS = "dlq."
ATTEMPTS = "almenara_attempts"  # how often a record was put back, on the record itself


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One dead letter; texts are "" and numbers -1 where it does not say."""

    offset: int  # in the topic of dead letters
    stage: str
    kind: str
    reason: str
    topic: str  # and the rest of where the record was
    partition: int
    source_offset: int
    at: float  # time of the record, seconds since the epoch, NaN without one
    attempts: int
    size: int  # bytes of the record, also where it was cut
    is_cut: bool
    record: Record

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the record's own headers, with how often it was put back by now."""
        own = [
            (name, value)
            for name, value in self.record.headers
            if not name.startswith(OURS) and name != ATTEMPTS
        ]
        return [*own, (ATTEMPTS, str(max(1, self.attempts)).encode())]

    def row(self) -> dict[str, Any]:
        """Return what may be shown: all but key, headers and value."""
        return {
            "offset": self.offset,
            "stage": self.stage,
            "class": self.kind,
            "reason": self.reason,
            "topic": self.topic,
            "partition": self.partition,
            "source_offset": self.source_offset,
            "time": None if self.at != self.at else self.at,
            "attempts": self.attempts,
            "bytes": self.size,
            "cut": self.is_cut,
        }


def dead_letter(record: Record) -> DeadLetter:
    """Read a record of the topic of dead letters; what others wrote there has no stage."""
    said = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    source = f"{OURS}source."
    return DeadLetter(
        offset=record.offset,
        stage=said.get(f"{OURS}stage", ""),
        kind=said.get(f"{OURS}error.class", ""),
        reason=said.get(f"{OURS}error.message", ""),
        topic=said.get(f"{source}topic", ""),
        partition=_whole(said.get(f"{source}partition")),
        source_offset=_whole(said.get(f"{source}offset")),
        at=_real(said.get(f"{source}timestamp")),
        attempts=_whole(said.get(f"{OURS}attempts")),
        size=max(len(record.value or b""), _whole(said.get(f"{source}bytes"))),
        is_cut=f"{source}bytes" in said,
        record=record,
    )


def attempts_of(headers: Headers) -> int:
    """Return how often a record was put back already."""
    said = (_whole(value.decode("ascii", "replace")) for name, value in headers if name == ATTEMPTS)
    return max(0, *said, 0)


def escaped(value: bytes | None) -> str:
    """Return a payload as text that no terminal takes for anything else."""
    return "" if value is None else ascii(value.decode("utf-8", "backslashreplace"))[1:-1]


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1


def _real(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
