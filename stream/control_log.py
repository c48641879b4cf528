"""Control records as JSON values of the log of lanes, and back."""

from typing import Any

from detectors.errors import ConfigError

from .control import (
    LABELS,
    Control,
    Feedback,
    Note,
    SuppressionAdded,
    SuppressionRemoved,
    Traits,
    checked_text,
)
from .suppression import read_rule, rule_row

Json = dict[str, Any]

CONTROL_KINDS: dict[type[Any], str] = {
    SuppressionAdded: "suppression_added",
    SuppressionRemoved: "suppression_removed",
    Feedback: "feedback",
    Note: "note",
}


def write_control(record: Control) -> Json:
    """Return the fields of a control record as JSON."""
    if isinstance(record, SuppressionAdded):
        return {"rule": rule_row(record.rule), "at": record.at}
    if isinstance(record, Feedback):
        return {**record._asdict(), "traits": list(record.traits)}
    return record._asdict()


def read_control(kind: str, found: Json) -> Control:
    """Return the control record of these fields.

    One that cannot be meant, such as a rule on a feature that this release does not have, becomes a
    note: whoever wrote it finds it in the audit, and the log goes on.
    """
    try:
        return _read(kind, found)
    except ConfigError as error:
        return Note("refused", kind, float(found["at"]), reason=str(error))


def _read(kind: str, found: Json) -> Control:
    if kind == "suppression_added":
        rule = read_rule(found["rule"])
        for name in ("reason", "author", "entity", "network"):
            checked_text(f"suppression: {name}", getattr(rule, name))
        return SuppressionAdded(rule, float(found["at"]))
    fields = {name: value for name, value in found.items() if name not in ("version", "kind")}
    if kind == "suppression_removed":
        return SuppressionRemoved(**fields)
    if kind == "note":
        return Note(**fields)
    label = fields.pop("label")
    if label not in LABELS:
        raise ConfigError(f"feedback: {label!r}, expected {' or '.join(LABELS)}; correct it")
    return Feedback(label=label, traits=Traits(*fields.pop("traits")), **fields)
