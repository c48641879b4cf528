"""Log files as blocks of whole lines: plain, gz, xz, zst, or standard input."""

import gzip
import io
import lzma
import stat
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from .errors import SourceError
from .line_blocks import Bytes, LineBlock, LineCutter

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STANDARD_INPUT = "-"
BLOCK_BYTES = 1 << 20
MAX_LINE = 64 << 20

# RFC 1952 section 2.3.1; the .xz file format 1.2.1, section 2.1.1.1; RFC 8878 sections 3.1.1, 3.1.2
GZIP = b"\x1f\x8b"
XZ = b"\xfd7zXZ\x00"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = tuple(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))
_LONGEST_MAGIC = len(XZ)
_READ_BYTES = 1 << 17

_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, gzip.BadGzipFile)


class LogFile:
    """One log, read once, as blocks of whole lines. The compression is told by the first bytes.

    Iterating gives blocks; after the last one it raises SourceError where the input was damaged
    or cut off, so that every line before the damage is read. An empty input gives no block.

    Parameters
    ----------
    name : str
        Path of the file, or ``-`` for standard input.
    block_bytes : int
        How much is read for a block, after decompression. The lines do not depend on it.
    max_line : int
        A line of more bytes is left out and given as a block of its own; see LineBlock.

    Raises
    ------
    SourceError
        If the file is missing, a directory or unreadable.
    """

    def __init__(
        self, name: str, *, block_bytes: int = BLOCK_BYTES, max_line: int = MAX_LINE
    ) -> None:
        self.name = name
        self.lines = 0
        self._block_bytes = block_bytes
        self._cutter = LineCutter(max_line)
        self._ended = False
        self._damage: Exception | None = None
        source, self.size = _open(name)
        self._source = _Counted(source)
        self.compression, self._stream = self._decompressed()

    @property
    def consumed(self) -> int:
        """Bytes read so far, before decompression."""
        return self._source.consumed

    @property
    def is_empty(self) -> bool:
        """Whether there was not a byte in it; known once it was read."""
        return self._ended and self.consumed == 0

    def __iter__(self) -> Iterator[LineBlock]:
        """Give the blocks in order."""
        while not self._ended:
            data = self._next_piece()
            yield from self._counted(self._cutter.cut(data, self.consumed))
        if self._damage is not None:
            raise SourceError(self._damaged()) from self._damage
        yield from self._counted(self._cutter.finish(self.consumed))

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._stream.close()
        self._source.close()

    def _decompressed(self) -> tuple[str, io.BufferedIOBase]:
        try:
            magic = self._source.peek(_LONGEST_MAGIC)
        except OSError as error:
            raise SourceError(_unreadable(self.name, error)) from error
        packed = io.BufferedReader(self._source, _READ_BYTES)
        if magic.startswith(GZIP):
            return "gz", gzip.GzipFile(fileobj=packed, mode="rb")
        if magic.startswith(XZ):
            return "xz", lzma.LZMAFile(packed)
        if magic.startswith((ZSTD, *ZSTD_SKIPPABLE)):
            return "zst", zstd.ZstdFile(packed)
        return "", packed

    def _next_piece(self) -> Bytes:
        """Return what the last piece left over with at least as much read behind it."""
        rest = self._cutter.rest
        piece = np.empty(len(rest) + max(self._block_bytes, len(rest)), np.uint8)
        piece[: len(rest)] = rest
        return piece[: len(rest) + self._fill(piece.data[len(rest) :])]

    def _fill(self, room: memoryview) -> int:
        """Read until room is full or the input ends or breaks; return how many bytes."""
        filled = 0
        try:
            while filled < len(room):
                got = self._stream.readinto1(room[filled:])
                if not got:
                    self._ended = True
                    break
                filled += got
        except (*_DAMAGE, OSError) as error:
            self._ended = True
            self._damage = error
        return filled

    def _counted(self, blocks: Iterator[LineBlock]) -> Iterator[LineBlock]:
        for block in blocks:
            self.lines += len(block)
            yield block

    def _damaged(self) -> str:
        if isinstance(self._damage, OSError) and not isinstance(self._damage, gzip.BadGzipFile):
            return _unreadable(self.name, self._damage)
        cut_off = isinstance(self._damage, EOFError)
        found = "cut off" if cut_off else "damaged"
        return (
            f"{self.name}: {found} after {self.lines:,} good lines, expected a whole "
            f"{self.compression} file; those lines were read, fetch the file again for the rest"
        )


class _Counted(io.RawIOBase):
    """A binary file that counts what is read of it and lets its first bytes be looked at."""

    def __init__(self, source: io.FileIO) -> None:
        super().__init__()
        self._source = source
        self._head = b""
        self.consumed = 0

    def peek(self, n: int) -> bytes:
        """Return the next n bytes, fewer at the end, and keep them to be read."""
        while len(self._head) < n:
            more = self._source.read(n - len(self._head))
            if not more:
                break
            self._head += more
        return self._head

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, room: "WriteableBuffer", /) -> int:
        """Read as much as one call gives; 0 at the end."""
        view = memoryview(room).cast("B")
        if self._head:
            got = min(len(view), len(self._head))
            view[:got] = self._head[:got]
            self._head = self._head[got:]
        else:
            got = self._source.readinto(view) or 0
        self.consumed += got
        return got

    def close(self) -> None:
        """Close the file behind it."""
        self._source.close()
        super().close()


def _open(name: str) -> tuple[io.FileIO, int | None]:
    """Open a file, and say how large it is where that is known."""
    if name == STANDARD_INPUT:
        return io.FileIO(sys.stdin.fileno(), closefd=False), None
    path = Path(name)
    try:
        source = path.open("rb", buffering=0)
    except FileNotFoundError as error:
        msg = f"{name}: no such file, expected a log file; check the path"
        raise SourceError(msg) from error
    except IsADirectoryError as error:
        msg = f"{name}: is a directory, expected a log file; name the files in it"
        raise SourceError(msg) from error
    except OSError as error:
        raise SourceError(_unreadable(name, error)) from error
    about = path.stat()
    return source, about.st_size if stat.S_ISREG(about.st_mode) else None


def _unreadable(name: str, error: OSError) -> str:
    reason = error.strerror or "unknown error"
    return f"{name}: cannot be read ({reason.lower()}), expected a log file; check its permissions"
