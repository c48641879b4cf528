"""The local store: one SQLite file with alerts, candidates, digests, rejects and run summaries.

What runs without services writes here. Writing the same thing again changes nothing, for every row
has an id of its content; so a run that was killed is simply run again.
"""

import shlex
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import orjson

from connectors.errors import SinkError

from .alerts import Document
from .ids import content_id

DEFAULT_PATH = Path("almenara.sqlite")
SCHEMA_VERSION = 1
APPLICATION_ID = 0x416C6D65  # "Alme": marks the file as ours
PENDING = 1_000  # rows that are kept back for one transaction at most

TABLES = """
CREATE TABLE alerts (
    id TEXT PRIMARY KEY, decided_at TEXT, entity TEXT, class TEXT, severity INTEGER,
    expected REAL, expected_text TEXT, sentence TEXT, document BLOB) WITHOUT ROWID;
CREATE TABLE candidates (
    id TEXT PRIMARY KEY, decided_at TEXT, entity TEXT, class TEXT, outcome TEXT,
    expected REAL, expected_text TEXT, sentence TEXT, document BLOB) WITHOUT ROWID;
CREATE TABLE digests (
    id TEXT PRIMARY KEY, day TEXT, partial INTEGER, document BLOB) WITHOUT ROWID;
CREATE TABLE rejects (
    id TEXT PRIMARY KEY, file TEXT, line INTEGER, byte INTEGER, reason TEXT) WITHOUT ROWID;
CREATE TABLE runs (id TEXT PRIMARY KEY, summary BLOB) WITHOUT ROWID;
CREATE INDEX alerts_by_time ON alerts (decided_at);
CREATE INDEX candidates_by_entity ON candidates (entity, decided_at);
"""


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be parsed: where it stands, and why. Never what it says."""

    file: str
    line: int
    byte: int
    reason: str


class Store:
    """Writes the local store. Rows are kept back and written in one transaction a flush.

    A newer document of the same id takes the older one's place: a run with another budget judges
    the same candidates anew, and a whole day's digest follows the partial one.

    Parameters
    ----------
    path : Path
        Made where it is missing; its folder must exist.

    Raises
    ------
    SinkError
        The file cannot be opened or written, or is not a store of this version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[tuple[str, tuple[object, ...]]] = []
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            self._prepare()
        except sqlite3.Error as error:
            raise self._unwritable(error) from error

    def _prepare(self) -> None:
        found = _marks(self._database)
        tables = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found == (0, 0) and tables == 0:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(
                f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif found != (APPLICATION_ID, SCHEMA_VERSION):
            self._database.close()
            raise SinkError(
                f"store {str(self.path)!r}: found {_kind(found)}, expected a store of version "
                f"{SCHEMA_VERSION}; choose another file"
            )
        self._database.execute("PRAGMA synchronous = NORMAL")

    def put_alert(self, document: Document) -> None:
        """Keep an alert's document."""
        event, ours = document["event"], document["almenara"]
        self._put(
            "alerts",
            event["id"],
            document["@timestamp"],
            ours["entity"]["key"],
            event["action"],
            event["severity"],
            ours["expected_per_day"],
            ours["expected_text"],
            ours["sentence"],
            orjson.dumps(document),
        )

    def put_candidate(self, document: Document) -> None:
        """Keep a candidate's document."""
        event, ours = document["event"], document["almenara"]
        self._put(
            "candidates",
            event["id"],
            document["@timestamp"],
            ours["entity"]["key"],
            event["action"],
            ours["outcome"],
            ours["expected_per_day"],
            ours["expected_text"],
            ours["sentence"],
            orjson.dumps(document),
        )

    def put_digest(self, document: Document) -> None:
        """Keep a day's digest."""
        digest = document["almenara"]["digest"]
        self._put(
            "digests",
            document["event"]["id"],
            digest["day"],
            int(digest["partial"]),
            orjson.dumps(document),
        )

    def put_reject(self, reject: Reject) -> None:
        """Keep where a line that could not be parsed stands."""
        place = (reject.file, reject.line, reject.byte)
        self._put("rejects", content_id("reject", *place), *place, reject.reason)

    def put_run(self, run: str, summary: Document) -> None:
        """Keep the summary of a run under its id."""
        self._put("runs", run, orjson.dumps(summary))

    def _put(self, table: str, *row: object) -> None:
        marks = ", ".join("?" * len(row))
        self._pending.append((f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row))  # noqa: S608 (our names)
        if len(self._pending) >= PENDING:
            self.flush()

    def flush(self) -> None:
        """Write what was kept back, all of it or nothing."""
        if not self._pending:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, row in self._pending:
                self._database.execute(statement, row)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise self._unwritable(error) from error
        self._pending.clear()

    def close(self) -> None:
        """Write what was kept back and close the file."""
        try:
            self.flush()
        finally:
            self._database.close()

    def __enter__(self) -> "Store":
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it, whatever happened; what was decided so far stays."""
        self.close()

    def _unwritable(self, error: sqlite3.Error) -> SinkError:
        return SinkError(
            f"store {str(self.path)!r}: {error}, expected a file that can be written; "
            "choose another path or make room"
        )


def _marks(database: sqlite3.Connection) -> tuple[int, int]:
    """Return application id and version."""
    application = database.execute("PRAGMA application_id").fetchone()[0]
    return application, database.execute("PRAGMA user_version").fetchone()[0]


def _kind(marks: Sequence[int]) -> str:
    application, version = marks
    return f"version {version}" if application == APPLICATION_ID else "a database of something else"


def named(store: Path) -> str:
    """Return the option that names a store, "" for the usual one."""
    return "" if store == DEFAULT_PATH else f" --store {shlex.quote(str(store))}"
