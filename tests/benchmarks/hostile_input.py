"""Spoil lines of every dialect, in every envelope, and see that each is parsed or rejected.

Run it as ``python tests/benchmarks/hostile_input.py --lines 1000000 --seed 1``, and once with
``NUMBA_BOUNDSCHECK=1``. It exits 1 where a record is unaccounted for; a crash ends it with a
traceback. Batches have random sizes, so that chunks end everywhere.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import about_run
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from spoilt_lines import spoil
from stream.events import EVENTS, HEADER, STATUSES
from stream.formats.dialect import built_in_dialects
from stream.formats.parser import Parsed, Parser, ParseSettings

LARGEST_BATCH = 2000
LONG = 1 << 20
SHARE_LONG = 1e-5
SHARE_WHOLE = 0.1
SHARE_WRAPPED = 0.2
WRAPPED_IN = (
    b"<134>Feb 29 10:00:00 gate %s",
    b'<134>1 2024-02-29T10:00:00Z gate app 7 - [a@1 b="c"] %s',
    b"87 <134>1 2024-02-29T10:00:00Z gate - - - - %s",
    b'{"@timestamp":"2024-02-29T10:00:00Z","event":{"original":%s}}',
    b'{"@timestamp":"2024-02-29T10:00:00Z","message":%s}',
    b'{"log":%s,"stream":"stdout","time":"2024-02-29T10:00:00Z"}',
    b'{"__REALTIME_TIMESTAMP":"1709200800000000","_HOSTNAME":"gate","MESSAGE":%s}',
    b'{"logEvents":[{"message":%s},{"message":"x"}]}',
)
RECORD_TIMES = (0.0, 1.7e9, -1e12, 1e300, float("nan"))


def sample_lines() -> dict[str, list[bytes]]:
    """Lines of each dialect's samples."""
    return {
        dialect.name: [line.encode() for sample in dialect.samples for line in sample.lines]
        for dialect in built_in_dialects()
    }


def wrapped(random: Random, line: bytes) -> bytes:
    """Give the line in an envelope, or in two."""
    for _ in range(random.choice((1, 1, 2))):
        envelope = random.choice(WRAPPED_IN)
        text = json.dumps(line.decode("latin-1")).encode() if envelope[:1] == b"{" else line
        line = envelope.replace(b"%s", text)
    return line


def hostile_lines(random: Random, count: int) -> Iterator[bytes]:
    """Samples in runs of one format, most of them spoilt, a few of a mebibyte, some pure noise."""
    samples = sample_lines()
    names = sorted(samples)
    lines = samples[names[0]]
    for _ in range(count):
        if random.random() < 0.01:
            lines = samples[random.choice(names)]
        kind = random.random()
        if kind < 0.02:
            yield random.randbytes(random.randrange(200)).replace(b"\n", b"")
        elif kind < 0.02 + SHARE_WHOLE:
            yield random.choice(lines)
        elif kind > 1 - SHARE_LONG:
            line = spoil(random, random.choice(lines))
            yield line + random.choice((b"\\", b'"', b"x", b"[", b'\\"')) * (LONG // 2)
        else:
            line = random.choice(lines)
            line = wrapped(random, line) if random.random() < SHARE_WRAPPED else line
            yield spoil(random, line)


def batches(lines: Iterator[bytes], random: Random) -> Iterator[list[bytes]]:
    """Cut lines into batches of random size."""
    batch: list[bytes] = []
    size = 1
    for line in lines:
        batch.append(line)
        if len(batch) >= size:
            yield batch
            batch = []
            size = random.choice((1, 2, random.randint(1, LARGEST_BATCH)))
    yield batch


def faults(parser: Parser, parsed: Parsed, records: int) -> list[str]:
    """What does not add up in one call."""
    status, reason = parsed.status, parsed.reason
    found = []
    if len(status) != records:
        found.append(f"{len(status)} statuses for {records} records")
    gave = np.flatnonzero(status == EVENTS)
    if not np.array_equal(gave, np.unique(parsed.record)):
        found.append("records with events are not those of status events")
    silent = (status > HEADER) | (status == STATUSES.index("unused"))
    if ((reason != 0) != silent).any():
        found.append("a record without event and without reason, or an event with one")
    if np.isnan(parsed.batch.real[:, 0]).any():
        found.append("an event without time")
    if (reason >= len(parser.reasons)).any() or (parsed.dialect >= len(parser.dialects)).any():
        found.append("a reason or dialect that does not exist")
    return found


def main() -> int:
    """Parse spoilt lines; print what became of them."""
    options = about_run.options(__doc__ or "")
    options.add_argument("--lines", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    random = Random(chosen.seed)
    parser = Parser(ParseSettings())
    statuses: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    wrong: list[str] = []
    done = 0
    for batch in batches(hostile_lines(random, chosen.lines), random):
        bounds = np.cumsum([0, *map(len, batch)], dtype=np.int64)
        times = np.full(len(batch), random.choice(RECORD_TIMES))
        numbers = np.arange(done, done + len(batch))
        parsed = parser.parse(b"".join(batch), bounds, numbers, times)
        wrong += faults(parser, parsed, len(batch))
        statuses.update(STATUSES[k] for k in parsed.status)
        reasons.update(parser.reasons[k] for k in parsed.reason if k)
        done += len(batch)
        if done // 100_000 != (done - len(batch)) // 100_000:
            about_run.progress(f"{done:,} lines")
    if sum(statuses.values()) != chosen.lines:
        wrong.append(f"{sum(statuses.values())} statuses for {chosen.lines} lines")
    rows = [(name, f"{n:,}") for name, n in (*statuses.items(), *sorted(reasons.items()))]
    text = about_run.table(("lines", f"{chosen.lines:,}"), rows)
    figures = {"statuses": statuses, "reasons": reasons, "wrong": wrong}
    about_run.finish(chosen, "\n".join((text, *(f"wrong: {fault}" for fault in wrong))), figures)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
