"""Texts with fields, as dialects write messages: ``for {if}:{src_ip:address}/{src_port:number}``.

``{name}`` is what stands before the text behind it, ``{name:word}`` goes on to the next blank,
``{name:number}`` over digits, ``{name:address}`` over what an address may hold, ``{name:rest}`` to
the end; without a name it is passed over. ``{?`` and ``?}`` hold what may be missing. ``{pairs}``
reads ``Key: value, Key: value`` to the end, ``{pairs:|}`` reads ``key=value|key=value``. A blank
stands for any number of them.
"""

import re
from typing import NamedTuple

from .tables import (
    STEP_ADDRESS,
    STEP_GROUP,
    STEP_LIST,
    STEP_NUMBER,
    STEP_PAIRS,
    STEP_REST,
    STEP_TEXT,
    STEP_UNTIL,
    STEP_WORD,
)

KINDS = {
    "word": STEP_WORD,
    "number": STEP_NUMBER,
    "address": STEP_ADDRESS,
    "rest": STEP_REST,
    "until": STEP_UNTIL,
}
PIECE = re.compile(r"\{\?|\?\}|\{pairs(?::([^\w\s]))?\}|\{([\w.@-]*)(?::(\w+))?\}")


class Step(NamedTuple):
    """One step: its kind, the field it fills ("" none), its text, steps in the group behind it."""

    kind: int
    field: str = ""
    text: str = ""
    size: int = 0


def read_text(written: str) -> tuple[Step, ...]:
    """Take a text apart.

    Raises
    ------
    ValueError
        Saying what is wrong with it.
    """
    steps: list[Step] = []
    opened = -1
    at = 0
    for found in PIECE.finditer(written):
        _add_text(steps, written[at : found.start()])
        at = found.end()
        piece = found[0]
        if piece == "{?":
            if opened >= 0:
                raise ValueError("one group in another, expected them side by side")
            opened = len(steps)
            steps.append(Step(STEP_GROUP))
        elif piece == "?}":
            if opened < 0:
                raise ValueError("'?}' without '{?', expected a group to be opened")
            steps[opened] = Step(STEP_GROUP, size=len(steps) - opened)
            opened = -1
        elif piece == "{pairs}":
            steps.append(Step(STEP_PAIRS))
        elif found[1]:
            steps.append(Step(STEP_LIST, text=found[1]))
        else:
            steps.append(_field(found[2], found[3]))
    _add_text(steps, written[at:])
    if opened >= 0:
        raise ValueError("'{?' without '?}', expected a group to be closed")
    _check(steps)
    return tuple(steps)


def _field(name: str, kind: str | None) -> Step:
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind of field {kind!r}, expected one of {', '.join(KINDS)}")
    return Step(KINDS[kind or "until"], name)


def _add_text(steps: list[Step], text: str) -> None:
    if "{" in text or "}" in text:
        raise ValueError("a brace that opens or closes no field, expected '{name}'")
    if text:
        steps.append(Step(STEP_TEXT, text=re.sub(" +", " ", text)))


def _check(steps: list[Step]) -> None:
    if not steps or steps[0].kind == STEP_GROUP:
        raise ValueError("no text or field at its beginning, expected one")
    for step, following in zip(steps, [*steps[1:], Step(STEP_REST)], strict=True):
        if step.kind == STEP_UNTIL and following.kind != STEP_TEXT:
            raise ValueError(
                f"field {step.field!r} without text behind it, expected a kind as in "
                f"'{{{step.field}:word}}'"
            )
