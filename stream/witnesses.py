"""A flagged row decoded: the only place where rows become Python objects."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidate, Reading, RepresentativeEvent, Verdict, Window, Witness
from .events import (
    ACTION,
    ACTIONS,
    APP,
    BYTES_IN,
    BYTES_OUT,
    DST_HI,
    DST_LO,
    DST_LOCAL,
    DST_PORT,
    DURATION,
    OBSERVER,
    OUTCOME,
    OUTCOMES,
    PACKETS_IN,
    PACKETS_OUT,
    RULE,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    SRC_PORT,
    TRANSPORT,
    TS,
    USER,
    Position,
)
from .features import connection as con
from .features import windows as win
from .features.feature_set import FeatureSet
from .ids import candidate_id
from .populations import POPULATIONS, TAG_INTERNAL_DESTINATION
from .rows import ROW_TAG, ROW_WINDOW, Rows

USUAL_LEAST = 3.0  # closed windows from which an entity's own usual is told
# features of the window itself, and which of the entity's usual sums they are held against
OWN_USUAL = {
    "events_window": con.USUAL_EVENTS,
    "peers_window": con.USUAL_PEERS,
    "ports_window": con.USUAL_PORTS,
}


@dataclass(frozen=True, slots=True)
class LaneNames:
    """What every candidate of a lane says of its origin and settings."""

    namespace: str
    stream: str
    topic: str
    partition: int
    fingerprint: str
    feature_set: str
    models: tuple[str, ...]
    voting_populations: int


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What was decided on row r."""

    r: int
    step: int
    expected: float
    resolution: float
    verdicts: tuple[Verdict, ...]
    reasons: NDArray[np.float64]  # (d,) share of the score
    typical: NDArray[np.float32]  # (d,) of the population
    warming_up: str


def address_text(hi: int, lo: int) -> str:
    """Return an address as people write it; IPv4 without its IPv6 clothes."""
    if hi == 0 and lo >> 32 == 0xFFFF:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    return str(IPv6Address(hi << 64 | lo))


def decode(
    rows: Rows, row: RowVerdict, names: LaneNames, features: FeatureSet, text: Callable[[int], str]
) -> Candidate:
    """Return the candidate of a flagged row; ``text`` gives the word behind a hash."""
    count = rows.windows.whole[row.r].tolist()
    real = rows.windows.real[row.r].tolist()
    word = rows.windows.word[row.r].tolist()
    note = rows.note[row.r].tolist()
    side = SRC_HI if note[ROW_TAG] == TAG_INTERNAL_DESTINATION else DST_HI
    candidate = Candidate(
        id="",
        namespace=names.namespace,
        stream=names.stream,
        topic=names.topic,
        partition=names.partition,
        position=Position(count[win.LAST_OFFSET], count[win.LAST_INDEX]),
        decided_at=float(rows.t[row.r]),
        population=POPULATIONS[note[ROW_TAG]].name,
        entity=address_text(word[win.ENTITY_HI], word[win.ENTITY_LO]),
        step=row.step,
        expected=row.expected,
        resolution=row.resolution,
        verdicts=row.verdicts,
        readings=tuple(_readings(rows, row, features)),
        window=_window(count, real, note[ROW_WINDOW]),
        event=_event(count, real, word, text),
        evidence=tuple(_evidence(count, real, word, side)),
        warming_up=row.warming_up,
        fingerprint=names.fingerprint,
        feature_set=names.feature_set,
        models=names.models,
        voting_populations=names.voting_populations,
    )
    object.__setattr__(candidate, "id", candidate_id(candidate))
    return candidate


def _readings(rows: Rows, row: RowVerdict, features: FeatureSet) -> Iterator[Reading]:
    values = rows.x[row.r].tolist()
    usual = rows.usual[row.r].tolist()
    reasons = row.reasons.tolist()
    typical = row.typical.tolist()
    knows_own = usual[con.USUAL_WINDOWS] >= USUAL_LEAST
    for j in sorted(range(len(values)), key=reasons.__getitem__, reverse=True):
        name = features.names[j]
        if knows_own and name in OWN_USUAL:
            own = usual[OWN_USUAL[name]] / usual[con.USUAL_WINDOWS]
            yield Reading(name, values[j], own, "entity", reasons[j])
        else:
            yield Reading(name, values[j], typical[j], "peers", reasons[j])


def _window(count: list[int], real: list[float], start: int) -> Window:
    votes, port = count[win.PORT_VOTES], count[win.PORT]
    has_majority = votes > 0 and 2 * votes >= count[win.EVENTS] and port >= 0
    return Window(
        start=float(start * win.WINDOW_S),
        events=count[win.EVENTS],
        failed=count[win.FAILED],
        peers=count[win.PEERS],
        internal_peers=count[win.INTERNAL_PEERS],
        novel_peers=count[win.NOVEL_PEERS],
        ports=count[win.PORTS],
        main_port=port if has_majority else -1,
        bytes_out=real[win.SUM_OUT],
        bytes_in=real[win.SUM_IN],
        first_ts=real[win.WITNESS_TS],
        last_ts=real[win.LAST_REAL + TS],
    )


def _event(
    count: list[int], real: list[float], word: list[int], text: Callable[[int], str]
) -> RepresentativeEvent:
    code = count[win.LAST_CODE :]
    number = real[win.LAST_REAL :]
    address = word[win.LAST_ADDRESS :]
    words = word[win.LAST_TEXT :]
    return RepresentativeEvent(
        ts=number[TS],
        duration=_number(number[DURATION]),
        source_ip=address_text(address[SRC_HI], address[SRC_LO]),
        source_port=code[SRC_PORT],
        destination_ip=address_text(address[DST_HI], address[DST_LO]),
        destination_port=code[DST_PORT],
        transport=code[TRANSPORT],
        action=ACTIONS[max(0, code[ACTION])],
        outcome=OUTCOMES[max(0, code[OUTCOME])],
        bytes_out=_number(number[BYTES_OUT]),
        bytes_in=_number(number[BYTES_IN]),
        packets_out=_number(number[PACKETS_OUT]),
        packets_in=_number(number[PACKETS_IN]),
        source_local=code[SRC_LOCAL] == 1,
        destination_local=code[DST_LOCAL] == 1,
        app=text(words[APP]),
        rule=text(words[RULE]),
        user=text(words[USER]),
        observer=text(words[OBSERVER]),
    )


def _number(value: float) -> float:
    return value if math.isfinite(value) else -1.0


def _evidence(count: list[int], real: list[float], word: list[int], side: int) -> Iterator[Witness]:
    """Yield the window's 1st, 2nd, 4th … 256th event so far, and the last.

    ``side`` is the column where the other side's address begins.
    """
    last = Position(count[win.LAST_OFFSET], count[win.LAST_INDEX])
    for k in range(count[win.WITNESSES]):
        at = win.WITNESS_AT + 2 * k
        position = Position(count[at], count[at + 1])
        if position != last:
            peer = win.WITNESS_PEER + 2 * k
            address = address_text(word[peer], word[peer + 1])
            yield Witness(position, real[win.WITNESS_TS + k], address)
    peer = win.LAST_ADDRESS + side
    yield Witness(last, real[win.LAST_REAL + TS], address_text(word[peer], word[peer + 1]))
