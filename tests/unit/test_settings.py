"""Settings of the live engine: where they come from, and what the parts are given."""

import pickle
from pathlib import Path
from typing import Any, Literal

import confluent_kafka
import pytest
from elasticsearch import Elasticsearch

from acme_lines import DIALECT, put
from detectors import ConfigError
from settings_made import THREE_LINES, VARIABLES
from stream.configuration.environment import overlay, value_of, variables
from stream.configuration.fields import Kind
from stream.configuration.parts import alert_settings, pipeline_settings
from stream.configuration.tables import SEED
from stream.networks import PRIVATE
from stream.pipeline import Pipeline
from stream.settings import Settings, SettingsError, load_settings, read_settings


def written(folder: Path, text: str) -> Path:
    path = folder / "almenara.toml"
    path.write_text(text, encoding="utf-8")
    return path


def by_variables(**more: str) -> Settings:
    return load_settings(None, {**VARIABLES, **{f"ALMENARA_{k}": v for k, v in more.items()}})


def test_three_lines_suffice(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, THREE_LINES), {})
    assert settings.kafka.bootstrap == ("localhost:9092",)
    assert settings.elasticsearch.url == ("http://localhost:9200",)
    assert settings.source[0].topics == ("zeek.conn",)
    assert settings.source[0].format == "zeek.conn"


def test_variables_suffice_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = by_variables(ELASTICSEARCH__URL="http://es")
    assert settings.kafka.bootstrap == ("localhost:9092",)
    assert settings.elasticsearch.url == ("http://es:9200",)
    assert settings.source[0].topics == ("zeek.conn",)


def test_file_is_the_one_given_else_of_the_variable_else_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("almenara", "named", "given"):
        (tmp_path / f"{name}.toml").write_text(f'namespace = "{name}"\n{THREE_LINES}')
    named = {"ALMENARA_SETTINGS": str(tmp_path / "named.toml")}
    assert load_settings(None, {}).namespace == "almenara"
    assert load_settings(None, named).namespace == "named"
    assert load_settings(tmp_path / "given.toml", named).namespace == "given"


def test_settings_are_frozen_and_cross_processes() -> None:
    settings = by_variables()
    with pytest.raises(ValueError, match="frozen"):
        settings.namespace = "other"
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 (bytes of this line)


TEXT_OF: dict[Kind, tuple[str, object]] = {
    "whole": ("17", 17),
    "number": ("0.25", 0.25),
    "flag": ("false", False),
    "text": ("17", "17"),
    "secret": ("17", "17"),
    "path": ("/a", "/a"),
    "choice": ("auto", "auto"),
    "list": ("a, b", ["a", "b"]),
    "table": ("{ a = { votes = true } }", {"a": {"votes": True}}),
}


@pytest.mark.parametrize("kind", TEXT_OF)
def test_text_of_a_variable_becomes_what_its_setting_takes(kind: Kind) -> None:
    text, value = TEXT_OF[kind]
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("^a{1,2}", ["^a{1,2}"]), ('["a,b"]', ["a,b"]), ("[a", "[a")],
)
def test_list_of_a_variable_may_be_a_pattern_or_toml(text: str, value: object) -> None:
    assert value_of(text, "list") == value


def test_every_setting_has_a_variable() -> None:
    assert {
        "ALMENARA_NAMESPACE",
        "ALMENARA_KAFKA__BOOTSTRAP",
        "ALMENARA_ELASTICSEARCH__API_KEY_FILE",
        "ALMENARA_SOURCE__TOPICS",
        "ALMENARA_RUN__IDLE_S",
    } <= set(variables())


@pytest.mark.parametrize("name", variables())
def test_variable_stands_over_the_file(name: str) -> None:
    table, key, kind = variables()[name]
    inner: dict[str, Any] = {key: "of the file"}
    document: dict[str, Any] = {table: [inner] if table == "source" else inner} if table else inner
    text, value = TEXT_OF[kind]
    put = overlay(document, {name: text})
    assert inner == {key: value}
    assert (list(put.names.values()), put.problems) == ([name], [])


def test_problem_of_a_variable_names_it_where_the_file_says_something_too(tmp_path: Path) -> None:
    path = written(tmp_path, THREE_LINES)
    (problem,) = read_settings(path, {"ALMENARA_SOURCE__TOPICS": "^("}).problems
    assert (problem.variable, problem.line) == ("ALMENARA_SOURCE__TOPICS", None)


def test_variable_that_is_empty_is_not_set(tmp_path: Path) -> None:
    path = written(tmp_path, 'namespace = "a"\n' + THREE_LINES)
    assert load_settings(path, {"ALMENARA_NAMESPACE": ""}).namespace == "a"


