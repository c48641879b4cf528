"""Look at many bytes of the buffer with few machine instructions.

numba has no words for a load of eight bytes, for the comparison of sixteen bytes at once (which
every 64-bit processor has: SSE2, NEON) and for the number of zeros below the lowest one of a word.
They are given to it here, each as the few LLVM instructions it is, beside the same in plain Python,
which is what runs where kernels are not compiled. With bounds checks on, all bytes that are looked
at are checked. The first byte is the lowest, as on every processor that numba compiles for.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from stream.numba_cache import is_used

WORD, WIDE = 8, 16  # bytes
ZERO, TEN, LETTER_A, LETTERS, LOWER_CASE, MINUS, SIGNS, UNDERLINE = 48, 10, 97, 26, 32, 45, 2, 95
BLANK = 32
KEY_BYTES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
Buffer = NDArray[np.uint8]
_emit: Any = cgutils  # untyped
_ir: Any = _emit.ir


def plain_load(buf: Buffer, i: int) -> np.uint64:
    """Give eight bytes from i on as one number."""
    return np.uint64(int.from_bytes(_part(buf, i, WORD), "little"))


def plain_find_16(buf: Buffer, i: int, one: int, other: int) -> int:
    """Say which of the sixteen bytes from i on are one or the other, as bits."""
    return sum(1 << k for k, c in enumerate(_part(buf, i, WIDE)) if c in (one, other))


def plain_digits_16(buf: Buffer, i: int) -> int:
    """Say which of the sixteen bytes from i on are decimal digits, as bits."""
    return sum(1 << k for k, c in enumerate(_part(buf, i, WIDE)) if ZERO <= c < ZERO + TEN)


def plain_blank_16(buf: Buffer, i: int) -> int:
    """Say which of the sixteen bytes from i on are blanks or below, as bits."""
    return sum(1 << k for k, c in enumerate(_part(buf, i, WIDE)) if c <= BLANK)


def plain_key_16(buf: Buffer, i: int) -> int:
    """Say which of the sixteen bytes from i on are ASCII letters, digits, ``_ - .``, as bits."""
    return sum(1 << k for k, c in enumerate(_part(buf, i, WIDE)) if chr(c) in KEY_BYTES)


def plain_lowest_bit(bits: int) -> int:
    """Give the number of the lowest bit that is set; there must be one."""
    return (int(bits) & -int(bits)).bit_length() - 1


def _part(buf: Buffer, i: int, size: int) -> bytes:
    if i < 0 or i + size > len(buf):
        raise IndexError(f"byte {i}: {len(buf)} bytes, expected {size} more; look no further")
    return buf[int(i) : int(i) + size].tobytes()


def _value_at(context: Any, builder: Any, signature: Any, args: Any, kind: Any, size: int) -> Any:
    """Emit the load of the bytes from args[1] on of the array args[0]."""
    buf, i = args[:2]
    array = context.make_array(signature.args[0])(context, builder, value=buf)
    if context.enable_boundscheck:
        length = _emit.unpack_tuple(builder, array.shape)[0]
        _emit.do_boundscheck(context, builder, i, length)
        _emit.do_boundscheck(context, builder, builder.add(i, i.type(size - 1)), length)
    place = builder.bitcast(builder.gep(array.data, [i]), kind.as_pointer())
    return builder.load(place, align=1, typ=kind)


def _bits(builder: Any, found: Any) -> Any:
    """Emit the sixteen truth values of a comparison as bits of one number."""
    return builder.zext(builder.bitcast(found, _ir.IntType(WIDE)), _ir.IntType(64))


def _all_alike(builder: Any, byte: Any) -> Any:
    """Emit sixteen times a byte."""
    kind = _ir.VectorType(_ir.IntType(8), WIDE)
    one = builder.insert_element(kind(_ir.Undefined), byte, _ir.IntType(32)(0))
    places = _ir.VectorType(_ir.IntType(32), WIDE)([0] * WIDE)
    return builder.shuffle_vector(one, kind(_ir.Undefined), places)


def _typed_load(_context: Any, buf: Any, i: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _value_at(context, builder, signature, args, _ir.IntType(64), WORD)

    del i
    return types.uint64(buf, types.int64), generate


def _typed_find_16(_context: Any, buf: Any, i: Any, one: Any, other: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = _ir.VectorType(_ir.IntType(8), WIDE)
        part = _value_at(context, builder, signature, args, kind, WIDE)
        is_one, is_other = (
            builder.icmp_unsigned("==", part, _all_alike(builder, byte)) for byte in args[2:]
        )
        return _bits(builder, builder.or_(is_one, is_other))

    del i, one, other
    return types.int64(buf, types.int64, types.uint8, types.uint8), generate


def _typed_digits_16(_context: Any, buf: Any, i: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = _ir.VectorType(_ir.IntType(8), WIDE)
        part = _value_at(context, builder, signature, args, kind, WIDE)
        digit = builder.sub(part, kind([ZERO] * WIDE))
        return _bits(builder, builder.icmp_unsigned("<", digit, kind([TEN] * WIDE)))

    del i
    return types.int64(buf, types.int64), generate


def _typed_blank_16(_context: Any, buf: Any, i: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = _ir.VectorType(_ir.IntType(8), WIDE)
        part = _value_at(context, builder, signature, args, kind, WIDE)
        return _bits(builder, builder.icmp_unsigned("<=", part, kind([BLANK] * WIDE)))

    del i
    return types.int64(buf, types.int64), generate


def _typed_key_16(_context: Any, buf: Any, i: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = _ir.VectorType(_ir.IntType(8), WIDE)
        part = _value_at(context, builder, signature, args, kind, WIDE)
        lower = builder.or_(part, kind([LOWER_CASE] * WIDE))
        found = builder.icmp_unsigned("==", part, kind([UNDERLINE] * WIDE))
        for text, first, size in (
            (lower, LETTER_A, LETTERS),
            (part, ZERO, TEN),
            (part, MINUS, SIGNS),
        ):
            behind = builder.sub(text, kind([first] * WIDE))
            is_one = builder.icmp_unsigned("<", behind, kind([size] * WIDE))
            found = builder.or_(found, is_one)
        return _bits(builder, found)

    del i
    return types.int64(buf, types.int64), generate


def _typed_lowest_bit(_context: Any, bits: Any) -> tuple[Any, Any]:
    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], _ir.IntType(1)(1))

    del bits
    return types.int64(types.int64), generate


_emitted: Any = intrinsic
load: Callable[[Buffer, int], np.uint64] = _emitted(_typed_load) if is_used() else plain_load
find_16: Callable[[Buffer, int, int, int], int] = (
    _emitted(_typed_find_16) if is_used() else plain_find_16
)
digits_16: Callable[[Buffer, int], int] = (
    _emitted(_typed_digits_16) if is_used() else plain_digits_16
)
blank_16: Callable[[Buffer, int], int] = _emitted(_typed_blank_16) if is_used() else plain_blank_16
key_16: Callable[[Buffer, int], int] = _emitted(_typed_key_16) if is_used() else plain_key_16
lowest_bit: Callable[[int], int] = _emitted(_typed_lowest_bit) if is_used() else plain_lowest_bit
