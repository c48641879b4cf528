"""Log lines as JSON objects with ECS names: what ``almenara formats decode`` writes."""

import numpy as np

from connectors.line_blocks import LineBlock

from .alerts import Document
from .candidates import RepresentativeEvent
from .event_fields import count, flow_fields
from .formats.every_line import EveryLine, RefusedLine
from .formats.named_columns import Columns
from .formats.parse_settings import ParseSettings
from .nesting import instant
from .replay_input import TOO_LONG
from .store import Reject

NANOSECONDS = 1_000_000_000
OUTCOME_OF = {"allowed": "success", "denied": "failure", "dropped": "failure", "reset": "failure"}
TYPE_OF = {"allowed": "allowed", "denied": "denied", "dropped": "denied", "reset": "denied"}
PHASE_TYPE = {"start": "start", "end": "end"}


class LineDecoder:
    """Decodes the lines of one log, also those that the engine recognises and has no use for.

    Parameters
    ----------
    settings : ParseSettings
    file : str
        Name of the log.
    reference_time : float
        Seconds since the epoch; gives times without a year theirs.
    """

    def __init__(self, settings: ParseSettings, file: str, reference_time: float) -> None:
        self._every = EveryLine(settings)
        self._file = file
        self._reference = reference_time
        self.lines = 0
        self.events = 0
        self.rejected = 0

    def take(self, block: LineBlock) -> tuple[list[Document], list[tuple[Reject, bytes]]]:
        """Return an object for each event of a block, and the lines that cannot be read."""
        self.lines += len(block)
        if block.too_long:
            self.rejected += 1
            return [], [(Reject(self._file, block.first + 1, block.start, TOO_LONG), b"")]
        times = np.full(len(block), self._reference)
        read, refused = self._every.read(block.payload, block.bounds, times)
        self.events += len(read)
        self.rejected += len(refused)
        offsets = block.offsets
        documents = [
            document_of(one.columns, one.dialect, int(offsets[one.record])) for one in read
        ]
        return documents, [(self._place(block, one), _line(block, one.record)) for one in refused]

    def _place(self, block: LineBlock, one: RefusedLine) -> Reject:
        at = one.record
        return Reject(self._file, block.first + at + 1, int(block.offsets[at]), one.reason)


def _line(block: LineBlock, record: int) -> bytes:
    return block.payload[block.bounds[record] : block.bounds[record + 1]].tobytes()


def document_of(columns: Columns, dialect: str, offset: int) -> Document:
    """Return an event with ECS names as dotted keys; what is unset is left out.

    ``offset`` is that of its line in the file, in bytes.
    """
    event = _event_of(columns)
    action, phase = event.action, str(columns.get("phase", ""))
    inside = [columns.get(f"{side}_local", -1) for side in ("src", "dst")]
    fields = {
        "@timestamp": instant(event.ts),
        "event.start": instant(event.ts),
        "event.end": instant(event.ts + event.duration) if event.duration >= 0 else None,
        "event.duration": count(event.duration * NANOSECONDS),
        "event.kind": "event",
        "event.category": ["network"],
        "event.type": ["connection", *_of(TYPE_OF, action), *_of(PHASE_TYPE, phase)],
        "event.action": action,
        "event.outcome": OUTCOME_OF.get(action),
        **flow_fields(event),
        "rule.name": event.rule,
        "log.syslog.severity.code": columns.get("severity"),
        "log.offset": offset,
        "almenara.dialect": dialect,
        "almenara.phase": phase,
        "almenara.outcome": event.outcome,
        "almenara.source_inside": None if inside[0] == -1 else inside[0] == 1,
        "almenara.destination_inside": None if inside[1] == -1 else inside[1] == 1,
    }
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _of(words: dict[str, str], word: str) -> list[str]:
    return [words[word]] if word in words else []


def _event_of(columns: Columns) -> RepresentativeEvent:
    def number(name: str) -> float:
        return float(columns.get(name, -1.0))

    def whole(name: str) -> int:
        return int(columns.get(name, -1))

    def text(name: str) -> str:
        return str(columns.get(name, ""))

    return RepresentativeEvent(
        ts=number("ts"),
        duration=number("duration"),
        source_ip=text("src_ip"),
        source_port=whole("src_port"),
        destination_ip=text("dst_ip"),
        destination_port=whole("dst_port"),
        transport=whole("transport"),
        action=text("action"),
        outcome=text("outcome"),
        bytes_out=number("bytes_out"),
        bytes_in=number("bytes_in"),
        packets_out=number("packets_out"),
        packets_in=number("packets_in"),
        source_local=columns.get("src_local") == 1,
        destination_local=columns.get("dst_local") == 1,
        app=text("app"),
        rule=text("rule"),
        user=text("user"),
        observer=text("observer"),
    )
