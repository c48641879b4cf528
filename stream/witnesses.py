"""A flagged row decoded: the only place where rows become Python objects."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .addresses import address_text
from .candidates import Candidate, RepresentativeEvent, Verdict, Window
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
from .evidence import Evidence
from .features import connection as con
from .features import windows as win
from .features.feature_set import FeatureSet
from .ids import candidate_id
from .populations import POPULATIONS, TAG_INTERNAL_DESTINATION
from .readings import Readings
from .rows import ROW_TAG, ROW_WINDOW, Rows

USUAL_LEAST = 3.0  # closed windows from which an entity's own usual is told
# features of the window itself, and which of the entity's usual sums they are held against
OWN_USUAL = {
    "events_window": con.USUAL_EVENTS,
    "peers_window": con.USUAL_PEERS,
    "ports_window": con.USUAL_PORTS,
}
PEERS_ALONE: frozenset[int] = frozenset()  # no usual of the entity's own


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


class Flagged(NamedTuple):
    """What was decided on k rows of a batch; columns, one entry a row."""

    at: NDArray[np.int64]  # which rows of the batch
    step: list[int]
    expected: list[float]
    resolution: list[float]
    verdicts: list[tuple[Verdict, ...]]
    reasons: list[list[float]]  # share of the score by feature
    typical: list[list[float]]  # of the population by feature
    warming_up: list[str]


def decode(
    rows: Rows,
    flagged: Flagged,
    names: LaneNames,
    features: FeatureSet,
    text: Callable[[int], str],
) -> Iterator[Candidate]:
    """Yield the candidates of flagged rows; ``text`` gives the word behind a hash."""
    at = flagged.at
    counts, reals, words = (part[at].tolist() for part in rows.windows)
    notes, times = rows.note[at].tolist(), rows.t[at].tolist()
    values, usuals = rows.x[at].tolist(), rows.usual[at].tolist()
    own_usual = [(features.names.index(name), usual) for name, usual in OWN_USUAL.items()]
    is_own = frozenset(j for j, _ in own_usual)
    lane = names.namespace, names.stream, names.topic, names.partition
    for k, (count, real, word) in enumerate(zip(counts, reals, words, strict=True)):
        tag = notes[k][ROW_TAG]
        start = float(notes[k][ROW_WINDOW] * win.WINDOW_S)
        who = POPULATIONS[tag].name, address_text(word[win.ENTITY_HI], word[win.ENTITY_LO])
        typical, usual = flagged.typical[k], usuals[k]
        knows_own = usual[con.USUAL_WINDOWS] >= USUAL_LEAST
        if knows_own:
            for j, which in own_usual:
                typical[j] = usual[which] / usual[con.USUAL_WINDOWS]
        yield Candidate(
            candidate_id(lane, (*who, start, flagged.step[k]), names.fingerprint),
            *lane,
            position=Position(count[win.LAST_OFFSET], count[win.LAST_INDEX]),
            decided_at=times[k],
            population=who[0],
            entity=who[1],
            step=flagged.step[k],
            expected=flagged.expected[k],
            resolution=flagged.resolution[k],
            verdicts=flagged.verdicts[k],
            readings=Readings(
                features.names,
                values[k],
                typical,
                flagged.reasons[k],
                is_own if knows_own else PEERS_ALONE,
            ),
            window=_window(count, real, start),
            event=_event(count, real, word, text),
            evidence=_evidence(
                count, real, word, SRC_HI if tag == TAG_INTERNAL_DESTINATION else DST_HI
            ),
            warming_up=flagged.warming_up[k],
            fingerprint=names.fingerprint,
            feature_set=names.feature_set,
            models=names.models,
            voting_populations=names.voting_populations,
        )


def _window(count: list[int], real: list[float], start: float) -> Window:
    votes, port = count[win.PORT_VOTES], count[win.PORT]
    has_majority = votes > 0 and 2 * votes >= count[win.EVENTS] and port >= 0
    return Window(
        start=start,
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


def _evidence(count: list[int], real: list[float], word: list[int], side: int) -> Evidence:
    """Return the witnesses of the window so far, and its last event.

    ``side`` is the column where the other side's address begins.
    """
    n = count[win.WITNESSES]
    last = win.LAST_ADDRESS + side
    return Evidence(
        count[win.WITNESS_AT : win.WITNESS_AT + 2 * n]
        + count[win.LAST_OFFSET : win.LAST_INDEX + 1],
        [*real[win.WITNESS_TS : win.WITNESS_TS + n], real[win.LAST_REAL + TS]],
        word[win.WITNESS_PEER : win.WITNESS_PEER + 2 * n] + word[last : last + 2],
    )
