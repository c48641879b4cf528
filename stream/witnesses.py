"""A flagged row decoded: the only place where rows become Python objects."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

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
    """An address as people write it; IPv4 without its IPv6 clothes."""
    if int(hi) == 0 and int(lo) >> 32 == 0xFFFF:
        return str(IPv4Address(int(lo) & 0xFFFF_FFFF))
    return str(IPv6Address(int(hi) << 64 | int(lo)))


def decode(
    rows: Rows, row: RowVerdict, names: LaneNames, features: FeatureSet, text: Callable[[int], str]
) -> Candidate:
    """Return the candidate of a flagged row; ``text`` gives the word behind a hash."""
    count = rows.windows.count[row.r]
    word = rows.windows.word[row.r]
    candidate = Candidate(
        id="",
        namespace=names.namespace,
        stream=names.stream,
        topic=names.topic,
        partition=names.partition,
        position=Position(int(count[win.LAST_OFFSET]), int(count[win.LAST_INDEX])),
        decided_at=float(rows.t[row.r]),
        population=POPULATIONS[int(rows.note[row.r, ROW_TAG])].name,
        entity=address_text(word[win.ENTITY_HI], word[win.ENTITY_LO]),
        step=row.step,
        expected=row.expected,
        resolution=row.resolution,
        verdicts=row.verdicts,
        readings=tuple(_readings(rows, row, features)),
        window=_window(rows, row.r),
        event=_event(rows, row.r, text),
        evidence=tuple(_evidence(rows, row.r)),
        warming_up=row.warming_up,
        fingerprint=names.fingerprint,
        feature_set=names.feature_set,
        models=names.models,
        voting_populations=names.voting_populations,
    )
    object.__setattr__(candidate, "id", candidate_id(candidate))
    return candidate


def _readings(rows: Rows, row: RowVerdict, features: FeatureSet) -> Iterator[Reading]:
    x = rows.x[row.r]
    usual = rows.usual[row.r]
    order = sorted(range(len(x)), key=lambda j: (-row.reasons[j], j))
    for j in order:
        name = features.names[j]
        typical, whose = float(row.typical[j]), "peers"
        if name in OWN_USUAL and usual[con.USUAL_WINDOWS] >= USUAL_LEAST:
            typical = float(usual[OWN_USUAL[name]] / usual[con.USUAL_WINDOWS])
            whose = "entity"
        yield Reading(name, float(x[j]), typical, whose, float(row.reasons[j]))


def _window(rows: Rows, r: int) -> Window:
    count = rows.windows.count[r]
    real = rows.windows.real[r]
    is_main = 2 * int(count[win.PORT_VOTES]) > 0 and int(count[win.PORT]) >= 0
    majority = int(count[win.PORT_VOTES]) * 2 >= int(count[win.EVENTS])
    return Window(
        start=float(rows.note[r, ROW_WINDOW] * win.WINDOW_S),
        events=int(count[win.EVENTS]),
        failed=int(count[win.FAILED]),
        peers=int(count[win.PEERS]),
        internal_peers=int(count[win.INTERNAL_PEERS]),
        novel_peers=int(count[win.NOVEL_PEERS]),
        ports=int(count[win.PORTS]),
        main_port=int(count[win.PORT]) if is_main and majority else -1,
        bytes_out=float(real[win.SUM_OUT]),
        bytes_in=float(real[win.SUM_IN]),
        first_ts=float(real[win.WITNESS_TS]),
        last_ts=float(real[win.LAST_REAL + TS]),
    )


def _event(rows: Rows, r: int, text: Callable[[int], str]) -> RepresentativeEvent:
    code = rows.windows.count[r, win.LAST_CODE :]
    real = rows.windows.real[r, win.LAST_REAL :]
    address = rows.windows.word[r, win.LAST_ADDRESS :]
    words = rows.windows.word[r, win.LAST_TEXT :]
    return RepresentativeEvent(
        ts=float(real[TS]),
        duration=_number(real[DURATION]),
        source_ip=address_text(address[SRC_HI], address[SRC_LO]),
        source_port=int(code[SRC_PORT]),
        destination_ip=address_text(address[DST_HI], address[DST_LO]),
        destination_port=int(code[DST_PORT]),
        transport=int(code[TRANSPORT]),
        action=ACTIONS[max(0, int(code[ACTION]))],
        outcome=OUTCOMES[max(0, int(code[OUTCOME]))],
        bytes_out=_number(real[BYTES_OUT]),
        bytes_in=_number(real[BYTES_IN]),
        packets_out=_number(real[PACKETS_OUT]),
        packets_in=_number(real[PACKETS_IN]),
        source_local=bool(code[SRC_LOCAL] == 1),
        destination_local=bool(code[DST_LOCAL] == 1),
        app=text(int(words[APP])),
        rule=text(int(words[RULE])),
        user=text(int(words[USER])),
        observer=text(int(words[OBSERVER])),
    )


def _number(value: float) -> float:
    return float(value) if math.isfinite(value) else -1.0


def _evidence(rows: Rows, r: int) -> Iterator[Witness]:
    """Yield the window's 1st, 2nd, 4th … 256th event so far, and the last."""
    count = rows.windows.count[r]
    real = rows.windows.real[r]
    word = rows.windows.word[r]
    last = Position(int(count[win.LAST_OFFSET]), int(count[win.LAST_INDEX]))
    for k in range(min(win.N_WITNESSES, int(count[win.EVENTS]).bit_length())):
        position = Position(
            int(count[win.WITNESS_OFFSET + k]), int(count[win.WITNESS_INDEX + k])
        )
        if position != last:
            peer = win.WITNESS_PEER + 2 * k
            yield Witness(
                position, float(real[win.WITNESS_TS + k]), address_text(word[peer], word[peer + 1])
            )
    side = SRC_HI if rows.note[r, ROW_TAG] == TAG_INTERNAL_DESTINATION else DST_HI
    peer = win.LAST_ADDRESS + side
    yield Witness(
        last, float(real[win.LAST_REAL + TS]), address_text(word[peer], word[peer + 1])
    )