def test_variable_of_a_source_changes_the_one_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, THREE_LINES)
    (source,) = load_settings(path, {"ALMENARA_SOURCE__ZONE": "+01:00"}).source
    assert (source.topics, source.zone) == (("zeek.conn",), "+01:00")


def test_secret_of_a_variable_replaces_the_file_of_the_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from file\n")
    path = written(tmp_path, THREE_LINES + 'elasticsearch.api_key_file = "key"\n')
    assert load_settings(path, {}).elasticsearch.options()["api_key"] == "from file"
    changed = load_settings(path, {"ALMENARA_ELASTICSEARCH__API_KEY": "of:variable"})
    assert changed.elasticsearch.options()["api_key"] == ("of", "variable")


def test_secret_is_read_anew_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first")
    settings = by_variables(ELASTICSEARCH__URL="http://es", ELASTICSEARCH__API_KEY_FILE=str(file))
    file.write_text("second")
    assert settings.elasticsearch.options()["api_key"] == "second"
    file.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.elasticsearch.options()


def test_paths_of_the_file_begin_at_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    (tmp_path / "own.npz").touch()
    put(tmp_path / "dialects", DIALECT)
    path = written(
        tmp_path,
        'dialect_folder = "dialects"\nkafka.ca = "ca.pem"\ndetection.prior = "own.npz"\n'
        + THREE_LINES,
    )
    settings = load_settings(path, {})
    assert settings.kafka.ca == tmp_path / "ca.pem"
    pipeline = pipeline_settings(settings, "zeek.conn", 0)
    assert pipeline.prior == tmp_path / "own.npz"
    assert pipeline.parse.dialects == (("acme.toml", DIALECT),)


def test_properties_are_plain_by_default() -> None:
    assert by_variables().kafka.properties() == {
        "bootstrap.servers": "localhost:9092",
        "client.id": "almenara",
        "security.protocol": "plaintext",
    }


def test_user_means_scram_over_tls() -> None:
    kafka = by_variables(KAFKA__USERNAME="u", KAFKA__PASSWORD="p").kafka  # noqa: S106 (made up)
    found = kafka.properties("consumer")
    assert found["security.protocol"] == "sasl_ssl"
    assert (found["sasl.username"], found["sasl.password"]) == ("u", "p")
    assert (found["sasl.mechanism"], found["group.protocol"]) == ("SCRAM-SHA-512", "consumer")


def test_client_of_kafka_takes_the_properties() -> None:
    """A name that librdkafka does not know is an error there."""
    kafka = by_variables(
        KAFKA__USERNAME="u",
        KAFKA__PASSWORD="p",  # noqa: S106 (made up)
        KAFKA__LIBRDKAFKA__CLIENT_RACK="r",
        KAFKA__LIBRDKAFKA__LOG_CONNECTION_CLOSE="false",
    ).kafka
    confluent_kafka.Consumer({**kafka.properties("classic"), "group.id": kafka.group}).close()


def test_properties_of_librdkafka_need_no_quotes(tmp_path: Path) -> None:
    text = '[kafka.librdkafka]\nfetch.min.bytes = 5\n"client.rack" = "a"\n'
    kafka = load_settings(written(tmp_path, THREE_LINES + text), {}).kafka
    assert kafka.librdkafka == {"fetch.min.bytes": 5, "client.rack": "a"}
    assert kafka.properties()["fetch.min.bytes"] == 5


def test_client_of_elasticsearch_takes_the_options() -> None:
    index = by_variables(
        ELASTICSEARCH__URL="https://es, https://[::1]:9201/path/",
        ELASTICSEARCH__USERNAME="u",
        ELASTICSEARCH__PASSWORD="p",  # noqa: S106 (made up)
        ELASTICSEARCH__FINGERPRINT=":".join(["0A"] * 32),
        ELASTICSEARCH__VERIFY="no",
    ).elasticsearch
    assert index.url == ("https://es:9200", "https://[::1]:9201/path")
    options = index.options()
    assert options["ssl_assert_fingerprint"] == "0a" * 32
    with Elasticsearch(**options) as client:
        assert len(client.transport.node_pool.all()) == 2


def test_index_without_an_address_is_an_error_when_it_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"elasticsearch\.url: missing, .*ELASTICSEARCH__URL"):
        by_variables().elasticsearch.options()


def test_our_topics_begin_with_the_prefix() -> None:
    topics = by_variables(KAFKA__PREFIX="a.b").kafka.topics
    assert topics.lane == "a.b.lane.v1"
    assert all(plan.name.startswith("a.b.") for plan in topics.plans())


