"""A flagged row decoded: the only place where rows become Python objects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
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
    DST_LOCAL,
    DST_PORT,
    DURATION,
    N_ADDRESS,
    OBSERVER,
    OUTCOME,
    OUTCOMES,
    PACKETS_IN,
    PACKETS_OUT,
    RULE,
    SRC_HI,
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
from .ids import candidate_ids
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
    """What was decided on k rows of a batch, column by column."""

    at: NDArray[np.int64]  # which rows of the batch
    step: list[int]
    expected: list[float]
    resolution: list[float]
    verdicts: list[tuple[Verdict, ...]]
    reasons: NDArray[np.float64]  # (k, d) share of the score
    typical: NDArray[np.float32]  # (k, d) of the population
    warming_up: list[str]


def decode(
    rows: Rows,
    flagged: Flagged,
    names: LaneNames,
    features: FeatureSet,
    text: Callable[[int], str],
) -> Iterator[Candidate]:
    """Return the candidates of flagged rows; ``text`` gives the word behind a hash.

    Column by column, for a busy day flags thousands.
    """
    at = flagged.at
    whole, real, word = rows.windows
    windows = win.Windows(whole[at], real[at], word[at])
    offset, index = windows.whole[:, win.LAST_OFFSET], windows.whole[:, win.LAST_INDEX]
    tags = rows.note[at, ROW_TAG]
    lane = names.namespace, names.stream, names.topic, names.partition
    populations = [POPULATIONS[tag].name for tag in tags.tolist()]
    entities = list(_addresses(windows.word, win.ENTITY_HI))
    seen = list(_windows(windows, rows.note[at, ROW_WINDOW]))
    starts = (window.start for window in seen)
    said = zip(populations, entities, starts, flagged.step, strict=True)
    return map(
        Candidate,
        candidate_ids(lane, said, names.fingerprint),
        *map(repeat, lane),
        map(Position, offset.tolist(), index.tolist()),
        rows.t[at].tolist(),
        populations,
        entities,
        flagged.step,
        flagged.expected,
        flagged.resolution,
        flagged.verdicts,
        _readings(rows, flagged, features),
        seen,
        _events(windows, text),
        _evidence(windows, tags),
        flagged.warming_up,
        repeat(names.fingerprint),
        repeat(names.feature_set),
        repeat(names.models),
        repeat(names.voting_populations),
    )


def _addresses(word: NDArray[np.uint64], hi: int) -> Iterator[str]:
    return map(address_text, word[:, hi].tolist(), word[:, hi + 1].tolist())


def _readings(rows: Rows, flagged: Flagged, features: FeatureSet) -> Iterator[Readings]:
    usual = rows.usual[flagged.at].astype(np.float64)
    windows = usual[:, con.USUAL_WINDOWS]
    knows_own = windows >= USUAL_LEAST
    typical = flagged.typical.astype(np.float64)
    for name, sums in OWN_USUAL.items():
        own = usual[knows_own, sums] / windows[knows_own]
        typical[knows_own, features.names.index(name)] = own
    is_own = frozenset(features.names.index(name) for name in OWN_USUAL)
    return map(
        Readings,
        repeat(features.names),
        rows.x[flagged.at],
        typical,
        flagged.reasons,
        (is_own if knows else PEERS_ALONE for knows in knows_own.tolist()),
    )


def _windows(windows: win.Windows, minute: NDArray[np.int64]) -> Iterator[Window]:
    whole, real, _ = windows
    votes, port, events = whole[:, win.PORT_VOTES], whole[:, win.PORT], whole[:, win.EVENTS]
    has_majority = (votes > 0) & (2 * votes >= events) & (port >= 0)
    counts = (win.EVENTS, win.FAILED, win.PEERS, win.INTERNAL_PEERS, win.NOVEL_PEERS, win.PORTS)
    return map(
        Window,
        (minute * float(win.WINDOW_S)).tolist(),
        *(whole[:, count].tolist() for count in counts),
        np.where(has_majority, port, -1).tolist(),
        real[:, win.SUM_OUT].tolist(),
        real[:, win.SUM_IN].tolist(),
        real[:, win.WITNESS_TS].tolist(),
        real[:, win.LAST_REAL + TS].tolist(),
    )


def _events(windows: win.Windows, text: Callable[[int], str]) -> Iterator[RepresentativeEvent]:
    whole, real, word = windows
    code = whole[:, win.LAST_CODE :]
    number = real[:, win.LAST_REAL :]
    number = np.where(np.isfinite(number), number, -1.0)
    words = word[:, win.LAST_TEXT :]
    return map(
        RepresentativeEvent,
        real[:, win.LAST_REAL + TS].tolist(),
        number[:, DURATION].tolist(),
        _addresses(word, win.LAST_ADDRESS + SRC_HI),
        code[:, SRC_PORT].tolist(),
        _addresses(word, win.LAST_ADDRESS + DST_HI),
        code[:, DST_PORT].tolist(),
        code[:, TRANSPORT].tolist(),
        map(ACTIONS.__getitem__, np.maximum(code[:, ACTION], 0).tolist()),
        map(OUTCOMES.__getitem__, np.maximum(code[:, OUTCOME], 0).tolist()),
        *(number[:, k].tolist() for k in (BYTES_OUT, BYTES_IN, PACKETS_OUT, PACKETS_IN)),
        (code[:, SRC_LOCAL] == 1).tolist(),
        (code[:, DST_LOCAL] == 1).tolist(),
        *(_texts(words[:, k].tolist(), text) for k in (APP, RULE, USER, OBSERVER)),
    )


def _texts(hashes: list[int], text: Callable[[int], str]) -> Iterator[str]:
    """Return the word behind each hash; the same few come again and again."""
    words = {hashed: text(hashed) for hashed in set(hashes)}
    return map(words.__getitem__, hashes)


def _evidence(windows: win.Windows, tags: NDArray[np.int64]) -> Iterator[Evidence]:
    """Return the witnesses of each window so far, and its last event."""
    whole, real, word = windows
    k = len(tags)
    positions = (whole[:, win.WITNESS_AT :], whole[:, win.LAST_OFFSET : win.LAST_INDEX + 1])
    last_ts = real[:, win.LAST_REAL + TS, None]
    sides = word[:, win.LAST_ADDRESS : win.LAST_ADDRESS + N_ADDRESS]
    is_hit = (tags == TAG_INTERNAL_DESTINATION)[:, None]
    last_peer = np.where(is_hit, sides[:, SRC_HI : SRC_HI + 2], sides[:, DST_HI : DST_HI + 2])
    return map(
        Evidence,
        whole[:, win.WITNESSES].tolist(),
        np.concatenate(positions, axis=1).reshape(k, win.N_WITNESSES + 1, 2),
        np.concatenate((real[:, win.WITNESS_TS :], last_ts), axis=1),
        np.concatenate((word[:, win.WITNESS_PEER :], last_peer), axis=1).reshape(
            k, win.N_WITNESSES + 1, 2
        ),
    )
