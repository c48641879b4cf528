"""What every detector must do, told by running it.

A plugin's own test is one line: ``check_detector(Beacon)``. Each check is a function of its own
with one claim, in ``conformance.py``; ``CHECKS`` lists them.
"""

from collections.abc import Mapping

from .conformance import CHECKS
from .errors import ConfigError
from .verdicts import CheckError, Factory

__all__ = ["CHECKS", "CheckError", "Factory", "check_detector"]


def check_detector(factory: Factory, skip: Mapping[str, str] | None = None) -> None:
    """Run all checks on detectors that ``factory(n_features=…, directions=…)`` makes.

    Parameters
    ----------
    factory : callable
        Makes a fresh detector, the same each time: a class, or a function that sets a seed.
    skip : mapping of str to str, optional
        Reason by name of a check that this detector cannot pass. Built-ins skip none.

    Raises
    ------
    CheckError
        At the first check that fails, with what must hold and what was seen.
    ConfigError
        If ``skip`` names a check that does not exist or gives no reason.
    """
    reasons = dict(skip or {})
    names = [check.__name__ for check in CHECKS]
    for name, reason in reasons.items():
        if name not in names:
            raise ConfigError(
                f"check {name!r}: skipped but unknown, expected one of the checks; "
                f"choose from {', '.join(names)}"
            )
        if not reason.strip():
            raise ConfigError(
                f"check {name!r}: skipped without a reason, expected one; write why it cannot hold"
            )
    for check in CHECKS:
        if check.__name__ not in reasons:
            check(factory)
