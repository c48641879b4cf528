"""The same records give the same alerts, however they are delivered to ``almenara replay``."""

import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import CommandLine, small_log

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Pack = Callable[[bytes], bytes]
HEADER = 8  # lines


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a log's lines; the last ones without the closing line, which a piece has not."""
    folder = tmp_path_factory.mktemp("site")
    small_log(folder)
    return (folder / "conn.log").read_bytes().splitlines(keepends=True)[:-1]


@pytest.fixture
def almenara(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def whole(almenara: CommandLine, lines: list[bytes]) -> list[bytes]:
    """Return the documents of the log as one file."""
    Path("whole.log").write_bytes(b"".join(lines))
    return replayed(almenara, "whole.log")


def replayed(almenara: CommandLine, *names: str) -> list[bytes]:
    done = almenara("replay", *names, "--out", "out.ndjson", "--store", "out.sqlite")
    assert done.code == 0, done.err
    return written("out.ndjson")


def written(name: str) -> list[bytes]:
    """Return documents as bytes, without what names files and places in them."""
    found = [unplaced(line) for line in Path(name).read_bytes().splitlines()]
    assert len(found) > 2, "expected alerts and a digest"
    return found


def unplaced(line: bytes, *, positions: bool = True) -> bytes:
    document = json.loads(line)
    document.pop("log", None)
    source = document["almenara"].get("source", {})
    for name in ("file_first", "file_last", "byte_first", "byte_last"):
        source.pop(name, None)
    if not positions:
        source.pop("offset_first", None)
        source.pop("offset_last", None)
        for event in document["almenara"].get("evidence", ()):
            event.pop("offset")
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.log.gz", gzip.compress), ("a.log.xz", lzma.compress), ("a.log.zst", zstd.compress)],
)
def test_compressed_file_gives_the_same_alerts(
    almenara: CommandLine, lines: list[bytes], whole: list[bytes], *, name: str, pack: Pack
) -> None:
    Path(name).write_bytes(pack(b"".join(lines)))
    assert replayed(almenara, name) == whole


def test_standard_input_gives_the_same_alerts(
    lines: list[bytes], whole: list[bytes], tmp_path: Path
) -> None:
    program = [sys.executable, "-c", "from stream.cli import main; main()"]
    subprocess.run(
        [*program, "replay", "-", "--out", "in.ndjson", "--store", "in.sqlite"],
        input=b"".join(lines),
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert written("in.ndjson") == whole


def test_pieces_without_headers_follow_the_first_and_give_the_same_alerts(
    almenara: CommandLine, lines: list[bytes], whole: list[bytes]
) -> None:
    third = len(lines) // 3
    for k in range(3):
        end = (k + 1) * third if k < 2 else len(lines)
        Path(f"{k}.log").write_bytes(b"".join(lines[k * third : end]))
    assert replayed(almenara, "0.log", "1.log", "2.log") == whole


def test_pieces_with_headers_are_taken_by_their_first_event_in_whatever_order_they_are_given(
    almenara: CommandLine, lines: list[bytes], whole: list[bytes]
) -> None:
    half = len(lines) // 2
    Path("a.log").write_bytes(b"".join(lines[:half]))
    Path("b.log").write_bytes(b"".join(lines[:HEADER] + lines[half:]))
    in_order, swapped = (
        replayed(almenara, *names) for names in (("a.log", "b.log"), ("b.log", "a.log"))
    )
    assert in_order == swapped
    assert [unplaced(line, positions=False) for line in swapped] == [
        unplaced(line, positions=False) for line in whole
    ]


def test_headerless_piece_stays_behind_the_argument_before_it(
    almenara: CommandLine, lines: list[bytes], whole: list[bytes]
) -> None:
    """The later half comes first, in two pieces; the earlier half is told by its own header."""
    n = len(lines)
    half, most = n // 2, 3 * n // 4
    Path("early.log").write_bytes(b"".join(lines[:half]))
    Path("late.log").write_bytes(b"".join(lines[:HEADER] + lines[half:most]))
    Path("latest.log").write_bytes(b"".join(lines[most:]))
    found = replayed(almenara, "late.log", "latest.log", "early.log")
    assert [unplaced(line, positions=False) for line in found] == [
        unplaced(line, positions=False) for line in whole
    ]


def test_last_line_without_newline_is_read(
    almenara: CommandLine, lines: list[bytes], whole: list[bytes]
) -> None:
    Path("open.log").write_bytes(b"".join(lines).removesuffix(b"\n"))
    assert replayed(almenara, "open.log") == whole
