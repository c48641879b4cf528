"""The index templates that are shipped come from the lists of fields, and hold every document."""

import json
from typing import Any

import pytest

from documents_made import every_kind, leaves
from ecs_subset import vendored
from index_templates import FOLDER, RETENTION, fields_of, text
from stream.alerts import FIELDS
from stream.elasticsearch_setup import DATASETS, template_of

# what the smallest edition has, and a server built from the published jars
TYPES = {"keyword", "text", "long", "float", "double", "boolean", "date", "ip", "nested"}
FITS: dict[str, tuple[type, ...]] = {
    "keyword": (str,),
    "text": (str,),
    "ip": (str,),
    "date": (str,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}


def mapped(dataset: str) -> dict[str, str]:
    """Type by dotted name, as the shipped template has it."""
    found: dict[str, str] = {}

    def walk(properties: dict[str, Any], name: str) -> None:
        for key, entry in properties.items():
            path = f"{name}.{key}" if name else key
            if "type" in entry:
                found[path] = entry["type"]
            walk(entry.get("properties", {}), path)

    walk(template_of(dataset)["template"]["mappings"]["properties"], "")
    return found


def objects_in_lists(value: Any, name: str = "") -> set[str]:
    """Dotted names of lists of objects, whose fields belong together."""
    if isinstance(value, dict):
        return {
            one
            for key, inner in value.items()
            for one in objects_in_lists(inner, f"{name}.{key}" if name else key)
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {name}.union(*(objects_in_lists(item, name) for item in value))
    return set()


@pytest.mark.parametrize("dataset", RETENTION)
def test_shipped_templates_are_those_that_the_lists_make(dataset: str) -> None:
    """Where this fails: python tests/support/index_templates.py, and raise VERSION there."""
    assert (FOLDER / f"{dataset}.json").read_text(encoding="utf-8") == text(dataset)


def test_there_is_a_template_for_every_data_stream_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(DATASETS) == set(RETENTION)


@pytest.mark.parametrize("dataset", RETENTION)
def test_templates_are_strict_own_ours_and_use_only_plain_types(dataset: str) -> None:
    template = template_of(dataset)
    assert template["template"]["mappings"]["dynamic"] == "strict"
    assert template["priority"] >= 300
    assert template["index_patterns"] == [f"logs-almenara.{dataset}-*"]
    assert template["template"]["lifecycle"] == {"data_retention": RETENTION[dataset]}
    assert set(template["composed_of"]) == set(template["ignore_missing_component_templates"])
    assert template["_meta"].keys() >= {"managed_by", "version", "hash"}
    assert set(mapped(dataset).values()) <= TYPES


def test_every_field_of_every_document_is_mapped_with_its_type() -> None:
    documents = every_kind()
    seen = set()
    for document in documents:
        dataset = document["data_stream"]["dataset"].removeprefix("almenara.")
        types = mapped(dataset)
        seen |= {(dataset, name) for name in leaves(document)}
        for name, values in leaves(document).items():
            for value, _ in values:
                assert type(value) in FITS[types[name]], (dataset, name)
        for name in objects_in_lists(document):
            assert types[name] == "nested", (dataset, name)
    ours = {f.name for f in FIELDS if f.type != "nested" and ".counts." not in f.name}
    assert ours - {name for dataset, name in seen if dataset == "alerts"} == set()


@pytest.mark.parametrize("dataset", RETENTION)
def test_fields_of_ecs_keep_their_types(dataset: str) -> None:
    plain = {"constant_keyword": "keyword", "match_only_text": "text"}
    ecs = {name: entry["type"] for name, entry in vendored().items()}
    found = mapped(dataset)
    for name in fields_of(dataset):
        if not name.startswith("almenara."):
            assert found[name] == plain.get(ecs[name], ecs[name]), name


def test_time_of_ingest_is_mapped_in_every_stream() -> None:
    assert {mapped(dataset)["event.ingested"] for dataset in DATASETS} == {"date"}


def test_hashes_tell_what_has_changed() -> None:
    usual, other = template_of("alerts"), template_of("alerts", "7d")
    assert usual == template_of("alerts")
    assert usual["_meta"]["hash"] != other["_meta"]["hash"]
    inner = [made["template"]["mappings"]["_meta"]["hash"] for made in (usual, other)]
    assert inner[0] == inner[1]  # no new write index for a new retention
    assert inner[0] != template_of("candidates")["template"]["mappings"]["_meta"]["hash"]


def test_templates_are_json_with_sorted_names() -> None:
    for dataset in DATASETS:
        content = (FOLDER / f"{dataset}.json").read_text(encoding="utf-8")
        assert json.dumps(json.loads(content), indent=1, sort_keys=True) + "\n" == content
