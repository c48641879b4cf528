"""Rules and feedback by the command line: what is wrong is said in one line, before Kafka."""

from pathlib import Path

import orjson
import pytest

from candidates_made import candidate
from command_line import CommandLine
from connectors.kafka_clients import Record
from detectors.errors import ConfigError
from documents_made import decided, judged
from stream.control import SuppressionAdded, SuppressionRemoved, suppression_id
from stream.control_view import judged_document, rules_in_force, the_rule
from stream.control_writing import expiry_of
from stream.decisions import AlertSettings
from stream.documents import Encoder
from stream.lane_log import LogRecord, encode
from stream.log_fold import LogFold
from stream.published import Outgoing, encode_decision, read_decision
from stream.suppression import MAX_LOGGED, Suppression
from stream.topics import TopicNames

NOW = 1_780_000_000.0
NAMES = TopicNames()


@pytest.fixture
def almenara(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["suppress", "add", "--entity", "10.0.0.1"], "no reason or author"),
        (["suppress", "add", "--reason", "known"], "suppression: empty"),
        (["suppress", "add", "--reason", "known", "--network", "10.0.0.0/99"], "network"),
        (["suppress", "add", "--reason", "known", "--entity", "scanner-1"], "expected an address"),
        (["suppress", "add", "--reason", "known", "--class", "flod"], "class_name 'flod'"),
        (["suppress", "add", "--reason", "known", "--feature", "flod"], "feature 'flod'"),
        (
            ["suppress", "add", "--reason", "k", "--entity", "10.0.0.1", "--expires", "2020-01-01"],
            "2020-01-01 is over",
        ),
        (
            ["suppress", "add", "--reason", "k", "--entity", "10.0.0.1", "--expires", "soon"],
            "expected a span like 7d",
        ),
        (["suppress", "add", "--reason", "k" * 161, "--entity", "10.0.0.1"], "161 bytes"),
        (["suppress", "remove", "abc"], "say why with --reason"),
        (["feedback", "abc", "false", "--note", "k" * 161], "161 bytes"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_code_2(
    almenara: CommandLine, words: list[str], said: str
) -> None:
    done = almenara(*words)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_word_that_is_none_of_the_three_is_refused(almenara: CommandLine) -> None:
    assert almenara("feedback", "abc", "maybe").code == 2


def test_without_settings_rules_are_not_written(almenara: CommandLine, tmp_path: Path) -> None:
    done = almenara("suppress", "list", tmp_path / "none.toml")
    assert done.code == 2


def test_expiry_is_a_span_or_a_time() -> None:
    assert expiry_of("", NOW) == float("inf")
    assert expiry_of("7d", NOW) == NOW + 7 * 86_400
    assert expiry_of("90m", NOW) == NOW + 5_400
    assert expiry_of("2026-12-31", NOW) == 1_798_675_200.0
    assert expiry_of("2026-12-31T01:00:00+01:00", NOW) == 1_798_675_200.0


def rule(k: int = 1) -> Suppression:
    return Suppression("known", "ana", network=f"10.{k}.0.0/16")


def records(*log: LogRecord) -> list[Record]:
    """What the publish role would write into the topic of rules."""
    fold, out = LogFold(AlertSettings()), []
    for offset, one in enumerate(log):
        for decision in fold.take(offset, encode(one, 0)):
            _, sent = read_decision(encode_decision(decision, Encoder("live")))
            out += [made for made in sent if made.kind == "control"]
    return [record(made, k) for k, made in enumerate(out)]


def record(made: Outgoing, offset: int = 0) -> Record:
    return Record(NAMES.of(made.kind), 0, offset, NOW, made.key, made.value, ())


def test_rules_in_force_are_those_that_were_not_taken_back() -> None:
    first, second = rule(1), rule(2)
    log = (
        SuppressionAdded(first, NOW),
        SuppressionAdded(second, NOW + 1),
        SuppressionAdded(second, NOW + 2),
        SuppressionRemoved(suppression_id(first), "ana", "over", NOW + 3),
        SuppressionRemoved("f" * 32, "ana", "never was", NOW + 4),
    )
    (kept,) = rules_in_force(records(*log))
    assert kept == (suppression_id(second), second, NOW + 1)


def test_rule_that_made_room_for_another_is_gone_from_the_list() -> None:
    log = [SuppressionAdded(rule(k), NOW) for k in range(MAX_LOGGED + 1)]
    kept = rules_in_force(records(*log))
    assert len(kept) == MAX_LOGGED
    assert rule(0) not in [one.rule for one in kept]


def test_rule_is_named_by_the_beginning_of_its_id() -> None:
    kept = rules_in_force(records(*(SuppressionAdded(rule(k), NOW) for k in range(20))))
    assert the_rule(kept, kept[3].id[:12]) == kept[3]
    for wanted in ("", "zz"):
        with pytest.raises(ConfigError, match="expected one"):
            the_rule(kept, wanted)


def test_alert_is_found_by_its_id_with_what_it_shares_with_others() -> None:
    one = judged(decided([candidate(values={"failed_4h": 45.0})]))[0]
    _, sent = read_decision(encode_decision(one, Encoder("live")))
    kept = [record(made) for made in sent]

    def read(topic: str) -> list[Record]:
        return [made for made in kept if made.topic == topic]

    (alert,) = read(NAMES.alerts)
    ident = orjson.loads(alert.value or b"")["event"]["id"]
    found = judged_document(read, NAMES, ident[:10])
    assert (found.alert, found.candidate) == (ident, one.candidate.id)
    assert found.traits == ("203.0.113.9", "external source", "unusual", "failed_4h", 443)
    assert judged_document(read, NAMES, one.candidate.id).alert == ""
    with pytest.raises(ConfigError, match="unknown in almenara"):
        judged_document(read, NAMES, "zz")
