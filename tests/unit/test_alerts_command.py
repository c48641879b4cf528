"""``almenara alerts``, run as a user runs it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from candidates_made import candidate
from documents_made import decided, digests, judged
from stream.alert_pages import explanation, page
from stream.documents import Encoder
from stream.store import Store

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

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder whose default store holds one alert."""
    with Store(tmp_path / "almenara.sqlite") as store:
        store.put_alert(DOCUMENT)
        for one in judged(DECISIONS):
            store.put_candidate(ENCODER.candidate(one))
        for digest in digests(DECISIONS):
            store.put_digest(ENCODER.digest(digest))

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from stream.commands.alerts import app; app()"]
        return subprocess.run(
            [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

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
    assert "2022-06-14 so far: candidates 2, alerts 1" in run("digests").stdout


def test_limit_of_none_is_a_usage_error(run: Run) -> None:
    assert run("list", "--limit", "0").returncode == 2


def test_page_says_who_when_how_strange_and_what_technique() -> None:
    text = "\n".join(page(DOCUMENT))
    assert text.startswith("Port scan: 203.0.113.9 tried 64 ports")
    assert "entity      203.0.113.9 (external source)" in text
    assert "T1595 Active Scanning" in text
    assert f"next: almenara alerts explain {ID}" in text


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
