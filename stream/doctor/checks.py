"""A check, what came of it, and how checks are run: each ends, whatever does not answer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stream.exit_codes import CONNECTION, FAILED, code_of

LONGEST_S = 30.0

State = Literal["ok", "failed", "skipped"]


class CheckError(RuntimeError):
    """What a check found wrong, what to do about it, and the exit code that it stands for."""

    def __init__(self, found: str, do: str, code: int = CONNECTION) -> None:
        super().__init__(found)
        self.do = do
        self.code = code


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Parameters
    ----------
    name : str
        What is looked at, as "kafka: login".
    look : callable
        Returns what was found; raises CheckError, or an error that has an exit code.
    needs : tuple of str
        Names of checks without which it says nothing.
    do : str
        What to do where an error does not say it.
    """

    name: str
    look: Callable[[], str]
    needs: tuple[str, ...] = ()
    do: str = "try again; if it stays so, look into the server's log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a check."""

    number: int
    name: str
    state: State
    found: str
    do: str = ""
    code: int = field(default=0, repr=False)


def outcomes(checks: Sequence[Check], longest_s: float = LONGEST_S) -> Iterator[Outcome]:
    """Run checks in order. One whose need is not met is skipped, and so is all that needs it."""
    bad: dict[str, int] = {}
    for number, check in enumerate(checks, 1):
        missing = [bad[name] for name in check.needs if name in bad]
        if missing:
            bad[check.name] = missing[0]
            yield Outcome(
                number=number, name=check.name, state="skipped", found=f"{missing[0]} failed"
            )
            continue
        made = _outcome(number, check, longest_s)
        if made.state == "failed":
            bad[check.name] = number
        yield made


def _outcome(number: int, check: Check, longest_s: float) -> Outcome:
    try:
        found = limited(check.look, longest_s)
    except CheckError as error:
        found, do, code = str(error), error.do, error.code
    except Exception as error:
        known = code_of(error)
        if known is None:
            raise
        said = " ".join(str(error).split())
        said = said.removeprefix(f"{check.name.partition(':')[0]}: ")
        found, _, do = said.partition("; ")
        do, code = do or check.do, known
    else:
        return Outcome(number=number, name=check.name, state="ok", found=found)
    return Outcome(number=number, name=check.name, state="failed", found=found, do=do, code=code)


def limited(look: Callable[[], str], longest_s: float) -> str:
    """Call ``look`` in a thread of its own; CheckError where it does not end in time."""
    said: list[str] = []
    raised: list[BaseException] = []

    def call() -> None:
        try:
            said.append(look())
        except BaseException as error:  # noqa: BLE001 (it is raised again by the caller)
            raised.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(longest_s)
    if raised:
        raise raised[0]
    if not said:
        raise CheckError(
            f"no answer in {longest_s:g} s", "look at what is between here and there", CONNECTION
        )
    return said[0]


def exit_code(made: Sequence[Outcome]) -> int:
    """Return the code of the first check that failed, 0 where none did."""
    return next((one.code or FAILED for one in made if one.state == "failed"), 0)
