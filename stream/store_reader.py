"""Reading the local store. Functions return data; how it looks is the command's business."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import orjson

from connectors.errors import SourceError
from detectors.errors import ConfigError

from .alerts import Document
from .store import APPLICATION_ID, SCHEMA_VERSION

SHORTEST = 4  # characters of an id that are taken for its beginning


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a list."""

    id: str
    decided_at: str
    entity: str
    class_name: str
    severity: int
    expected: float
    expected_text: str
    sentence: str


class StoreReader:
    """Reads a store that exists.

    Raises
    ------
    SourceError
        The file is missing, unreadable, or not a store of this version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise SourceError(
                f"store {str(path)!r}: no such file, expected a store; run almenara replay first, "
                "or name one with --store"
            )
        try:
            self._database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
            marks = tuple(
                self._database.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            )
        except sqlite3.Error as error:
            raise SourceError(
                f"store {str(path)!r}: {error}, expected a store; name another with --store"
            ) from error
        if marks != (APPLICATION_ID, SCHEMA_VERSION):
            self._database.close()
            raise SourceError(
                f"store {str(path)!r}: found something else, expected a store of version "
                f"{SCHEMA_VERSION}; name another with --store"
            )

    def alerts(self, limit: int, entity: str = "") -> list[AlertLine]:
        """Return the newest alerts, newest first."""
        rows = self._database.execute(
            "SELECT id, decided_at, entity, class, severity, expected, expected_text, sentence "
            "FROM alerts WHERE ?1 = '' OR entity = ?1 ORDER BY decided_at DESC, id LIMIT ?2",
            (entity, limit),
        )
        return [AlertLine(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many rows each table holds."""
        tables = ("alerts", "candidates", "digests", "rejects", "runs")
        return {
            table: self._database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 (our names)
            for table in tables
        }

    def digests(self) -> list[Document]:
        """Return the documents of all digests, first day first."""
        rows = self._database.execute("SELECT document FROM digests ORDER BY day")
        return [orjson.loads(row[0]) for row in rows]

    def find(self, wanted: str) -> Document:
        """Return the alert, candidate or digest whose id begins with ``wanted``.

        An alert is looked for first, so that the id of its candidate finds the candidate.

        Raises
        ------
        ConfigError
            There is none, or more than one.
        """
        if len(wanted) >= SHORTEST:
            for table in ("alerts", "candidates", "digests"):
                rows = self._database.execute(
                    f"SELECT id, document FROM {table} "  # noqa: S608 (our names)
                    "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 3",
                    (wanted.lower(),),
                ).fetchall()
                if len(rows) > 1:
                    raise ConfigError(
                        f"id {wanted!r}: found more than 1, expected 1; give more of it: "
                        f"{', '.join(row[0] for row in rows)}"
                    )
                if rows:
                    document: Document = orjson.loads(rows[0][1])
                    return document
        raise ConfigError(
            f"id {wanted!r}: found none in {str(self.path)!r}, expected {SHORTEST} or more "
            "characters of an id; almenara alerts list shows them"
        )

    def of_entity(self, entity: str, limit: int) -> list[Document]:
        """Return the documents of an entity's strongest candidates, strongest first."""
        rows = self._database.execute(
            "SELECT document FROM candidates WHERE entity = ? ORDER BY expected, id LIMIT ?",
            (entity, limit),
        )
        return [orjson.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> "StoreReader":
        """Return the reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()
