"""A product that only a user's own dialect knows, written from simulated lines of Zeek."""

from pathlib import Path

import orjson

DIALECT = """\
name = "acme.flow"
product = "Acme flows"
syntax = ["json"]

[recognise]
all = ["acme_src", "acme_dst"]

[columns]
ts = "acme_t"
src_ip = "acme_src"
dst_ip = "acme_dst"
dst_port = "acme_port"
transport = { from = "acme_proto", words = "iana" }
bytes_out = "acme_sent"
"""
FEWER = DIALECT.replace('bytes_out = "acme_sent"\n', "")
BROKEN = DIALECT.replace("dst_port", "dstport")
KEYS = {
    "ts": "acme_t",
    "id.orig_h": "acme_src",
    "id.resp_h": "acme_dst",
    "id.resp_p": "acme_port",
    "proto": "acme_proto",
    "orig_bytes": "acme_sent",
}


def acme_line(line: bytes) -> bytes:
    """Return a line of Zeek's connections as Acme writes it."""
    found = orjson.loads(line)
    return orjson.dumps({key: found[name] for name, key in KEYS.items() if name in found})


def put(folder: Path, text: str) -> None:
    """Write the one file of a folder of dialects."""
    folder.mkdir(exist_ok=True)
    (folder / "acme.toml").write_text(text, encoding="utf-8")
