import sqlite3
from pathlib import Path

import orjson
import pytest

from candidates_made import DAY, candidate
from connectors.errors import SinkError, SourceError
from detectors.errors import ConfigError
from documents_made import decided, digests, judged
from stream.decisions import AlertSettings
from stream.documents import Encoder
from stream.store import Reject, Store
from stream.store_reader import StoreReader

ENCODER = Encoder("replay")
DECISIONS = decided(
    [candidate(i * 4_000.0, f"203.0.113.{i}", e=0.1 + i / 10) for i in range(4)]
    + [candidate(DAY, "203.0.113.9", e=5.0)]
)
DONE = judged(DECISIONS)


def write(path: Path) -> None:
    with Store(path) as store:
        for one in DONE:
            store.put_candidate(ENCODER.candidate(one))
            if one.outcome == "alert":
                store.put_alert(ENCODER.alert(one))
        for digest in digests(DECISIONS):
            store.put_digest(ENCODER.digest(digest))
        store.put_reject(Reject("conn.log", 7, 310, "json: unbalanced brackets"))
        store.put_run("run", {"lines": 9})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "kept.sqlite")
    return tmp_path / "kept.sqlite"


def test_what_was_put_is_found(path: Path) -> None:
    with StoreReader(path) as reader:
        for one in DONE[:4]:
            alert, kept = ENCODER.alert(one), ENCODER.candidate(one)
            assert reader.find(alert["event"]["id"]) == alert
            assert reader.find(one.candidate.id) == kept
        assert [d["almenara"]["digest"]["day"] for d in reader.digests()] == [
            "2022-06-14",
            "2022-06-15",
        ]
        assert reader.of_entity("203.0.113.2", 5) == [ENCODER.candidate(DONE[2])]


def test_alerts_come_newest_first(path: Path) -> None:
    with StoreReader(path) as reader:
        entities = [line.entity for line in reader.alerts(3)]
        assert entities == ["203.0.113.3", "203.0.113.2", "203.0.113.1"]
        assert [line.entity for line in reader.alerts(9, "203.0.113.0")] == ["203.0.113.0"]


def test_writing_again_changes_nothing(path: Path) -> None:
    with StoreReader(path) as reader:
        before = reader.counts()
    write(path)
    with StoreReader(path) as reader:
        assert reader.counts() == before
    assert before == {"alerts": 4, "candidates": 5, "digests": 2, "rejects": 1, "runs": 1}


def test_digest_of_the_whole_day_takes_the_place_of_the_partial_one(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    (partial,) = digests(decided([candidate()]))
    whole = digests(decided([candidate(), candidate(DAY)]))[0]
    with Store(path) as store:
        store.put_digest(ENCODER.digest(partial))
        store.put_digest(ENCODER.digest(whole))
    with StoreReader(path) as reader:
        assert [d["almenara"]["digest"]["partial"] for d in reader.digests()] == [False]


def test_unflushed_rows_are_not_there_and_flushed_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = Store(path)
    store.put_alert(ENCODER.alert(DONE[0]))
    with StoreReader(path) as reader:
        assert reader.counts()["alerts"] == 0
        store.flush()
        assert reader.counts()["alerts"] == 1
    store.close()


def test_flush_writes_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = Store(path)
    store.flush()
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE alerts")
    store.put_candidate(ENCODER.candidate(DONE[0]))
    store.put_alert(ENCODER.alert(DONE[0]))
    with pytest.raises(SinkError, match="no such table"):
        store.flush()
    rows = other.execute("SELECT count(*) FROM candidates").fetchone()
    other.close()
    assert rows == (0,)
    with pytest.raises(SinkError):
        store.close()


def test_beginning_of_an_id_is_enough_where_it_is_the_only_one(path: Path) -> None:
    whole = ENCODER.alert(DONE[0])["event"]["id"]
    with StoreReader(path) as reader:
        assert reader.find(whole[:10].upper())["event"]["id"] == whole


@pytest.mark.parametrize("wanted", ["", "abc", "ffffffffffff", "%%%%%"])
def test_unknown_id_says_what_to_do(path: Path, wanted: str) -> None:
    with StoreReader(path) as reader, pytest.raises(ConfigError, match="almenara alerts list"):
        reader.find(wanted)


def test_beginning_of_several_ids_asks_for_more(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    document = ENCODER.alert(DONE[0])
    with Store(path) as store:
        for end in ("1", "2"):
            document["event"]["id"] = "abcdef" + end
            store.put_alert(document)
    with StoreReader(path) as reader, pytest.raises(ConfigError, match="more than 1"):
        reader.find("abcdef")


def test_folder_that_is_missing_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="choose another path") as caught:
        Store(tmp_path / "nowhere" / "s.sqlite")
    assert "\n" not in str(caught.value)


def test_file_of_something_else_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but something dear to somebody\n" * 100)
    with pytest.raises(SinkError, match="not a database"):
        Store(path)
    with pytest.raises(SourceError, match="not a database"):
        StoreReader(path)
    assert path.read_text().startswith("not a database")


def test_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    with pytest.raises(SinkError, match="something else"):
        Store(path)
    with pytest.raises(SourceError, match="something else"):
        StoreReader(path)


def test_store_of_a_later_version_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(SinkError, match="version 9, expected a store of version 1"):
        Store(path)


def test_missing_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="almenara replay"):
        StoreReader(tmp_path / "none.sqlite")


def test_documents_are_kept_as_they_were(path: Path) -> None:
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT id, document FROM alerts").fetchall()
    database.close()
    assert all(orjson.loads(document)["event"]["id"] == number for number, document in rows)


def test_budget_of_another_run_judges_the_same_candidate_anew(path: Path) -> None:
    again = judged(decided([candidate(0.0, "203.0.113.0", e=0.1)], AlertSettings(budget=0)))[0]
    with Store(path) as store:
        store.put_candidate(ENCODER.candidate(again))
    with StoreReader(path) as reader:
        kept = reader.find(again.candidate.id)
        assert reader.counts()["candidates"] == 5
    assert kept["almenara"]["outcome"] == "budget_missed"
