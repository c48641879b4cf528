"""Keys of records: the address of the first event, nothing where there is none."""

from pathlib import Path

import numpy as np
import pytest

from connectors.errors import SourceError
from connectors.kafka_batches import Batch
from kafka_messages import message
from stream.configuration.parts import keyed
from stream.formats.parser import Parser, ParseSettings
from stream.reject_share import Share
from stream.rekey import FROM, LARGEST, Keyed, _Lane, keys_of
from stream.settings import load_settings

CONN = (
    b'{"ts":1.5,"id.orig_h":"%s","id.orig_p":5,"id.resp_h":"%s","id.resp_p":80,"proto":"tcp",'
    b'"conn_state":"SF"}'
)
V4, V6 = b"192.0.2.7", b"2001:db8::9"
LINES = [CONN % (V4, V6), b"\x00 no log", CONN % (V6, V4), b"#close\t2026-03-02"]


def records(*values: bytes, first: int = 0) -> Batch:
    return Batch.of(
        [
            message(
                first + k,
                value,
                key=b"old",
                at=1_700_000_000.25,
                lane=("raw", 2),
                headers=[("h", b"1")],
            )
            for k, value in enumerate(values)
        ]
    )


def lane(log_format: str = "auto", by: str = "source") -> _Lane:
    share = Share(("raw", 2), 0.5, "dlq")
    return _Lane(("raw", 2), Keyed(ParseSettings(log_format), by, "keyed"), share)


@pytest.mark.parametrize(("by", "expected"), [("source", [V4, V6]), ("destination", [V6, V4])])
def test_key_is_the_address_that_was_asked_for(by: str, expected: list[bytes]) -> None:
    values = LINES[:3]
    bounds = np.cumsum([0, *map(len, values)]).astype(np.int64)
    offsets = np.array([10, 13, 17])
    parsed = Parser(ParseSettings()).parse(b"".join(values), bounds, offsets, np.full(3, np.nan))
    assert keys_of(parsed, offsets, by) == [expected[0], None, expected[1]]


def test_records_go_out_as_they_came_under_their_address() -> None:
    subject = lane()
    first, refused, second = subject.keyed(records(*LINES[:3], first=4))
    assert (first.topic, first.partition, first.key) == ("keyed", -1, V4)
    assert (first.value, first.timestamp) == (LINES[0], 1_700_000_000.25)
    assert first.headers == [("h", b"1"), (FROM, b"raw:2:4")]
    assert (second.key, second.value) == (V6, LINES[2])
    assert (refused.topic, refused.value, refused.key) == ("dlq", LINES[1], b"old")
    assert dict(refused.headers)["dlq.stage"] == b"rekey"
    assert subject.place == ("raw", 2, 7, "")


def test_record_that_is_over_the_limit_of_the_topic_is_a_dead_letter() -> None:
    value = LINES[0][:-1] + b',"x":"' + b"a" * LARGEST + b'"}'
    (out,) = lane().keyed(records(value))
    assert out.topic == "dlq"
    assert dict(out.headers)["dlq.source.bytes"] == str(len(value)).encode()


def test_header_line_is_refused() -> None:
    with pytest.raises(SourceError, match="records that stand alone"):
        lane("zeek.conn").keyed(records(b"#fields\tts\tuid\tid.orig_h"))


def test_more_rejects_than_are_borne_stop_the_source() -> None:
    subject = lane()
    with pytest.raises(SourceError, match="600 of 1000 records rejected"):
        subject.keyed(records(*(LINES[0 if k % 5 < 2 else 1] for k in range(1_000))))


def test_source_with_rekey_is_scored_from_its_keyed_topic(tmp_path: Path) -> None:
    file = tmp_path / "almenara.toml"
    file.write_text(
        '[kafka]\nbootstrap = "broker:9092"\n[[source]]\nname = "fw"\ntopics = ["raw"]\n'
        'rekey = true\nrekey_by = "destination"\nrekey_partitions = 3\n'
        '[[source]]\nname = "zeek"\ntopics = ["conn"]\n'
    )
    settings = load_settings(file, {})
    assert settings.subscription() == ("almenara.keyed.fw.v1", "conn")
    assert [(plan.name, plan.partitions) for plan in settings.plans()][-1] == (
        "almenara.keyed.fw.v1",
        3,
    )
    scored = settings.source_of("almenara.keyed.fw.v1")
    assert scored is not None
    assert scored.name == "fw"
    assert keyed(settings, "raw") == Keyed(ParseSettings(), "destination", "almenara.keyed.fw.v1")
