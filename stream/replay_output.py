"""Where a replay's decisions and rejects go: the local store, and files of JSON lines."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from .alerts import Document
from .decisions import Audited, DayDigest, Decision, Drifted, Judged
from .documents import Encoder, Locate
from .ids import content_id
from .output_files import STDOUT, opened, put, rejected_line
from .run_summary import Summary
from .store import Reject, Store


class ReplayOutput:
    """Writes what a replay decides.

    Parameters
    ----------
    store, out, rejects : Path
        Local store; JSON lines of alerts, digests and drift signals, ``-`` for standard output;
        JSON lines of rejected lines, beside the store where None, made when the first comes.

    Raises
    ------
    SinkError
        If one of them cannot be written.
    """

    def __init__(self, store: Path, out: Path | None, rejects: Path | None) -> None:
        self.store_path = store
        self.rejects_path = rejects or store.with_suffix(".rejects.ndjson")
        self.writes_stdout = out == STDOUT
        self.alerts: list[Document] = []
        self.drift: list[Document] = []
        self.locate: Locate = lambda _topic, _partition, _offset: None
        self._store = Store(store)
        self._out = opened(out) if out is not None else None
        self._rejects = opened(rejects) if rejects is not None else None

    def decide(self, decision: Decision) -> None:
        """Keep a decision; alerts, digests and drift signals go to the file of documents too."""
        encoder = Encoder("replay", self.locate)
        if isinstance(decision, DayDigest):
            document = encoder.digest(decision)
            self._store.put_digest(document)
            self._write(document)
            return
        if isinstance(decision, Drifted):
            self.drift.append(encoder.drift(decision))
            self._write(self.drift[-1])
            return
        if isinstance(decision, Audited):
            return  # the store holds no audit
        self._store.put_candidate(encoder.candidate(decision))
        if decision.outcome == "alert":
            self._alert(encoder, decision)

    def reject(self, reject: Reject, line: bytes) -> None:
        """Keep a line that could not be parsed, with its place and reason."""
        if self._rejects is None:
            self._rejects = opened(self.rejects_path)
        self._store.put_reject(reject)
        put(self._rejects, self.rejects_path, rejected_line(reject, line))

    def finish(self, found: Summary, path: Path | None, *origin: str) -> None:
        """Write the summary of the run that these names tell from others."""
        self._store.put_run(content_id("run", *origin), found)
        self._store.flush()
        if path is not None:
            write_json(path, found)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all files; what was decided before an error is kept."""
        self._store.close()
        for file in (self._out, self._rejects):
            if file is not None and file is not sys.stdout.buffer:
                file.close()

    def _alert(self, encoder: Encoder, judged: Judged) -> None:
        document = encoder.alert(judged)
        self.alerts.append(document)
        self._store.put_alert(document)
        self._write(document)

    def _write(self, document: Document) -> None:
        if self._out is not None:
            put(self._out, STDOUT, orjson.dumps(document) + b"\n")


def write_json(path: Path, summary: Summary) -> None:
    """Write a summary to a file of its own; SinkError where that cannot be."""
    with opened(path) as file:
        put(file, path, orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
