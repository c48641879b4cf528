"""Spoils log lines: bytes changed, put in, left out, doubled or cut off."""

from random import Random

EDGES = (b'"', b"\\", b"\t", b"{", b"}", b"[", b"]", b",", b":", b"\xff", b"\0", b"-", b"e9", b" ")


def spoil(random: Random, line: bytes) -> bytes:
    """Change, leave out, double or cut bytes of a line."""
    raw = bytearray(line)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(raw) + 1)
        kind = random.randrange(6)
        if kind == 0 and raw:
            raw[at % len(raw)] = random.randrange(256)
        elif kind == 1:
            raw[at:at] = random.choice(EDGES)
        elif kind == 2:
            del raw[at : at + random.randint(1, 8)]
        elif kind == 3:
            raw[at:at] = raw[at : at + random.randint(1, 30)]
        elif kind == 4:
            del raw[at:]
        elif raw:
            raw[at % len(raw)] ^= 1 << random.randrange(8)
    return bytes(raw).replace(b"\n", b" ")
