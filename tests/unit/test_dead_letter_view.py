"""What a dead letter says of itself, and what of it goes back."""

from math import isnan

from connectors.kafka_clients import Record
from stream.dead_letter_replay import Replayed, sorted_out
from stream.dead_letter_view import ATTEMPTS, attempts_of, dead_letter, escaped

ABOUT = (
    ("dlq.stage", b"decode"),
    ("dlq.error.class", b"DecodeError"),
    ("dlq.error.message", b"unknown format"),
    ("dlq.source.topic", b"zeek.conn"),
    ("dlq.source.partition", b"3"),
    ("dlq.source.offset", b"41"),
    ("dlq.source.timestamp", b"1700000000.500"),
    ("dlq.attempts", b"2"),
)


def record(*headers: tuple[str, bytes], value: bytes = b"SECRET") -> Record:
    return Record("almenara.dlq.v1", 0, 7, 1.0, b"key", value, headers)


def test_letter_tells_where_it_was_and_why() -> None:
    row = dead_letter(record(("x", b"1"), *ABOUT)).row()
    assert row == {
        "offset": 7,
        "stage": "decode",
        "class": "DecodeError",
        "reason": "unknown format",
        "topic": "zeek.conn",
        "partition": 3,
        "source_offset": 41,
        "time": 1_700_000_000.5,
        "attempts": 2,
        "bytes": 6,
        "cut": False,
    }


def test_what_others_wrote_is_read_too() -> None:
    letter = dead_letter(record(("dlq.source.partition", b"-\xff"), ("dlq.source.timestamp", b"?")))
    assert (letter.stage, letter.topic, letter.partition) == ("", "", -1)
    assert isnan(letter.at)
    assert letter.row()["time"] is None


def test_own_headers_go_back_with_the_number_of_attempts_and_without_ours() -> None:
    letter = dead_letter(record(("x", b"1"), ("x", b"2"), (ATTEMPTS, b"1"), *ABOUT))
    assert letter.headers() == [("x", b"1"), ("x", b"2"), (ATTEMPTS, b"2")]
    assert attempts_of(letter.headers()) == 2
    assert attempts_of([("x", b"1"), (ATTEMPTS, b"many")]) == 0


def test_only_whole_letters_of_the_stage_whose_topic_is_there_go_back() -> None:
    letters = [
        dead_letter(record(*ABOUT)),
        dead_letter(record(*ABOUT, ("dlq.source.bytes", b"5000000"))),
        dead_letter(record(("dlq.stage", b"index"))),
        dead_letter(record(*ABOUT[:3], ("dlq.source.topic", b"gone"))),
        dead_letter(record()),
    ]
    counts = Replayed()
    assert sorted_out(letters, "decode", {"zeek.conn": 4}, counts) == letters[:1]
    assert counts == Replayed({"zeek.conn": 1}, others=2, cut=1, homeless=1)
    assert letters[1].size == 5_000_000


def test_payload_is_shown_so_that_a_terminal_does_nothing_with_it() -> None:
    assert escaped(b"a\x1b[2J\n\xff\xc3\xa9'") == r"a\x1b[2J\n\\xff\xe9'"
    assert escaped(None) == ""
