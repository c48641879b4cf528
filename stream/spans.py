"""Spans of time as people write them: ``7d``, ``12h``, ``30m``, ``45s``."""

import re

from detectors.errors import ConfigError

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_SPAN = re.compile(rf"(\d+(?:\.\d+)?)([{''.join(UNITS_S)}])")


def span_of(text: str) -> float | None:
    """Return the seconds of a span above none, None where it is no span."""
    found = _SPAN.fullmatch(text.strip())
    return float(found[1]) * UNITS_S[found[2]] or None if found else None


def seconds_of(text: str, subject: str) -> float:
    """Return the seconds of a span above none; ConfigError where it is no span."""
    seconds = span_of(text)
    if seconds is None:
        raise ConfigError(
            f"{subject}: {text!r}, expected a number and one of {', '.join(UNITS_S)}; write it like"
            " 7d"
        )
    return seconds
