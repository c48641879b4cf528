"""Weeks of a small log with a rhythm of days and weekends, in which something can be changed."""

import json
from collections.abc import Callable

import numpy as np

MONDAY = 1_772_409_600.0
HOUR = 3_600.0
WEEK = 168  # hours
PAST = 3 * WEEK  # before anything is changed

Spoil = Callable[[dict[str, object]], object]


def connection(ts: float, k: int) -> dict[str, object]:
    """Zeek's record of a connection from inside out."""
    return {
        "ts": ts,
        "uid": f"C{k}",
        "id.orig_h": f"10.0.0.{k % 7 + 1}",
        "id.orig_p": 40_000 + k % 1_000,
        "id.resp_h": f"203.0.113.{k % 11 + 1}",
        "id.resp_p": 443,
        "proto": "tcp",
        "service": "ssl",
        "duration": 1.5,
        "orig_bytes": 400 + k % 50,
        "resp_bytes": 4_000 + k % 500,
        "conn_state": "SF",
        "local_orig": True,
        "local_resp": False,
    }


def log(first: int, hours: int, times: float = 1.0, spoil: Spoil | None = None) -> list[bytes]:
    """list[bytes] of hours since Monday: some 20 at night and at weekends, 60 by day."""
    lines = []
    for number in range(first, first + hours):
        rng = np.random.default_rng(number)
        is_busy = 8 <= number % 24 < 18 and number // 24 % 7 < 5
        n = int(rng.poisson((60.0 if is_busy else 20.0) * times))
        for k, ts in enumerate(np.sort(rng.uniform(0.0, HOUR - 2.0, n)).tolist()):
            made = connection(MONDAY + number * HOUR + ts, k)
            if spoil is not None:
                spoil(made)
            lines.append(json.dumps(made).encode() + b"\n")
    return lines
