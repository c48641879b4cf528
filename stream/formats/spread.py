"""Records that hold many: arrays one in another, each element of the innermost a record of its own.

Such records are few and long (Azure writes a minute of flows as one), so they are read with json.
A part is written as one object: the members of the objects around it, then its own; an element
that is a text stands under ``@each``.
"""

import json
from collections.abc import Iterator, Mapping

MOST_PARTS = 1 << 16  # of one record
EACH = "@each"


def spread(text: bytes, steps: tuple[str, ...]) -> list[bytes]:
    """Give the parts of a record; none where it has no such arrays, or too many parts."""
    try:
        top = json.loads(text)
    except (ValueError, RecursionError):
        return []
    parts: list[bytes] = []
    for part in _walk(top, steps, {}):
        parts.append(part)
        if len(parts) > MOST_PARTS:
            return []
    return parts


def _walk(found: object, steps: tuple[str, ...], context: Mapping[str, object]) -> Iterator[bytes]:
    """Yield the parts below a value that lies at the first of the steps."""
    if not steps:
        yield from _written(found, context)
        return
    if not isinstance(found, dict):
        return
    around = {**context, **dict(_members(found, "", steps[0]))}
    array = found.get(steps[0])
    for name in steps[0].split(".") if array is None else ():
        found = found.get(name) if isinstance(found, dict) else None
        array = found
    for element in array if isinstance(array, list) else ():
        yield from _walk(element, steps[1:], around)


def _members(found: dict[str, object], path: str, way: str) -> Iterator[tuple[str, object]]:
    """Yield what an object holds besides the array on the way, by its path."""
    for key, value in found.items():
        name = path + key
        if name == way:
            continue
        if isinstance(value, dict) and way.startswith(name + "."):
            yield from _members(value, name + ".", way)
        elif not isinstance(value, list):
            yield name, value


def _written(found: object, context: Mapping[str, object]) -> Iterator[bytes]:
    """Yield a part as an object, if it is an object or a text."""
    if isinstance(found, dict):
        yield json.dumps({**context, **found}).encode()
    elif isinstance(found, str):
        yield json.dumps({**context, EACH: found}).encode()
