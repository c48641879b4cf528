"""Decisions and documents for tests, made by the plane itself; and a flat view of a document."""

from collections.abc import Iterable, Iterator
from typing import Any

from candidates_made import candidate, lane
from stream.candidates import Candidate, LaneRecord
from stream.decisions import AlertSettings, DayDigest, Decision, Judged
from stream.documents import Encoder
from stream.plane import fold

Leaves = dict[str, list[tuple[Any, bool]]]


def decided(
    candidates: Iterable[Candidate], settings: AlertSettings | None = None
) -> list[Decision]:
    """All decisions on candidates of one lane."""
    return list(fold(lane(candidates), settings or AlertSettings()))


def judged(records: Iterable[Decision]) -> list[Judged]:
    """Only those on candidates."""
    return [decision for decision in records if isinstance(decision, Judged)]


def digests(records: Iterable[Decision]) -> list[DayDigest]:
    """Only the digests."""
    return [decision for decision in records if isinstance(decision, DayDigest)]


def outcomes(records: Iterable[LaneRecord] | Iterable[Decision]) -> list[str]:
    """Outcomes of the candidates in order."""
    return [record.outcome for record in records if isinstance(record, Judged)]


def alert_document(made: Candidate | None = None, **changes: Any) -> dict[str, Any]:
    """The alert of one candidate."""
    first = judged(decided([made or candidate(**changes)]))[0]
    return Encoder("replay").alert(first)


def leaves(document: dict[str, Any]) -> Leaves:
    """Dotted names of all leaves, each with its values and whether it stood in a list."""
    found: Leaves = {}
    for name, value, is_listed in _walk(document, ""):
        found.setdefault(name, []).append((value, is_listed))
    return found


def _walk(value: Any, name: str) -> Iterator[tuple[str, Any, bool]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _walk(item, name)
            else:
                yield name, item, True
    else:
        yield name, value, False
