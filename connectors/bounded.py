"""Calls of a client library that may never return, with an end."""

import threading
from collections.abc import Callable
from typing import TypeVar

Given = TypeVar("Given")


class OverdueError(RuntimeError):
    """A call has not returned in time; its thread is left behind."""


def within(seconds: float, call: Callable[[], Given]) -> Given:
    """Return what a call returns, or raise what it raises, if it is done by then.

    It runs in a thread of its own, which keeps no process from ending. OverdueError where it takes
    longer: then nobody waits for it any more, and what it works on must not be used again.
    """
    made: list[Given] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(call())
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name="bounded")
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not made:
        raise OverdueError(f"a call has not returned after {seconds:g} s")
    return made[0]
