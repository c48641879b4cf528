"""Record bytes to candidates: the one object that live scoring, replay, backtest and training run.

No I/O, no clock, no threads. Any split of the same records gives the same output.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from detectors.errors import ModelError

from .arrays import Arrays, copies, named_arrays, part_of, put_back
from .candidates import LaneRecord, Pulse
from .events import DURATION, TS, EventBatch
from .features.feature_set import CONNECTION_SET
from .features.tables import EVICTED, USED
from .features.windows import WINDOW_S
from .formats.dialect import DialectTexts
from .formats.parser import Parsed, Parser
from .judgement import Judgement
from .lane import new_lane, start_time
from .lane_drift import LaneDrift
from .networks import mark_inside, networks_of
from .observe import advance, observe
from .pipeline_settings import PipelineSettings, names_of, prior_of
from .rows import new_rows
from .stream_time import N_AHEAD, N_EARLY, N_LATE, N_ROWS, NOW, STARTED

__all__ = ["Pipeline", "PipelineSettings"]

SNAPSHOT_FORMAT = 3
ROWS_AT_ONCE = 2_048
HELD = 3  # events that stream time starts from


class Pipeline:
    """One lane from record bytes to candidates and pulses.

    Raises
    ------
    ConfigError
        Where a setting, format or detector is wrong.
    ModelError
        Where the prior is damaged or made for other features.
    """

    def __init__(self, settings: PipelineSettings) -> None:
        self.settings = settings
        self.parser = Parser(settings.parse)
        self._networks = networks_of(settings.internal)
        self._lane = new_lane(settings.max_entities, settings.hash_seed)
        self._rows = new_rows(ROWS_AT_ONCE)
        self._held = EventBatch.empty(0)
        self._prior = prior_of(settings, CONNECTION_SET)
        self._names = names_of(settings, CONNECTION_SET, self._prior)
        self._judgement = Judgement(
            settings.judges,
            CONNECTION_SET,
            settings.max_entities,
            settings.cut,
            self._names,
            self._text,
        )
        lane, detectors = (settings.topic, settings.partition), [j.name for j in settings.judges]
        self._drift = LaneDrift(lane, self.parser.dialects, detectors)

    def _text(self, hashed: int) -> str:
        return self.parser.text(hashed)  # of the parser that reads now, see read_with

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the settings that candidates depend on."""
        return self._names.fingerprint

    @property
    def now(self) -> float:
        """Stream time, minus infinity before it has started."""
        return float(self._lane.time[NOW])

    @property
    def times(self) -> tuple[float, float] | None:
        """First and last stream time, None before it has started."""
        if not self._lane.counter[STARTED]:
            return None
        return self._judgement.started, float(self._lane.time[NOW])

    @property
    def abstained(self) -> list[str]:
        """Detectors that raised, with the population in which they abstain."""
        return self._judgement.abstained

    def process(
        self,
        payload: NDArray[np.uint8] | bytes,
        bounds: NDArray[np.int64],
        offsets: NDArray[np.int64],
        record_times: NDArray[np.float64],
    ) -> tuple[Parsed, list[LaneRecord]]:
        """Take records; return what became of each, and candidates and pulses in order.

        Record i is payload[bounds[i]:bounds[i + 1]], at ``offsets[i]`` of its lane, with
        ``record_times[i]`` (seconds since the epoch, NaN where unknown).
        """
        parsed = self.parser.parse(payload, bounds, offsets, record_times)
        return parsed, self._take(parsed.batch, parsed)

    def read_with(self, dialects: DialectTexts) -> None:
        """Read what follows with other dialects of the user's own; what was learnt stays.

        Ids and fingerprints do not tell dialects apart. A snapshot holds those in force.
        """
        parser = Parser(replace(self.settings.parse, dialects=dialects))
        parser.follow(self.parser)
        self.parser = parser
        self._drift.read_with(parser.dialects)
        self.settings = replace(
            self.settings, parse=replace(self.settings.parse, dialects=dialects)
        )

    def take(self, batch: EventBatch) -> list[LaneRecord]:
        """Take events that are decoded already."""
        return self._take(batch, batch)

    def _take(self, batch: EventBatch, came: Parsed | EventBatch) -> list[LaneRecord]:
        held = len(self._held.offset)
        is_started = bool(self._lane.counter[STARTED])
        if not is_started and held + len(batch.offset) < HELD:
            mark_inside(batch, self._networks)
            self._held = self._held.followed_by(batch)
            return []
        self._drift.begin(came, held, 0 if is_started else HELD - held)
        mark_inside(batch, self._networks)
        if not is_started:
            batch = self._held.followed_by(batch)
            self._start(batch)
        out = self._observe(batch)
        self._drift.end()
        return out

    def advance(self, t: float) -> list[LaneRecord]:
        """Let stream time pass to t without events: what an idle owner recorded."""
        out: list[LaneRecord] = []
        if not self._lane.counter[STARTED]:
            held = self._held
            if not len(held.offset):
                return out
            self._start(held)
            out += self._observe(held)
        done = False
        while not done:
            done = advance(self._lane, t, self._rows)
            self._judgement.judge(self._rows, out, self._drift)
        return out

    def finish(self) -> list[LaneRecord]:
        """End of input: close the open window and promise that nothing follows.

        A snapshot taken afterwards would hold what is no part of the stream: take it before.
        """
        out = self.advance(-math.inf)
        if self._lane.counter[STARTED]:
            out += self.advance((self.now // WINDOW_S + 1) * WINDOW_S)
            out += self._judgement.suppressed_before(math.inf)
        out.append(Pulse(self.settings.topic, self.settings.partition, math.inf))
        return out

    def counts(self) -> dict[str, int]:
        """Counters so far, by name."""
        lane = self._lane
        tables = (lane.entity_table, lane.pair_table, lane.service_table)
        return {
            "late": int(lane.counter[N_LATE]),
            "ahead": int(lane.counter[N_AHEAD]),
            "rows": int(lane.counter[N_ROWS]),
            "entities": int(lane.entity_table.meta[USED] + lane.entity_table.meta[EVICTED]),
            "evicted": sum(int(table.meta[EVICTED]) for table in tables),
            "closed_early": int(lane.counter[N_EARLY]),
            "candidates": int(self._judgement.candidates[0]),
        }

    def snapshot(self, room: Mapping[str, NDArray[Any]] | None = None) -> Arrays:
        """All state, as copies by name: what ``restore`` takes up, in another process too.

        ``room`` is a snapshot that nobody needs any more. Copies go into its memory where they fit:
        of a large lane that takes a fifth of the time.
        """
        texts = orjson.dumps(self.settings.parse.dialects)
        state: Arrays = {"about": self._about(), "dialects": np.frombuffer(texts, np.uint8)}
        state.update(named_arrays("lane", self._lane))
        state.update(named_arrays("held", self._held))
        state.update((f"judgement.{name}", array) for name, array in self._judgement.arrays())
        state.update(self._drift.arrays())
        state.update((f"parser.{name}", array) for name, array in self.parser.state().items())
        return copies(state, room or {})

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a snapshot, with the user's dialects that were in force.

        ModelError for one of other settings or another version.
        """
        if "about" not in arrays or not np.array_equal(arrays["about"], self._about()):
            raise ModelError(
                "snapshot: taken with other settings or by another version, expected fingerprint"
                f" {self.fingerprint}; restore it with its own settings, or start fresh"
            )
        dialects = _dialects_of(arrays)
        if dialects != self.settings.parse.dialects:
            self.read_with(dialects)
        put_back("lane", self._lane, arrays)
        held = part_of("held", arrays)
        try:
            self._held = EventBatch(**{name: held[name].copy() for name in EventBatch._fields})
        except KeyError as error:
            raise ModelError(
                f"snapshot held.{error}: missing, expected it; take another"
            ) from error
        self._judgement.restore(part_of("judgement", arrays))
        self._drift.restore(arrays)
        self.parser.restore(part_of("parser", arrays))

    def _about(self) -> NDArray[np.uint8]:
        text = f"{SNAPSHOT_FORMAT} {self.fingerprint} {self._names.stream} {self._names.topic}"
        return np.frombuffer(hashlib.blake2b(text.encode(), digest_size=16).digest(), np.uint8)

    def _start(self, batch: EventBatch) -> None:
        """Set stream time to the median end of the first events, and learn the prior there."""
        ends = batch.real[:HELD, TS] + np.maximum(np.nan_to_num(batch.real[:HELD, DURATION]), 0.0)
        t = float(np.sort(ends)[(len(ends) - 1) // 2])
        start_time(self._lane, t)
        self._lane.counter[STARTED] = 1
        self._held = EventBatch.empty(0)
        self._judgement.start(t, self._prior)
        self._drift.start(t)

    def _observe(self, batch: EventBatch) -> list[LaneRecord]:
        out: list[LaneRecord] = []
        i = 0
        while i < len(batch.offset):
            i = observe(self._lane, batch, i, self._rows)
            self._judgement.judge(self._rows, out, self._drift)
        return out


def _dialects_of(arrays: Mapping[str, NDArray[Any]]) -> DialectTexts:
    if "dialects" not in arrays:
        raise ModelError("snapshot dialects: missing, expected them; take another")
    return tuple((name, text) for name, text in orjson.loads(arrays["dialects"].tobytes()))
