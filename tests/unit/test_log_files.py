"""Reading of log files, whole and damaged."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from connectors import LineBlock, LogFile, SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"first\nsecond\r\n\nfourth without end"
MANY = b"".join(b"line %d of many\n" % i for i in range(20_000))


def zstandard(content: bytes) -> bytes:
    """Compress as the zstd program does: with a checksum."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstandard,
}


def read(path: Path, **limits: int) -> tuple[list[bytes], list[LineBlock]]:
    with LogFile(str(path), **limits) as log:
        blocks = list(log)
    return lines_of(blocks), blocks


def lines_of(blocks: list[LineBlock]) -> list[bytes]:
    return [
        block.payload[block.bounds[i] : block.bounds[i + 1]].tobytes()
        for block in blocks
        for i in range(len(block))
    ]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def until_damage(path: Path) -> tuple[list[bytes], str]:
    blocks: list[LineBlock] = []
    with LogFile(str(path)) as log, pytest.raises(SourceError) as raised:
        blocks.extend(log)
    return lines_of(blocks), str(raised.value)


def test_plain_file_gives_its_lines_with_newlines(tmp_path: Path) -> None:
    lines, _ = read(written(tmp_path / "a.log", TEXT))
    assert lines == [b"first\n", b"second\r\n", b"\n", b"fourth without end"]


@pytest.mark.parametrize("kind", PACK)
def test_compression_is_told_by_the_first_bytes_and_not_by_the_name(
    tmp_path: Path, kind: str
) -> None:
    path = written(tmp_path / "misnamed.txt", PACK[kind](MANY))
    with LogFile(str(path)) as log:
        lines = lines_of(list(log))
        assert log.compression == kind
        assert log.consumed == path.stat().st_size
    assert b"".join(lines) == MANY
    assert len(lines) == 20_000


@pytest.mark.parametrize("kind", PACK)
def test_file_of_several_members_is_read_to_its_end(tmp_path: Path, kind: str) -> None:
    lines, _ = read(written(tmp_path / "a", PACK[kind](b"one\ntw") + PACK[kind](b"o\nthree\n")))
    assert lines == [b"one\n", b"two\n", b"three\n"]


def test_skippable_frame_before_a_zstandard_frame_is_skipped(tmp_path: Path) -> None:
    skippable = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    lines, _ = read(written(tmp_path / "a", skippable + zstd.compress(b"one\n")))
    assert lines == [b"one\n"]


def test_offsets_and_ordinals_run_on_over_blocks(tmp_path: Path) -> None:
    lines, blocks = read(written(tmp_path / "a.log", MANY), block_bytes=1000)
    assert len(blocks) > 100
    ordinal = 0
    for block in blocks:
        assert block.first == ordinal
        assert [MANY[at : at + 5] for at in block.offsets] == [b"line "] * len(block)
        ordinal += len(block)
    expected = np.cumsum([0] + [len(line) for line in lines])[:-1]
    assert np.concatenate([block.offsets for block in blocks]).tolist() == expected.tolist()


def test_consumed_grows_to_the_size_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gz", gzip.compress(os.urandom(600_000)))
    with LogFile(str(path)) as log:
        consumed = [block.consumed for block in log]
        assert consumed == sorted(consumed)
        assert consumed[-1] == log.size == path.stat().st_size


def test_payload_of_a_block_is_its_own_writable_memory(tmp_path: Path) -> None:
    _, blocks = read(written(tmp_path / "a.log", MANY), block_bytes=1000)
    for block in blocks:
        block.payload[:] = 0
    _, again = read(tmp_path / "a.log", block_bytes=1000)
    assert b"".join(lines_of(again)) == MANY
    assert all(block.payload.flags.c_contiguous for block in again)


def test_line_longer_than_a_block_is_whole(tmp_path: Path) -> None:
    long = b"x" * 50_000 + b"\n"
    lines, _ = read(written(tmp_path / "a.log", b"a\n" + long + b"b\n"), block_bytes=100)
    assert lines == [b"a\n", long, b"b\n"]


