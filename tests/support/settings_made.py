"""Settings for tests: any that are valid, as raw tables, and how they are written as TOML."""

import string
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from stream.configuration.toml_text import toml_of

THREE_LINES = """\
kafka.bootstrap = "localhost:9092"
elasticsearch.url = "http://localhost:9200"
source = [{ topics = ["zeek.conn"], format = "zeek.conn" }]
"""

VARIABLES = {"ALMENARA_KAFKA__BOOTSTRAP": "localhost:9092", "ALMENARA_SOURCE__TOPICS": "zeek.conn"}
"""The fewest that suffice without a file."""

Raw = dict[str, Any]

NAMES = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
ADDRESSES = st.builds("{}:{}".format, NAMES, st.integers(1, 65_535))
NETWORKS = st.lists(st.builds("10.{}.0.0/16".format, st.integers(0, 255)), max_size=3)
SECONDS = st.floats(0.001, 1e6)


def toml(raw: Raw) -> str:
    """Return raw settings as TOML: scalars, then tables, a source each."""
    lines = [f"{key} = {toml_of(v)}" for key, v in raw.items() if not isinstance(v, dict | list)]
    for name, table in raw.items():
        for part in table if isinstance(table, list) else [table]:
            if isinstance(part, dict):
                lines.append(f"[[{name}]]" if isinstance(table, list) else f"[{name}]")
                lines += [f"{key} = {toml_of(value)}" for key, value in part.items()]
    return "\n".join(lines)


def raw_settings(secret_file: Path) -> st.SearchStrategy[Raw]:
    """Return valid settings; ``secret_file`` is there and holds a secret."""
    return st.builds(
        lambda outside, **tables: {**outside, **tables},
        st.fixed_dictionaries({}, optional={"namespace": NAMES}),
        kafka=_kafka(secret_file),
        elasticsearch=_elasticsearch(secret_file),
        source=_sources(),
        networks=st.fixed_dictionaries({}, optional={"internal": NETWORKS}),
        detection=_detection(),
        alerts=st.fixed_dictionaries(
            {}, optional={"floor": SECONDS, "budget": st.integers(0, 500), "quiet_s": SECONDS}
        ),
        run=_run(),
    )


def _secret(name: str, secret_file: Path) -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries({name: TEXTS}) | st.just({f"{name}_file": str(secret_file)})


def _kafka(secret_file: Path) -> st.SearchStrategy[Raw]:
    login = st.builds(
        lambda user, secret: {"username": user, **secret}, TEXTS, _secret("password", secret_file)
    )
    tls = st.fixed_dictionaries({"protocol": st.just("ssl"), "ca": st.just(str(secret_file))})
    free = st.dictionaries(
        st.sampled_from(["client.rack", "fetch.min.bytes", "ssl.key.pem"]),
        TEXTS | st.integers(-(2**62), 2**62) | st.booleans(),
    )
    return st.builds(
        lambda base, security, rest: {**base, **security, "librdkafka": rest},
        st.fixed_dictionaries(
            {"bootstrap": st.lists(ADDRESSES, min_size=1, max_size=3)},
            optional={
                "group": TEXTS,
                "prefix": NAMES,
                "group_protocol": st.sampled_from(["auto", "classic", "consumer"]),
            },
        ),
        st.just({}) | login | tls,
        free,
    )


def _elasticsearch(secret_file: Path) -> st.SearchStrategy[Raw]:
    login = st.builds(
        lambda user, secret: {"username": user, **secret}, TEXTS, _secret("password", secret_file)
    )
    return st.builds(
        lambda url, who, tls: {"url": url, **who, **tls},
        st.builds("https://{}".format, ADDRESSES),
        st.just({}) | login | _secret("api_key", secret_file),
        st.fixed_dictionaries(
            {},
            optional={
                "verify": st.booleans(),
                "fingerprint": st.text("0123456789abcdef", min_size=64, max_size=64),
            },
        ),
    )


def _sources() -> st.SearchStrategy[list[Raw]]:
    """Sources whose topics are all different, and none of them ours."""
    rest = st.fixed_dictionaries(
        {},
        optional={
            "format": st.sampled_from(["auto", "zeek.conn", "iptables"]),
            "zone": st.sampled_from(["UTC", "+02:00", "-09:30"]),
            "internal": NETWORKS,
            "name": TEXTS,
            "columns": st.lists(TEXTS, max_size=3),
        },
    )

    def named(groups: list[tuple[int, Raw]]) -> list[Raw]:
        return [
            {"topics": [f"In-{n}-{k}" for k in range(count)], **table}
            for n, (count, table) in enumerate(groups)
        ]

    return st.lists(st.tuples(st.integers(1, 3), rest), min_size=1, max_size=3).map(named)


def _detection() -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries(
        {},
        optional={
            "max_entities": st.integers(64, 100_000_000),
            "cut": SECONDS,
            "hash_seed": st.integers(0, 2**53),
            "prior": st.sampled_from(["shipped", "none"]),
            "detectors": st.sampled_from([{}, {"tails": {"votes": True}, "kit_net": {}}]),
        },
    )


def _run() -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries(
        {},
        optional={
            "workers": st.integers(1, 256),
            "idle_s": st.floats(0.001, 29.0),
            "snapshot_s": SECONDS,
            "max_poll_s": st.floats(10.0, 86_400.0),
            "reject_share": st.floats(0.001, 1.0),
        },
    )
