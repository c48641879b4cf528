"""Which of the known dialects a parser uses."""

import difflib
import hashlib

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ConfigError

from .dialect import Dialect

AUTO = "auto"


def choose_dialects(dialects: tuple[Dialect, ...], name: str) -> tuple[Dialect, ...]:
    """Give the dialects of a format: all for ``auto``, else the one of that name.

    Raises
    ------
    ConfigError
        If no dialect has the name.
    """
    if name == AUTO:
        return dialects
    chosen = tuple(dialect for dialect in dialects if dialect.name == name)
    if not chosen:
        valid = [AUTO, *(dialect.name for dialect in dialects)]
        near = difflib.get_close_matches(name, valid, 1, 0.4)
        advice = f"did you mean {near[0]!r}?" if near else "see 'almenara formats list'"
        raise ConfigError(f"format: {name!r}, expected one of {', '.join(valid)}; {advice}")
    return chosen


def fingerprint_dialects(dialects: tuple[Dialect, ...]) -> NDArray[np.uint8]:
    """Give 16 bytes that change with any change of a dialect."""
    digest = hashlib.blake2b(repr(dialects).encode(), digest_size=16).digest()
    return np.frombuffer(digest, np.uint8).copy()