@pytest.mark.parametrize("block_bytes", [1, 7, 64, 1_000, 100_000])
@pytest.mark.parametrize("ending", [b"\n", b"\nlast\n", b""])
def test_line_over_the_limit_is_left_out_and_its_length_given(
    tmp_path: Path, block_bytes: int, ending: bytes
) -> None:
    content = b"a\n" + b"x" * 20 + b"\n" + b"y" * 21 + ending
    _, blocks = read(written(tmp_path / "a.log", content), block_bytes=block_bytes, max_line=20)
    told = [(b.first, b.start, b.too_long) for b in blocks if b.too_long]
    assert told == [(2, 23, 21)]
    kept = [block for block in blocks if not block.too_long]
    assert lines_of(kept) == [b"a\n", b"x" * 20 + b"\n", *([b"last\n"] if len(ending) > 1 else [])]
    if len(ending) > 1:
        assert kept[-1].offsets[-1] == content.index(b"last")
        assert kept[-1].first + len(kept[-1]) == 4


def test_empty_file_gives_no_block_and_says_so(tmp_path: Path) -> None:
    with LogFile(str(written(tmp_path / "a.log", b""))) as log:
        assert list(log) == []
        assert log.is_empty


def test_file_of_one_newline_is_not_empty(tmp_path: Path) -> None:
    with LogFile(str(written(tmp_path / "a.log", b"\n"))) as log:
        assert lines_of(list(log)) == [b"\n"]
        assert not log.is_empty


@pytest.mark.parametrize("content", [b"\x1f", b"\xfd7z", b"\x28\xb5"])
def test_first_bytes_of_a_magic_number_alone_are_a_line(tmp_path: Path, content: bytes) -> None:
    assert read(written(tmp_path / "a.log", content))[0] == [content]


def test_binary_garbage_is_lines(tmp_path: Path) -> None:
    garbage = bz2.compress(MANY) + bytes(range(256)) * 50
    lines, _ = read(written(tmp_path / "a.log", garbage))
    assert b"".join(lines) == garbage
    assert len(lines) == garbage.count(b"\n") + (not garbage.endswith(b"\n"))


@pytest.mark.parametrize("kind", PACK)
def test_cut_off_file_gives_its_good_lines_and_then_an_error(tmp_path: Path, kind: str) -> None:
    noisy = b"".join(os.urandom(20).hex().encode() + b"\n" for _ in range(20_000))
    packed = PACK[kind](noisy)
    lines, message = until_damage(written(tmp_path / "a.log", packed[: len(packed) // 2]))
    assert 0 < len(lines) < 20_000
    assert noisy.startswith(b"".join(lines))
    assert f"cut off after {len(lines):,} good lines, expected a whole {kind} file" in message
    assert "\n" not in message


@pytest.mark.parametrize("kind", PACK)
def test_damaged_file_is_an_error(tmp_path: Path, kind: str) -> None:
    packed = bytearray(PACK[kind](os.urandom(40_000).hex().encode() + b"\n"))
    for at in range(20_000, 20_400):
        packed[at] ^= 0x55
    _, message = until_damage(written(tmp_path / "a.log", bytes(packed)))
    assert f"expected a whole {kind} file" in message


def test_wrong_checksum_of_a_gzip_file_is_an_error_after_its_lines(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"one\ntwo\n"))
    packed[-8] ^= 1
    lines, message = until_damage(written(tmp_path / "a.log", bytes(packed)))
    assert lines == [b"one\n", b"two\n"]
    assert "damaged after 2 good lines" in message


def test_missing_file_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file, expected a log file; check"):
        LogFile(str(tmp_path / "odd.log"))


def test_directory_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a directory, expected a log file; name the files"):
        LogFile(str(tmp_path))


def test_path_through_a_file_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a directory"):
        LogFile(str(written(tmp_path / "a.log", TEXT) / "b.log"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_file_without_permission_is_a_one_line_error(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", TEXT)
    path.chmod(0)
    with pytest.raises(SourceError, match="permission denied"):
        LogFile(str(path))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc on this system")
def test_file_that_breaks_while_it_is_read_is_a_one_line_error() -> None:
    with pytest.raises(SourceError, match="input/output error"):
        LogFile("/proc/self/mem")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read_whole_in_pieces_of_any_size(pack: Callable[[bytes], bytes]) -> None:
    program = (
        "import sys\n"
        "from connectors import LogFile\n"
        "with LogFile('-') as log:\n"
        "    for block in log: sys.stdout.buffer.write(block.payload.tobytes())\n"
        "    print(log.lines, log.size, file=sys.stderr)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        packed = io.BytesIO(pack(MANY))
        process.stdin.write(packed.read(1))
        process.stdin.flush()
        out, err = process.communicate(packed.read())
    assert (out, err) == (MANY, b"20000 None\n")
