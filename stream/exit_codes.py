"""Which error ends the program with which code."""

from connectors.errors import (
    ConnectError,
    FencedError,
    OptionsError,
    RightsError,
    SinkError,
    SourceError,
)
from detectors.errors import ConfigError, ModelError

from .lazy_commands import CommandError

FAILED = 1
USAGE = 2
CONNECTION = 4
RIGHTS = 5
DATA = 6

CODES: tuple[tuple[type[Exception], int], ...] = (
    (CommandError, USAGE),
    (ConfigError, USAGE),
    (ModelError, USAGE),
    (OptionsError, USAGE),
    (SourceError, DATA),
    (SinkError, FAILED),
    (ConnectError, CONNECTION),
    (RightsError, RIGHTS),
    (FencedError, FAILED),
)


def code_of(error: Exception) -> int | None:
    """Return the exit code of a known error, None where the error is a fault of ours."""
    return next((code for kind, code in CODES if isinstance(error, kind)), None)
