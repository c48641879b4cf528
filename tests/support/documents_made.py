"""Decisions and documents for tests, made by the plane itself; and a flat view of a document."""

from collections.abc import Iterable, Iterator
from typing import Any

from candidates_made import NAN, START, candidate, closing, lane
from stream.candidates import Candidate, LaneRecord, Suppressed, Verdict
from stream.control import Feedback, Note, SuppressionAdded, SuppressionRemoved, Traits
from stream.decisions import AlertSettings, Audited, DayDigest, Decision, Drifted, Judged
from stream.documents import Encoder
from stream.drift_signals import DriftSignal
from stream.lane_log import Gap, LogRecord, Start, encode
from stream.log_fold import LogFold
from stream.plane import AlertPlane, fold
from stream.suppression import Suppression

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


def full_candidate() -> Candidate:
    """One with every field set that can be."""
    made = candidate(
        e=0.004,
        resolution=0.3,
        values={"ports_4h": 30.0, "bytes_out_15m": 4e9},
        typical={"ports_4h": 1.0, "bytes_out_15m": 1e6},
        window={"ports": 30, "failed": 30, "events": 30},
        event={
            "action": "denied",
            "app": "SSH",
            "rule": "drop-all",
            "user": "ana",
            "observer": "fw-1",
        },
        warming_up="own history 3 h, expected 24 h",
    )
    return made._replace(verdicts=(*made.verdicts, Verdict("kit_net", NAN, NAN, votes=False)))


def every_kind() -> list[dict[str, Any]]:
    """Documents of alerts, candidates and digests that between them have all fields."""
    rule = Suppression("known scanner", "ana", entity="203.0.113.77")
    plane = AlertPlane(AlertSettings(suppressions=(rule,)))
    encoder = Encoder("replay", lambda _topic, _partition, offset: ("conn.log", offset * 100))
    plane.take(Suppressed("test", 0, candidate(5).decided_at, 12))
    for made in (full_candidate(), candidate(10, "203.0.113.77"), candidate(20, "203.0.113.8")):
        plane.take(made)
    plane.control(0, Feedback("c" * 32, "", "true", "ana", "", TRAITS, START))
    decisions = plane.close()
    documents = [encoder.digest(digest, 1.5) for digest in digests(decisions)]
    for one in judged(decisions):
        documents += [encoder.alert(one, 1.5), encoder.candidate(one)]
    return documents + other_kinds()


TRAITS = Traits("203.0.113.9", "external source", "unusual", "events_4h", 443)
LOGGED: tuple[LogRecord, ...] = (
    DriftSignal(
        "a", 0, START, "score", "tails", "external source", "psi", 0.4, 0.0, 0.4, "", START, 9
    ),
    DriftSignal(
        "a", 0, START, "volume", "events", "", "sums", 4e5, 1.0, 9.0, "1", START, 9, "adopted"
    ),
    DriftSignal("a", 0, START, "silence", "a", "", "gap", 9.5, 1.0, 9.5, "hours", START, 0),
    SuppressionAdded(Suppression("known", "ana", entity="203.0.113.9", expires=START), START),
    SuppressionAdded(Suppression("known", "ana", network="10.0.0.0/8"), START),
    Feedback("c" * 32, "a" * 32, "false", "ana", "backup", TRAITS, START),
    Feedback("c" * 32, "a" * 32, "expected", "ana", "", TRAITS, START),
    SuppressionRemoved("f" * 32, "ana", "over", START),
    Note("role_started", "publish", START, role="publish", instance="host-1", author="ana"),
    Note("setup", "topics", START, before="1", after="2", reason="more", records=3),
    Gap("a", 0, 7, 90, START),
    Start("a", 0, START),
)


def other_kinds() -> list[dict[str, Any]]:
    """Documents of drift and of the audit that between them have all fields."""
    fold = LogFold(AlertSettings())
    values = [encode(record, 1) for record in (*LOGGED, closing("a"))]
    made = [d for offset, value in enumerate(values) for d in fold.take(offset, value)]
    encoder = Encoder("live")
    drifted = [encoder.drift(one, 1.5) for one in made if isinstance(one, Drifted)]
    return drifted + [encoder.audit(one, 1.5) for one in made if isinstance(one, Audited)]


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
