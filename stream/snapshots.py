"""Snapshots as blocks of bytes: named arrays, compressed, with a checksum and what they fit.

No pickle: a header in JSON says name, dtype and shape of each array, their bytes follow, and the
last bytes are the digest of all before. Whatever does not fit (another numba target, a damaged
byte, an older format) is refused with a ModelError.

A large lane has half a gigabyte, and fresh memory costs more than copying into it: so arrays are
compressed and read back piece by piece, never as one text.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from detectors.errors import ModelError

from .arrays import Arrays
from .numba_cache import target

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"ALMSNAP2"
DIGEST = 16
LEVEL = 1  # most of a snapshot is empty room: a stronger level takes longer and gains little
BLOCK = 900_000  # bytes of a record; brokers take a million by default
PIECE = 1 << 20


def blocks(arrays: Arrays) -> Iterator[bytes]:
    """Yield arrays as blocks that fit a record."""
    digest = hashlib.blake2b(digest_size=DIGEST)
    rest = bytearray()
    for part in _packed(arrays):
        digest.update(part)
        rest += part
        while len(rest) >= BLOCK:
            yield bytes(rest[:BLOCK])
            del rest[:BLOCK]
    rest += digest.digest()
    yield from (bytes(rest[at : at + BLOCK]) for at in range(0, len(rest), BLOCK))


def unpack(parts: Sequence[bytes]) -> Arrays:
    """Return the arrays that ``blocks`` was given.

    ModelError where the bytes are damaged or do not fit.
    """
    content = _Content(_checked(parts))
    size = int.from_bytes(content.take(8), "big")
    header = orjson.loads(content.take(size))
    if header["target"] != target():
        raise _unfit(f"machine code for {header['target']!r}", f"{target()!r}")
    arrays: Arrays = {}
    for name, dtype, shape in header["arrays"]:
        arrays[name] = np.empty(shape, np.dtype(dtype))
        content.fill(arrays[name])
    return arrays


def _packed(arrays: Arrays) -> Iterator[bytes]:
    about = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    header = orjson.dumps({"target": target(), "arrays": about})
    yield MAGIC
    packer = zstd.ZstdCompressor(LEVEL)
    yield packer.compress(len(header).to_bytes(8, "big") + header)
    for array in arrays.values():
        whole = _bytes_of(np.ascontiguousarray(array))
        for at in range(0, len(whole), PIECE):
            yield packer.compress(whole[at : at + PIECE])
    yield packer.flush()


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """Return an array's own memory."""
    return array.reshape(-1).view(np.uint8).data


def _checked(parts: Sequence[bytes]) -> list[bytes]:
    """Return what is compressed; ModelError where the bytes are not those that were written."""
    start = b"".join(parts[:1])[: len(MAGIC)]
    if start != MAGIC:
        raise _unfit(f"{start!r} at its start", f"{MAGIC!r}")
    body, end = list(parts), b""
    while body and len(end) < DIGEST:
        last, missing = body.pop(), DIGEST - len(end)
        end = last[-missing:] + end
        body += [last[:-missing]] if last[:-missing] else []
    digest = hashlib.blake2b(digest_size=DIGEST)
    for part in body:
        digest.update(part)
    if digest.digest() != end:
        raise _unfit("bytes that do not match their checksum", "an undamaged snapshot")
    return [body[0][len(MAGIC) :], *body[1:]]


class _Content:
    """What was compressed, piece by piece."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._packed = iter(parts)
        self._unpacker = zstd.ZstdDecompressor()

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        found = np.empty(size, np.uint8)
        self.fill(found)
        return found.tobytes()

    def fill(self, array: NDArray[Any]) -> None:
        """Fill an array with what follows."""
        room = _bytes_of(array)
        at = 0
        while at < len(room):
            found = self._unpacker.decompress(self._more(), min(PIECE, len(room) - at))
            room[at : at + len(found)] = found
            at += len(found)

    def _more(self) -> bytes:
        return next(self._packed) if self._unpacker.needs_input else b""


def _unfit(found: str, expected: str) -> ModelError:
    return ModelError(f"snapshot: found {found}, expected {expected}")
