"""What constructors check about their arguments."""

import math

from .errors import ConfigError


def check_columns(subject: str, n_features: int, directions: tuple[int, ...]) -> None:
    """Raise ConfigError unless there is a column and a direction (-1, 0 or 1) for each."""
    if n_features < 1:
        raise ConfigError(f"{subject}: n_features is {n_features}, expected at least 1; correct it")
    if len(directions) != n_features:
        raise ConfigError(
            f"{subject}: directions has {len(directions)} entries, expected {n_features} "
            f"(n_features); give one a column"
        )
    if any(direction not in (-1, 0, 1) for direction in directions):
        raise ConfigError(
            f"{subject}: directions is {directions!r}, expected -1, 0 or 1 each; correct it"
        )


def check_above(subject: str, name: str, value: float, bound: float = 0.0) -> None:
    """Raise ConfigError unless the value is finite and above the bound."""
    if not (math.isfinite(value) and value > bound):
        raise ConfigError(
            f"{subject}: {name} is {value!r}, expected a finite number above {bound:g}; correct it"
        )


def check_at_least(subject: str, name: str, value: int, bound: int) -> None:
    """Raise ConfigError unless the count reaches the bound."""
    if value < bound:
        raise ConfigError(f"{subject}: {name} is {value!r}, expected at least {bound}; correct it")
