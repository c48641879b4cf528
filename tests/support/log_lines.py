"""Lines of every format, made up for tests, and ways to spoil them."""

import json

from hypothesis import strategies as st

ZEEK_COLUMNS = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service",
    "duration", "orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp",
    "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes",
)  # fmt: skip
STATES = (
    "S0",
    "S1",
    "SF",
    "REJ",
    "S2",
    "S3",
    "RSTO",
    "RSTR",
    "RSTOS0",
    "RSTRH",
    "SH",
    "SHR",
    "OTH",
)

seconds = st.integers(0, 4_000_000_000_000_000).map(lambda us: f"{us // 10**6}.{us % 10**6:06d}")
counts = st.integers(0, 10**13).map(str)
addresses = st.ip_addresses().map(str)
optional_count = st.none() | counts
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=40)

Connection = dict[str, str | None]


@st.composite
def connections(draw: st.DrawFn) -> Connection:
    """Values of one Zeek connection as text; None where Zeek does not know."""
    return {
        "ts": draw(seconds),
        "uid": "C" + draw(st.from_regex(r"\A[A-Za-z0-9]{16}\Z")),
        "id.orig_h": draw(addresses),
        "id.orig_p": str(draw(st.integers(0, 65535))),
        "id.resp_h": draw(addresses),
        "id.resp_p": str(draw(st.integers(0, 65535))),
        "proto": draw(st.sampled_from(("tcp", "udp", "icmp", "unknown_transport"))),
        "service": draw(st.none() | words.filter(lambda word: word not in ("", "-", "(empty)"))),
        "duration": draw(st.none() | seconds),
        "orig_bytes": draw(optional_count),
        "resp_bytes": draw(optional_count),
        "conn_state": draw(st.sampled_from(STATES)),
        "local_orig": draw(st.sampled_from((None, "T", "F"))),
        "local_resp": draw(st.sampled_from((None, "T", "F"))),
        "missed_bytes": "0",
        "history": draw(st.sampled_from((None, "S", "ShADadfF", "^r"))),
        "orig_pkts": draw(optional_count),
        "orig_ip_bytes": draw(optional_count),
        "resp_pkts": draw(optional_count),
        "resp_ip_bytes": draw(optional_count),
    }


def as_tsv(connection: Connection, columns: tuple[str, ...] = ZEEK_COLUMNS) -> bytes:
    return "\t".join(connection[name] or "-" for name in columns).encode()


def tsv_header(columns: tuple[str, ...] = ZEEK_COLUMNS) -> list[bytes]:
    return [
        b"#separator \\x09",
        b"#unset_field\t-",
        b"#path\tconn",
        "\t".join(("#fields", *columns)).encode(),
    ]


def typed(name: str, value: str | None) -> object:
    """Give a value with its JSON type; times and counts as text stay to the digit."""
    if value is None or name in ("id.orig_h", "id.resp_h", "proto", "service"):
        return value
    if name in ("local_orig", "local_resp"):
        return value == "T"
    return value if name in ("uid", "conn_state", "history") else Digits(value)


class Digits(float):
    """A number that is written as it was read."""

    text: str

    def __new__(cls, text: str) -> "Digits":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text


def write_json(members: dict[str, object]) -> str:
    inner = (
        f"{json.dumps(key)}:"
        + (
            value.text
            if isinstance(value, Digits)
            else write_json(value)
            if isinstance(value, dict)
            else json.dumps(value)
        )
        for key, value in members.items()
    )
    return "{" + ",".join(inner) + "}"


def as_json(connection: Connection, order: tuple[str, ...] = ZEEK_COLUMNS) -> bytes:
    members = {name: typed(name, connection[name]) for name in order}
    return write_json({name: one for name, one in members.items() if one is not None}).encode()


def as_nested_json(connection: Connection, order: tuple[str, ...] = ZEEK_COLUMNS) -> bytes:
    members: dict[str, object] = {}
    ends: dict[str, object] = {}
    for name in order:
        if name.startswith("id."):
            ends[name[3:]] = typed(name, connection[name])
            members["id"] = ends
        else:
            members[name] = typed(name, connection[name])
    return write_json(members).encode()
