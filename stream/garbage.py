"""Garbage collection for processes that make many short-lived objects beside large lasting ones."""

import gc

YOUNG = 50_000  # objects made before the young are looked through: a block's candidates go sooner


def settle() -> None:
    """Look no more through what is loaded by now, and through young objects less often.

    Both are said of the whole process, so only commands call it. A tenth of a replay's time.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
