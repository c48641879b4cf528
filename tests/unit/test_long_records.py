"""Records of a mebibyte, which take a while where nothing is compiled."""

import pytest

from parsed_records import events_of, parse_lines
from stream.formats.parser import Parser, ParseSettings

MEBIBYTE = 1 << 20
FIELDS = b"#fields\tts\tid.orig_h\tid.resp_h\tconn_state\tx"
ROW = b"1.5\t10.0.0.1\t10.0.0.2\tSF\t"
START = b'{"ts":1.5,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","conn_state":"SF",'


@pytest.mark.parametrize("filling", [b"x", b"\\n", b"\xff", b"\xf0\x9f"])
def test_a_record_of_a_mebibyte_is_read(filling: bytes) -> None:
    long = filling * (MEBIBYTE // len(filling))
    lines = [
        FIELDS,
        ROW + b"short",
        ROW + long,
        START + b'"service":"' + long + b'"}',
        START + b'"other":[{"a":"' + long + b'"}]}',
        START + b'"' + long + b'":1}',
    ]
    events = events_of(parse_lines(Parser(ParseSettings()), lines))
    assert sorted(events) == [1, 2, 3, 4, 5]
    assert events[3].pop("app")
    assert all(event == events[1] for event in events.values())
