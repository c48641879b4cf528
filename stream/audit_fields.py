"""What people and roles did as fields, by dotted name."""

from .alerts import AUDIT, ECS_VERSION, SCHEMA_VERSION, Document
from .control import Feedback, Note, SuppressionAdded, SuppressionRemoved
from .decisions import Audited
from .event_fields import addresses
from .ids import audit_id
from .nesting import TAGS, instant, stream_fields

MESSAGES = {
    "suppression_added": "Suppression added",
    "suppression_removed": "Suppression removed",
    "feedback": "Feedback on an alert",
    "refused": "Control record refused",
    "role_started": "Role started",
    "lane_owned": "Lane has a new owner",
    "dialects_changed": "Lane is read with other dialects",
    "gap": "Records were not there to be read",
    "setup": "Setup changed something",
    "rebuild": "Lanes learn from kept records",
}
"""Each action that we know and its title: the ``message`` of its documents."""

_STATEMENTS = ("refused", "role_started", "lane_owned", "gap")  # they change nothing by themselves


def audit_fields(audited: Audited, mode: str, created: float | None) -> Document:
    """Return the fields of one entry of the audit; its id is that of its place in the log."""
    own = _fields_of(audited)
    action = own["event.action"]
    at = audited.record.at
    return {
        "@timestamp": instant(at),
        "message": MESSAGES.get(action, action.replace("_", " ")),
        "tags": [*TAGS, "audit"],
        "ecs.version": ECS_VERSION,
        **stream_fields(AUDIT, audited.namespace),
        "event.kind": "event",
        "event.category": ["configuration"],
        "event.type": ["info"] if action in _STATEMENTS else ["change"],
        "event.id": audit_id(audited.namespace, audited.offset, action, at),
        "event.module": "almenara",
        "event.dataset": AUDIT,
        "event.provider": "log",
        "event.created": None if created is None else instant(created),
        "almenara.schema_version": SCHEMA_VERSION,
        "almenara.mode": mode,
        **own,
    }


def _fields_of(audited: Audited) -> Document:
    record = audited.record
    if isinstance(record, SuppressionAdded):
        return _added(record, audited.evicted)
    if isinstance(record, SuppressionRemoved):
        return _removed(record, audited.before, refused=audited.refused)
    if isinstance(record, Feedback):
        return _feedback(record, audited.before)
    return _note(record)


def _added(record: SuppressionAdded, evicted: tuple[str, ...]) -> Document:
    rule = record.rule
    room = f"; made room: {', '.join(evicted)}" if evicted else ""
    return {
        "event.action": "suppression_added",
        "event.reason": f"{rule.author} suppresses {rule.text}: {rule.reason}{room}",
        "user.name": rule.author,
        "related.ip": addresses([rule.entity]),
        "almenara.entity.key": rule.entity,
        "almenara.audit.subject": record.id,
        "almenara.audit.after": rule.text,
        "almenara.audit.author": rule.author,
        "almenara.audit.reason": rule.reason,
        "almenara.audit.expires": instant(rule.expires),
        "almenara.audit.count": len(evicted),
    }


def _removed(record: SuppressionRemoved, before: str, *, refused: bool) -> Document:
    what = "there was no such rule" if refused else before
    return {
        "event.action": "refused" if refused else "suppression_removed",
        "event.reason": f"{record.author} takes back {record.id}: {what}",
        "user.name": record.author,
        "almenara.audit.subject": record.id,
        "almenara.audit.before": before,
        "almenara.audit.author": record.author,
        "almenara.audit.reason": record.reason,
    }


def _feedback(record: Feedback, before: str) -> Document:
    traits = record.traits
    return {
        "event.action": "feedback",
        "event.reason": f"{record.author} says {record.label}: {traits.class_name} of"
        f" {traits.entity}",
        "user.name": record.author,
        "related.ip": addresses([traits.entity]),
        "almenara.entity.key": traits.entity,
        "almenara.population": traits.population,
        "almenara.candidate.id": record.candidate,
        "almenara.audit.subject": traits.class_name,
        "almenara.audit.before": before,
        "almenara.audit.after": record.label,
        "almenara.audit.author": record.author,
        "almenara.audit.reason": record.note,
        "almenara.audit.alert": record.alert,
    }


def _note(record: Note) -> Document:
    known = {"partition": record.partition, "offset_first": record.first}
    known["offset_last"] = record.last
    return {
        "event.action": record.action,
        "event.reason": ": ".join(filter(None, (record.subject, record.after, record.reason))),
        "user.name": record.author,
        "almenara.source.topic": record.topic,
        **{f"almenara.source.{name}": value for name, value in known.items() if value >= 0},
        "almenara.audit.role": record.role,
        "almenara.audit.instance": record.instance,
        "almenara.audit.subject": record.subject,
        "almenara.audit.before": record.before,
        "almenara.audit.after": record.after,
        "almenara.audit.author": record.author,
        "almenara.audit.reason": record.reason,
        "almenara.audit.count": record.records,
    }
