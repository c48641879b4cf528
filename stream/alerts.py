"""What leaves: the one list of our own fields, with their Elasticsearch types.

Everything else in a document is ECS 9.4 (https://www.elastic.co/docs/reference/ecs). The encoder,
the tests and the index templates are made from this list or checked against it.
"""

from dataclasses import dataclass
from typing import Any, Literal

Document = dict[str, Any]
"""A document as JSON: dicts, lists, strings, finite numbers and booleans."""

ECS_VERSION = "9.4.0"
SCHEMA_VERSION = "1"
ALERTS, CANDIDATES = "almenara.alerts", "almenara.candidates"  # data_stream.dataset
DRIFT, AUDIT = "almenara.drift", "almenara.audit"

EsType = Literal["keyword", "long", "double", "boolean", "date", "nested"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of ours. Fields below a ``nested`` one belong to the objects of its list."""

    name: str
    type: EsType
    meaning: str


FIELDS: tuple[Field, ...] = (
    Field("almenara.schema_version", "keyword", "version of this list"),
    Field("almenara.mode", "keyword", "live or replay"),
    Field("almenara.outcome", "keyword", "alert, or why it did not become one"),
    Field("almenara.sentence", "keyword", "what the entity did, and what is usual"),
    Field("almenara.candidate.id", "keyword", "the candidate behind the alert"),
    Field("almenara.candidate.step", "long", "growth steps of its window before it"),
    Field("almenara.entity.type", "keyword", "source.ip or destination.ip"),
    Field("almenara.entity.key", "keyword", "the bare address"),
    Field("almenara.population", "keyword", "what the entity was compared with"),
    Field("almenara.expected_per_day", "double", "corrected E: such entities a day by chance"),
    Field("almenara.expected_text", "keyword", "E in words"),
    Field("almenara.resolution_per_day", "double", "the smallest corrected E the data can tell"),
    Field("almenara.populations", "long", "populations with a voting detector, part of E"),
    Field("almenara.lanes", "long", "lanes of the last 24 h, part of E"),
    Field("almenara.detectors", "nested", "what each detector says"),
    Field("almenara.detectors.id", "keyword", "plugin"),
    Field("almenara.detectors.score", "double", "higher is stranger"),
    Field("almenara.detectors.expected", "double", "E of this detector alone, not corrected"),
    Field("almenara.detectors.vote", "boolean", "whether it has a vote in E"),
    Field("almenara.explain", "nested", "strongest features first"),
    Field("almenara.explain.feature", "keyword", "name, see docs/features.md"),
    Field("almenara.explain.value", "double", "value of the row"),
    Field("almenara.explain.typical", "double", "what would have been usual"),
    Field("almenara.explain.typical_of", "keyword", "entity or peers: whose habit that is"),
    Field("almenara.explain.contribution", "double", "share of the score, 0 to 1"),
    Field("almenara.explain.unit", "keyword", "unit of value and typical"),
    Field("almenara.explain.text", "keyword", "the same in words"),
    Field("almenara.evidence", "nested", "events of the window: first, up to eight, last"),
    Field("almenara.evidence.offset", "long", "offset of the record in its lane"),
    Field("almenara.evidence.index", "long", "event within the record"),
    Field("almenara.evidence.ts", "date", "when it began"),
    Field("almenara.source.stream", "keyword", "name of the stream"),
    Field("almenara.source.topic", "keyword", "lane"),
    Field("almenara.source.partition", "long", "lane"),
    Field("almenara.source.offset_first", "long", "first record of the evidence"),
    Field("almenara.source.offset_last", "long", "last record of the evidence"),
    Field("almenara.source.file_first", "keyword", "file of the first record"),
    Field("almenara.source.byte_first", "long", "where it starts in that file"),
    Field("almenara.source.file_last", "keyword", "file of the last record"),
    Field("almenara.source.byte_last", "long", "where it starts in that file"),
    Field("almenara.window.start", "date", "start of the window, stream time"),
    Field("almenara.window.end", "date", "end of the window, stream time"),
    Field("almenara.window.size_s", "long", "length of a window"),
    Field("almenara.window.events", "long", "events up to the row"),
    Field("almenara.window.failed", "long", "of them denied, rejected or unanswered"),
    Field("almenara.window.peers", "long", "distinct addresses on the other side"),
    Field("almenara.window.internal_peers", "long", "of them inside"),
    Field("almenara.window.novel_peers", "long", "of them not seen with it before"),
    Field("almenara.window.ports", "long", "distinct destination ports"),
    Field("almenara.window.main_port", "long", "destination port of most events"),
    Field("almenara.window.bytes_out", "long", "bytes to the destinations"),
    Field("almenara.window.bytes_in", "long", "bytes back"),
    Field("almenara.event.action", "keyword", "what the firewall did with the last event"),
    Field("almenara.event.outcome", "keyword", "how the last connection went"),
    Field("almenara.event.rule", "keyword", "firewall rule of the last event"),
    Field("almenara.incident.id", "keyword", "alerts with the same id belong together"),
    Field("almenara.incident.entity", "keyword", "whom it was opened for"),
    Field("almenara.incident.count", "long", "candidates so far"),
    Field("almenara.incident.step", "long", "alerts before this one"),
    Field("almenara.incident.first_seen", "date", "decision on its first candidate"),
    Field("almenara.model.id", "keyword", "detectors' configurations and priors"),
    Field("almenara.settings.fingerprint", "keyword", "of the pipeline's settings"),
    Field("almenara.feature_set", "keyword", "name and fingerprint"),
    Field("almenara.warming_up", "keyword", "why this may not be an alert yet"),
    Field("almenara.late", "boolean", "came after its time was decided"),
    Field("almenara.budget_missed", "boolean", "under the floor, stopped by the budget"),
    Field("almenara.feedback.factor", "double", "by what feedback on others multiplies E"),
    Field("almenara.feedback.rank_per_day", "double", "corrected E as feedback ranks it"),
    Field("almenara.suppression.id", "keyword", "the rule that keeps it from alerting"),
    Field("almenara.suppression.reason", "keyword", "why it is kept from alerting"),
    Field("almenara.suppression.author", "keyword", "who decided that"),
    Field("almenara.attack.version", "keyword", "version of ATT&CK in threat.*"),
    Field("almenara.digest.day", "keyword", "the day, UTC"),
    Field("almenara.digest.partial", "boolean", "the day was not over"),
    Field("almenara.digest.counts.candidates", "long", "all that were judged"),
    Field("almenara.digest.counts.alert", "long", "that became alerts"),
    Field("almenara.digest.counts.repeat", "long", "that added nothing to an open incident"),
    Field("almenara.digest.counts.over_floor", "long", "that were not strange enough"),
    Field("almenara.digest.counts.ranked_down", "long", "that feedback took over the floor"),
    Field("almenara.digest.counts.budget_missed", "long", "that the budget stopped"),
    Field("almenara.digest.counts.suppressed", "long", "that a suppression stopped"),
    Field("almenara.digest.counts.warming_up", "long", "under the floor while warming up"),
    Field("almenara.digest.counts.over_limit", "long", "over a lane's limit a minute, not judged"),
    Field("almenara.digest.counts.entities_left_out", "long", "entities too weak to be kept"),
    Field("almenara.digest.incidents", "nested", "the day's ten strongest"),
    Field("almenara.digest.incidents.entity.type", "keyword", "source.ip or destination.ip"),
    Field("almenara.digest.incidents.entity.key", "keyword", "the bare address"),
    Field("almenara.digest.incidents.population", "keyword", "what it was compared with"),
    Field("almenara.digest.incidents.expected_per_day", "double", "corrected E of the strongest"),
    Field("almenara.digest.incidents.expected_text", "keyword", "E in words"),
    Field("almenara.digest.incidents.class", "keyword", "class of the strongest"),
    Field("almenara.digest.incidents.sentence", "keyword", "what the strongest showed"),
    Field("almenara.digest.incidents.candidate", "keyword", "id of the strongest"),
    Field("almenara.digest.incidents.alert", "keyword", "id of the day's last alert of it"),
    Field("almenara.digest.incidents.outcome", "keyword", "what became of the strongest"),
    Field("almenara.digest.incidents.warming_up", "keyword", "why it may not be an alert yet"),
    Field("almenara.digest.incidents.candidates", "long", "candidates of the day"),
    Field("almenara.digest.incidents.alerts", "long", "alerts of the day"),
    Field("almenara.digest.incidents.first", "date", "its first decision of the day"),
    Field("almenara.digest.incidents.last", "date", "its last decision of the day"),
)

DRIFT_FIELDS: tuple[Field, ...] = (
    Field("almenara.drift.action", "keyword", "what is done about it, none where nothing is"),
    Field("almenara.drift.kind", "keyword", "schema, volume, score, silence or resumed"),
    Field("almenara.drift.stage", "keyword", "began, ended, or adopted: it is usual from now on"),
    Field("almenara.drift.detector", "keyword", "what noticed it"),
    Field("almenara.drift.subject", "keyword", "field, status, detector or source that changed"),
    Field("almenara.drift.value", "double", "what is measured since then"),
    Field("almenara.drift.reference", "double", "what was usual"),
    Field("almenara.drift.distance", "double", "how far the two are apart, as the detector counts"),
    Field("almenara.drift.unit", "keyword", "unit of value and reference"),
    Field("almenara.drift.since", "date", "when what was compared began"),
    Field("almenara.drift.events", "long", "events it was seen over"),
)
"""What drift documents have beside the fields that all have."""

AUDIT_FIELDS: tuple[Field, ...] = (
    Field("almenara.audit.role", "keyword", "role of the engine that did it"),
    Field("almenara.audit.instance", "keyword", "which process"),
    Field("almenara.audit.subject", "keyword", "what was changed"),
    Field("almenara.audit.before", "keyword", "its value before"),
    Field("almenara.audit.after", "keyword", "its value after"),
    Field("almenara.audit.author", "keyword", "who asked for it"),
    Field("almenara.audit.reason", "keyword", "why"),
    Field("almenara.audit.alert", "keyword", "id of the alert it is about"),
    Field("almenara.audit.expires", "date", "until when it holds"),
    Field("almenara.audit.count", "long", "records or rules it is about"),
)
"""What audit documents have beside the fields that all have."""
