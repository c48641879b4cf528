"""The engine on real servers through random kills, for as long as one lets it.

Whatever dies, pauses, comes and goes (tests/support/trouble.py): in the end the documents in
Elasticsearch and in our topics must be those of one pipeline a lane and one fold that nobody
disturbed. Needs the servers of tests/support/real_servers.py, with as many brokers as are named.

    python tests/benchmarks/kills.py --kills 200 --minutes 60 --seed 7 --brokers 3
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from about_run import ROOT, options, progress

sys.path.append(str(ROOT / "tests" / "support"))

from connectors.elasticsearch import ElasticsearchOptions, connect
from live_engine import LiveEngine, small_office
from live_outcome import indexed, same, wait_for
from trouble import ROLES, Trouble

LANES = 6
LONGEST_S = 900.0


def disturb(engine: LiveEngine, given: Any, seed: int) -> Counter[str]:
    """Do what is to be done while records come; return how often each kind was done."""
    trouble = Trouble(engine, seed, progress, given.brokers)
    until = time.monotonic() + given.minutes * 60.0
    part = len(max(engine.lanes, key=len)) // given.kills + 1
    done: Counter[str] = Counter()
    for k, kind in enumerate(trouble.plan(given.kills)):
        engine.produce(slice(k * part, (k + 1) * part))
        if time.monotonic() < until:
            trouble.make(kind)
            done[kind] += 1
    return done


def main() -> None:
    """Disturb the engine, then compare."""
    parser = options(__doc__ or "")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0, help="none later than this")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--days", type=int, default=3, help="of simulated records")
    given = parser.parse_args()
    progress(f"--seed {given.seed} --kills {given.kills} --brokers {given.brokers}")
    url = os.environ["ALMENARA_TEST_ELASTICSEARCH"]
    cluster = connect(ElasticsearchOptions(urls=(url,)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lanes = small_office(folder, LANES, given.days)
        engine = LiveEngine(folder, os.environ["ALMENARA_TEST_KAFKA"], url, lanes)
        engine.set_up(min(given.brokers, 3))
        expected = engine.expected()
        progress(f"{sum(map(len, lanes))} records, {len(expected)} documents are expected")
        for role in ROLES:
            engine.start(role)
        try:
            done = disturb(engine, given, given.seed)
            progress(", ".join(f"{n} {kind}" for kind, n in sorted(done.items())))
            wait_for(engine, lambda: len(engine.published()), len(expected), LONGEST_S)
            same(engine.published(), expected)
            progress("topics: all documents are there once, and equal")
            wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected), LONGEST_S)
            same(indexed(cluster, engine), expected)
            progress("elasticsearch: all documents are there once, and equal")
        finally:
            engine.stop()
            progress(engine.logs())
    sys.stdout.write(f"{sum(done.values())} kills of seed {given.seed}: 0 lost, 0 doubled\n")


if __name__ == "__main__":
    main()
