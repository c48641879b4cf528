"""Silence of a source, by what idle owners write; the log alone decides."""

import orjson
import pytest

from candidates_made import DAY, START, pulse
from detectors.errors import ConfigError
from stream.decisions import AlertSettings, Decision, Drifted
from stream.documents import Encoder
from stream.drift_signals import DriftSignal
from stream.lane_log import Advance, LogRecord, Start, encode
from stream.lanes import MAX_LANES
from stream.log_fold import LogFold
from stream.silence import MAX_TOPICS, Silences

HOUR = 3_600.0


class Log:
    """A log that grows, and the fold of it."""

    def __init__(self, topics: tuple[tuple[str, int], ...] = (("fw", 0),)) -> None:
        self.values: list[bytes] = []
        self.fold = LogFold(AlertSettings())
        for name in topics:
            self.write(Start(*name, START))

    def write(self, record: LogRecord) -> list[DriftSignal]:
        self.values.append(encode(record, 1))
        return signals(self.fold.take(len(self.values) - 1, self.values[-1]))

    def idle(self, at: float, offset: int, topic: str = "fw", lane: int = 0) -> list[DriftSignal]:
        """An idle owner lets time pass to ``at`` and gives the pulse of it."""
        said = self.write(Advance(topic, lane, offset, START + at))
        return said + self.write(pulse(at, topic, lane))


def signals(decisions: list[Decision]) -> list[DriftSignal]:
    return [one.signal for one in decisions if isinstance(one, Drifted)]


def test_source_is_silent_after_an_hour_told_once_and_again_when_it_speaks() -> None:
    log = Log()
    log.write(pulse(0.0, "fw"))
    said = [one for k in range(1, 500) for one in log.idle(k * 10.0, 7)]
    assert [(one.kind, one.at, one.since) for one in said] == [
        ("silence", START + HOUR + 10.0, START)
    ]
    (back,) = log.write(pulse(5_100.0, "fw"))
    assert (back.kind, back.since, back.value) == ("resumed", START, 5_100.0 / HOUR)


def test_source_that_speaks_now_and_then_is_not_silent_even_with_late_records() -> None:
    log = Log()
    log.write(pulse(0.0, "fw"))
    said = []
    for k in range(1, 2_000):
        said += log.idle(k * 10.0, k // 300)  # records every 50 minutes that move no time
    assert said == []


def test_source_is_silent_only_when_all_of_its_lanes_are() -> None:
    log = Log((("fw", 0), ("fw", 1)))
    said = []
    for k in range(1, 1_000):
        said += log.idle(k * 10.0, 7, lane=0)
        said += log.write(pulse(k * 10.0, "fw", 1)) if k < 500 else log.idle(k * 10.0, 9, lane=1)
    (one,) = said
    assert one.at == pytest.approx(START + 5_000.0 + HOUR, abs=30.0)


def test_lane_that_is_far_behind_but_has_records_keeps_its_source_from_being_silent() -> None:
    """One partition stands at its end, the other reads what came days ago."""
    log = Log((("fw", 0), ("fw", 1)))
    said = log.idle(5 * DAY, 7, lane=0)
    for k in range(1, 1_000):
        said += log.write(pulse(k * 10.0, "fw", 1))
        said += log.idle(5 * DAY + k * 10.0, 7, lane=0)
    assert said == []


def test_source_that_rests_each_night_is_told_of_once() -> None:
    """A week in which it rests from 20 to 6: the first night, and never again."""
    log = Log()
    said = []
    for ten_minutes in range(7 * 144):
        at = ten_minutes * 600.0
        day, hour = divmod(at, DAY)
        if 6 * HOUR <= hour < 20 * HOUR:
            said += log.write(pulse(at, "fw"))
        else:
            said += log.idle(at, int(day))
    assert [one.kind for one in said] == ["silence", "resumed"]


def test_source_that_never_stops_is_quiet_for_a_week() -> None:
    log = Log((("fw", 0), ("dns", 0)))
    said = []
    for minute in range(7 * 1_440):
        for topic in ("fw", "dns"):
            said += log.write(pulse(minute * 60.0, topic))
        if minute % 7 == 0:
            said += log.idle(minute * 60.0 + 30.0, minute, "dns")
    assert said == []


def test_kill_in_the_midst_of_a_silence_changes_nothing() -> None:
    log = Log()
    log.write(pulse(0.0, "fw"))
    for k in range(1, 400):
        log.idle(k * 10.0, 7)
    for cut in (3, 300, 730, 760):
        first, second = LogFold(AlertSettings()), LogFold(AlertSettings())
        made = [d for k in range(cut) for d in first.take(k, log.values[k])]
        second.restore(orjson.loads(orjson.dumps(first.state())))
        made += [d for k in range(cut, len(log.values)) for d in second.take(k, log.values[k])]
        assert made == all_at_once(log.values)


def all_at_once(values: list[bytes]) -> list[Decision]:
    fold = LogFold(AlertSettings())
    return [d for k, value in enumerate(values) for d in fold.take(k, value)]


def test_signal_becomes_one_document_with_a_sentence() -> None:
    log = Log()
    log.write(pulse(0.0, "fw"))
    for k in range(1, 400):
        log.idle(k * 10.0, 7)
    (drifted,) = [one for one in all_at_once(log.values) if isinstance(one, Drifted)]
    document = Encoder("live").drift(drifted)
    assert document["event"]["kind"] == "event"
    assert document["event"]["action"] == "source_silent"
    assert document["event"]["reason"].startswith("fw: 1.003 hours")


def test_state_is_bounded_whatever_the_number_of_topics_and_partitions() -> None:
    silences = Silences(HOUR)
    for k in range(2_000):
        silences.idle(f"t{k % 50}", k, 1, (START, START + k))
    state = silences.state()
    assert len(state) == MAX_TOPICS
    assert sum(len(idle) for *_, idle in state) <= MAX_LANES


def test_silence_needs_a_time() -> None:
    with pytest.raises(ConfigError, match="silence_s"):
        AlertSettings(silence_s=0.0)
