"""Every field of every document is in ECS, or in our own list, with the right type."""

import ipaddress
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates_made import candidate
from documents_made import (
    alert_document,
    decided,
    digests,
    every_kind,
    full_candidate,
    judged,
    leaves,
)
from ecs_subset import read_flat, subset, vendored
from stream.alerts import AUDIT_FIELDS, DRIFT_FIELDS, FIELDS
from stream.classes import CLASSES
from stream.decisions import AlertSettings
from stream.documents import Encoder

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
OURS = {field.name: field.type for field in (*FIELDS, *DRIFT_FIELDS, *AUDIT_FIELDS)}
NESTED = [name for name, kind in OURS.items() if kind == "nested"]


def is_address(value: Any) -> bool:
    return bool(ipaddress.ip_address(value))


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_long(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < float("inf")


def is_date(value: Any) -> bool:
    return bool(INSTANT.fullmatch(value))


KINDS: dict[str, Callable[[Any], bool]] = {
    "keyword": is_text,
    "constant_keyword": is_text,
    "match_only_text": is_text,
    "ip": is_address,
    "long": is_long,
    "float": is_number,
    "double": is_number,
    "date": is_date,
    "boolean": lambda value: type(value) is bool,
}


def check(document: dict[str, Any]) -> None:
    ecs = vendored()
    found = leaves(document)
    for name, values in found.items():
        is_ours = name.startswith("almenara.")
        kind = OURS[name] if is_ours else ecs[name]["type"]
        for value, is_listed in values:
            assert KINDS[kind](value), (name, value)
            assert is_ours or is_listed == ecs[name]["array"], name
            assert is_ours or value in ecs[name].get("values", [value]), (name, value)
    allowed = ecs["event.category"]["event_types"]
    expected = {kind for category in document["event"]["category"] for kind in allowed[category]}
    assert set(document["event"]["type"]) <= expected


def test_every_field_of_full_documents_is_known_with_its_type() -> None:
    for document in every_kind():
        check(document)


def test_no_listed_field_is_never_written() -> None:
    written = {name for document in every_kind() for name in leaves(document)}
    counted = {name for name in OURS if name.startswith("almenara.digest.counts.")}
    assert set(vendored()) - written == {"event.ingested"}  # the index role adds it
    assert set(OURS) - written - set(NESTED) - counted == set()


def test_lists_of_objects_are_typed_as_nested() -> None:
    document = alert_document(full_candidate())
    for name in ("detectors", "explain", "evidence"):
        assert isinstance(document["almenara"][name][0], dict)
        assert f"almenara.{name}" in NESTED


def test_every_outcome_has_its_count_in_the_list() -> None:
    settings = AlertSettings(budget=1)
    days = digests(decided([candidate(i, f"203.0.113.{i}") for i in range(3)], settings))
    for document in (Encoder("replay").digest(day) for day in days):
        check(document)
        assert document["almenara"]["digest"]["counts"] == {
            "candidates": 3,
            "alert": 1,
            "budget_missed": 2,
        }


odd = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([-1.0, 0.0, 1e300])
populations = st.sampled_from(["external source", "internal source", "internal destination"])
entities = st.ip_addresses().map(str) | st.sampled_from(["", "unknown", "\udcff"])
events = st.fixed_dictionaries(
    {
        "source_port": st.integers(-1, 70_000),
        "transport": st.integers(-1, 300),
        "bytes_out": odd,
        "packets_in": odd,
        "app": st.text(max_size=30),
        "user": st.text(max_size=30),
        "ts": odd,
    }
)


@given(entity=entities, population=populations, event=events, e=odd, number=odd)
def test_any_candidate_gives_documents_of_known_fields(
    entity: str, population: str, event: dict[str, Any], e: float, number: float
) -> None:
    made = candidate(
        entity=entity,
        e=e,
        population=population,
        resolution=number,
        values={"bytes_out_24h": number, "novel_peers_4h": number, "failed_4h": 1.0},
        typical={"bytes_out_24h": number, "novel_peers_4h": number, "failed_4h": number},
        window={"bytes_out": number, "main_port": event["source_port"], "events": 400},
        event=event,
        evidence=(),
    )
    one = judged(decided([made]))[0]
    assert one.class_name in CLASSES
    check(Encoder("live").alert(one))


def test_vendored_part_equals_its_source() -> None:
    data = os.environ.get("ALMENARA_DATA")
    if not data:
        pytest.skip("ALMENARA_DATA is not set: no ECS list to compare with")
    assert vendored() == subset(read_flat(Path(data) / "ecs-schema" / "ecs_flat.yml.xz"))