def test_consumer_is_given_the_limits_of_the_run() -> None:
    settings = by_variables(RUN__SESSION_TIMEOUT_S="7", RUN__QUEUE_MB="2")
    found = settings.reading("classic")
    assert (found["session.timeout.ms"], found["max.poll.interval.ms"]) == (7_000, 60_000)
    assert found["queued.max.messages.kbytes"] == 2_048
    assert found["queue.buffering.max.kbytes"] == 2_048
    assert found["fetch.max.bytes"] == 2 << 20
    assert "session.timeout.ms" not in settings.reading("consumer")


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_consumer_of_kafka_takes_the_limits(protocol: Literal["classic", "consumer"]) -> None:
    properties = by_variables().reading(protocol)
    confluent_kafka.Consumer({**properties, "group.id": "g"}).close()


SOURCES = """\
kafka.bootstrap = "b"
[networks]
internal = ["10.1.0.0/16"]
[[source]]
topics = "^zeek\\\\..*|conn"
format = "zeek.conn"
internal = []
[[source]]
topics = ["zeek.eve", "other"]
format = "suricata.eve"
zone = "-02:30"
name = "ids"
"""


def test_topic_belongs_to_the_source_that_names_it_else_to_a_pattern(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SOURCES), {})
    patterned, named = settings.source
    assert settings.source_of("zeek.eve") is named
    assert settings.source_of("zeek.conn") is patterned
    assert settings.source_of("conn") is patterned
    assert settings.source_of("conn.2") is None
    assert patterned.subscription() == [r"^(zeek\..*|conn)$"]
    assert settings.subscription() == (r"^(zeek\..*|conn)$", "zeek.eve", "other")


def test_pipeline_is_made_of_the_source_of_its_topic(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SOURCES), {})
    one, two = (pipeline_settings(settings, topic, 3) for topic in ("conn", "other"))
    assert (one.parse.format, one.parse.zone_offset_s, one.internal) == ("zeek.conn", 0, ())
    assert (two.parse.zone_offset_s, two.internal) == (-9_000, ("10.1.0.0/16",))
    assert (two.stream, two.topic, two.partition) == ("ids", "other", 3)
    with pytest.raises(ConfigError, match="topic 'none': of no source"):
        pipeline_settings(settings, "none", 0)


def test_defaults_are_those_of_a_replay() -> None:
    settings = by_variables()
    pipeline = pipeline_settings(settings, "zeek.conn", 0)
    assert pipeline.internal == PRIVATE
    assert pipeline.hash_seed == SEED
    assert Pipeline(pipeline).settings is pipeline
    alerting = alert_settings(settings)
    assert (alerting.floor, alerting.budget, alerting.quiet_s) == (1.0, 10, 86_400.0)


def test_named_detectors_replace_the_built_in_ones(tmp_path: Path) -> None:
    text = "[detection.detectors.tails]\nvotes = true\n[detection.detectors.kit_net]\n"
    settings = load_settings(written(tmp_path, THREE_LINES + text), {})
    judges = pipeline_settings(settings, "zeek.conn", 0).judges
    assert [(judge.name, judge.votes) for judge in judges] == [("tails", True), ("kit_net", False)]


@pytest.mark.parametrize(
    ("variables", "note"),
    [
        ({}, "hash_seed is the public default"),
        ({}, "no elasticsearch.url"),
        (
            {"ALMENARA_ELASTICSEARCH__URL": "https://e", "ALMENARA_ELASTICSEARCH__VERIFY": "no"},
            "verify is off",
        ),
    ],
)
def test_what_is_risky_is_noted(variables: dict[str, str], note: str) -> None:
    notes = read_settings(None, {**VARIABLES, **variables}).notes
    assert any(note in one for one in notes)


def test_file_with_a_secret_that_all_can_read_is_noted(tmp_path: Path) -> None:
    path = written(tmp_path, THREE_LINES + 'elasticsearch.api_key = "k"\n')
    path.chmod(0o644)
    assert any("everybody can read it" in note for note in read_settings(path, {}).notes)
    path.chmod(0o600)
    assert not any("everybody" in note for note in read_settings(path, {}).notes)


def test_first_problem_is_the_message_of_the_error(tmp_path: Path) -> None:
    path = written(tmp_path, THREE_LINES + "[run]\nworkers = 0\nqueue_mb = 0\n")
    with pytest.raises(SettingsError, match=r"toml:5: run\.workers: 0, .*and 1 more") as raised:
        load_settings(path, {})
    assert len(raised.value.problems) == 2


def test_namespace_has_topics_and_a_group_of_its_own_where_none_are_named() -> None:
    """All lanes of a log are decided together, and members of a group share partitions."""
    plain, blue = by_variables().kafka, by_variables(NAMESPACE="blue").kafka
    assert (plain.prefix, plain.group) == ("almenara", "almenara")
    assert (blue.prefix, blue.group) == ("almenara.blue", "almenara.blue")
    named = by_variables(NAMESPACE="blue", KAFKA__PREFIX="soc").kafka
    assert (named.prefix, named.group) == ("soc", "almenara.blue")
