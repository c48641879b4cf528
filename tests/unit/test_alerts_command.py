"""``almenara alerts``, run as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from candidates_made import candidate, pulse
from connectors.errors import SourceError
from detectors.errors import ConfigError
from documents_made import decided, digests, judged
from stream.alert_pages import explanation, page
from stream.commands.alerts import app
from stream.decisions import AlertSettings
from stream.documents import Encoder
from stream.plane import AlertPlane
from stream.store import Store
from stream.suppression import Suppression

SCAN = candidate(
    5,
    e=0.025,
    window={"ports": 64, "failed": 60, "events": 64, "main_port": -1},
    values={"ports_window": 64.0, "failed_4h": 60.0},
    typical={"ports_window": 1.0, "failed_4h": 0.4},
)
FAINT = candidate(9, "203.0.113.200", e=7.0, warming_up="own history 3 h, expected 24 h")
ENCODER = Encoder("replay", lambda _topic, _partition, offset: ("conn.log", offset * 100))
DECISIONS = decided([SCAN, FAINT])
DOCUMENT = ENCODER.alert(judged(DECISIONS)[0])
ID = DOCUMENT["event"]["id"]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command on a store that holds one alert."""
    path = tmp_path / "kept.sqlite"
    with Store(path) as store:
        store.put_alert(DOCUMENT)
        for one in judged(DECISIONS):
            store.put_candidate(ENCODER.candidate(one))
        for digest in digests(DECISIONS):
            store.put_digest(ENCODER.digest(digest))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--store", str(path)])

    return call


def test_list_shows_what_by_chance_and_what_next(run: Run) -> None:
    out = run("list").stdout
    assert "203.0.113.9 tried 64 ports on 10.0.0.5 in 60 s; sources like it usually use 1" in out
    assert "once in 40 days" in out
    assert "alerts: 1 of 1; also in the store: candidates 2, digests 1" in out
    assert "next: almenara alerts explain ID" in out


def test_list_as_json_is_json(run: Run) -> None:
    (line,) = json.loads(run("list", "--json").stdout)
    assert (line["id"], line["entity"], line["class"]) == (ID, "203.0.113.9", "port_scan")


def test_list_of_an_entity_without_alerts_says_so(run: Run) -> None:
    assert run("list", "--entity", "10.9.9.9").stdout.startswith("no alerts of 10.9.9.9")


def test_show_as_json_is_the_document(run: Run) -> None:
    assert json.loads(run("show", ID[:8], "--json").stdout) == DOCUMENT


def test_explain_as_json_holds_the_reasons(run: Run) -> None:
    reasons = json.loads(run("explain", ID, "--json").stdout)
    assert reasons["explain"] == DOCUMENT["almenara"]["explain"]


def test_digests_are_listed(run: Run) -> None:
    assert (
        "2022-06-14 so far  2           1       0            203.0.113.9" in run("digests").stdout
    )


def test_explain_ends_with_what_to_type_next(run: Run) -> None:
    assert f"next: almenara alerts show {ID[:12]} --json --store" in run("explain", ID).stdout


def test_show_of_a_digest_is_its_page(run: Run) -> None:
    (digest,) = digests(DECISIONS)
    number = ENCODER.digest(digest)["event"]["id"]
    assert "next: almenara alerts explain ID" in run("show", number).stdout
    assert "over floor" in run("explain", number).stdout


def test_unknown_id_and_missing_store_are_known_errors(run: Run, tmp_path: Path) -> None:
    """The program ends such errors with one line and the code that names them."""
    assert isinstance(run("show", "ffffffff").exception, ConfigError)
    missing = CliRunner().invoke(app, ["list", "--store", str(tmp_path / "none.sqlite")])
    assert isinstance(missing.exception, SourceError)


def test_page_says_who_suppressed_and_what_came_late() -> None:
    rule = Suppression("our scanner", "ana", entity="203.0.113.9")
    plane = AlertPlane(AlertSettings(suppressions=(rule,)))
    for record in (candidate(50, "203.0.113.7"), pulse(60)):
        plane.take(record)
    (late,) = judged(plane.take(candidate(5, topic="unannounced")))
    text = "\n".join(page(ENCODER.candidate(late)))
    assert "suppressed; came late; suppressed by ana: our scanner" in text


def test_limit_of_none_is_a_usage_error(run: Run) -> None:
    assert run("list", "--limit", "0").exit_code == 2


def test_page_says_who_when_how_strange_and_what_technique() -> None:
    text = "\n".join(page(DOCUMENT))
    assert text.startswith("Port scan: 203.0.113.9 tried 64 ports")
    assert "entity      203.0.113.9 (external source)" in text
    assert "T1595 Active Scanning" in text
    assert f"next: almenara alerts explain {ID[:12]}" in text


def test_explanation_says_features_votes_and_places() -> None:
    text = "\n".join(explanation(DOCUMENT))
    assert "50%  ports_window" in text
    assert "usually 1 for its peers" in text
    assert "tails  score 21.5  0.025 a day  votes" in text
    assert "conn.log" in text
    assert "byte 5000" in text


def test_page_of_a_digest_ranks_and_marks_what_is_warming_up() -> None:
    (digest,) = digests(DECISIONS)
    lines = page(ENCODER.digest(digest))
    assert "203.0.113.9 tried" in lines[2]
    assert "over floor" in lines[3]


def test_page_of_a_candidate_says_why_it_is_no_alert() -> None:
    text = "\n".join(page(ENCODER.candidate(judged(DECISIONS)[1])))
    assert "over floor; warming up: own history 3 h, expected 24 h" in text
