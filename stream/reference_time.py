"""The time that year-less stamps are read against, as a user writes it."""

from datetime import datetime

from detectors.errors import ConfigError


def read_reference_time(text: str) -> float | None:
    """Return seconds since the epoch, None where nothing is written; ConfigError for no time."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError as error:
        raise ConfigError(
            f"reference time: {text!r}, expected ISO 8601 or epoch seconds; write it as"
            " 2026-03-02T00:00:00Z"
        ) from error
