"""Snapshots as bytes: named arrays, compressed, with a checksum and the machine code they fit.

No pickle: a header in JSON says name, dtype and shape of each array, their bytes follow. Whatever
does not fit (another numba target, a damaged byte, an older format) is refused with a ModelError.
"""

import hashlib
import sys

import numpy as np
import orjson

from detectors.errors import ModelError

from .arrays import Arrays
from .numba_cache import target

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"ALMSNAP1"
DIGEST = 16
LEVEL = 1  # most of a snapshot is empty room: a stronger level takes longer and gains little
BLOCK = 900_000  # bytes of a record; brokers take a million by default


def pack(arrays: Arrays) -> bytes:
    """Return arrays as bytes."""
    header = orjson.dumps(
        {
            "target": target(),
            "arrays": [
                [name, array.dtype.str, list(array.shape)] for name, array in arrays.items()
            ],
        }
    )
    parts = [len(header).to_bytes(8, "big"), header]
    parts += [np.ascontiguousarray(array).tobytes() for array in arrays.values()]
    body = zstd.compress(b"".join(parts), LEVEL)
    return MAGIC + hashlib.blake2b(body, digest_size=DIGEST).digest() + body


def unpack(data: bytes) -> Arrays:
    """Return what ``pack`` was given; ModelError where the bytes are damaged or do not fit."""
    start = len(MAGIC) + DIGEST
    body = data[start:]
    if data[: len(MAGIC)] != MAGIC:
        raise _unfit(f"{data[: len(MAGIC)]!r} at its start", f"{MAGIC!r}")
    if hashlib.blake2b(body, digest_size=DIGEST).digest() != data[len(MAGIC) : start]:
        raise _unfit("bytes that do not match their checksum", "an undamaged snapshot")
    content = zstd.decompress(body)
    size = int.from_bytes(content[:8], "big")
    header = orjson.loads(content[8 : 8 + size])
    if header["target"] != target():
        raise _unfit(f"machine code for {header['target']!r}", f"{target()!r}")
    arrays: Arrays = {}
    at = 8 + size
    for name, dtype, shape in header["arrays"]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(content, kind, count, at).reshape(shape).copy()
        at += count * kind.itemsize
    return arrays


def blocks(data: bytes) -> list[bytes]:
    """Cut a snapshot into blocks that fit a record."""
    return [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]


def _unfit(found: str, expected: str) -> ModelError:
    return ModelError(
        f"snapshot: found {found}, expected {expected}; start with --state fresh to learn anew"
    )
