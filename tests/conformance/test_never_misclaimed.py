"""What is no log of connections never gives an event, whichever product it is of."""

from pathlib import Path

import numpy as np
import pytest

from parsed_records import parse_lines
from stream.formats.parser import Parser, ParseSettings

# not of connections, or of products that are not known
OTHERS = (
    "loghub-2k/Linux/Linux_2k.log",
    "loghub-2k/OpenSSH/OpenSSH_2k.log",
    "crowdsec-hub-tests/sshd-logs/*.log",
    "crowdsec-hub-tests/apache2-logs/*.log",
    "crowdsec-hub-tests/aws-alb-logs/*.log",
    "filebeat-expected/oss/*/*/test/*.log",
    "unsw-nb15/*.csv",
    "*/README.md",
)

PROSE = (
    "",
    "The quick brown fox jumps over the lazy dog.",
    "src=somewhere dst=elsewhere action=go proto=legs",
    "SRC=here DST=there PROTO=none",
    "user=kim action=login result=ok ip=192.0.2.1 session=5",
    "Mar  1 10:00:00 host app[12]: connect from 192.0.2.1 port 4242 to 192.0.2.2 port 22 accepted",
    "Mar  1 10:00:00 host sshd[12]: Accepted password for kim from 192.0.2.1 port 4242 ssh2",
    '192.0.2.1 - - [01/Mar/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.0"',
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24",
    "5 192.0.2.1 192.0.2.2 4242 22 6 allowed",
    "<34>1 2024-03-01T10:00:00Z host app 12 ID47 [x@1 a=\"1\"] a message about 192.0.2.1",
    '{"ip":"192.0.2.1","message":"hello","level":"info"}',
    '{"source":{"ip":"192.0.2.1"},"destination":{"name":"shop"},"@timestamp":"2024-03-01T10:00:00Z"}',
    '{"src":"192.0.2.1","dst":"192.0.2.2","bytes":5,"ts":1700000000}',
    '{"time":"2024-03-01T10:00:00Z","msg":"src_ip=192.0.2.1 dst_ip=192.0.2.2"}',
    "[]",
    "{}",
    "CEF: is a format of ArcSight",
    "version 2 of the account-id is out",
    "date=today time=now srcip=none dstip=none",
)  # fmt: skip


def test_texts_of_no_product_give_no_event() -> None:
    parser = Parser(ParseSettings())
    parsed = parse_lines(parser, [line.encode() for line in PROSE], 1.7e9)
    assert [PROSE[k] for k in parsed.record] == []


@pytest.mark.parametrize("pattern", OTHERS)
def test_logs_of_other_kinds_give_no_event(data_folder: Path, pattern: str) -> None:
    paths = sorted(data_folder.glob(pattern))
    assert paths
    for path in paths:
        parser = Parser(ParseSettings())
        lines = path.read_bytes().splitlines(keepends=True)[:5000]
        parsed = parse_lines(parser, lines, 1.7e9)
        assert len(parsed.record) == 0, path.name
        assert len(parsed.status) == len(lines)
        assert np.isin(parsed.status, (1, 2, 3)).all()
