"""What people and roles write into the log of lanes, beside the lanes themselves. Values only."""

from typing import Literal, NamedTuple, get_args

from detectors.errors import ConfigError

from .ids import content_id
from .suppression import Suppression

Label = Literal["true", "false", "expected"]
LABELS: tuple[Label, ...] = get_args(Label)
LONGEST_TEXT = 160  # bytes of a reason, note or name: all of them are state, and that is bounded


class Traits(NamedTuple):
    """By what feedback on one candidate is applied to others."""

    entity: str
    population: str
    class_name: str
    feature: str  # that weighs most
    port: int  # destination port of most events, -1 without one


class SuppressionAdded(NamedTuple):
    """A rule is in force from here on."""

    rule: Suppression
    at: float  # wall clock of whoever wrote it, in seconds since the epoch

    @property
    def id(self) -> str:
        """Id of the rule."""
        return suppression_id(self.rule)


class SuppressionRemoved(NamedTuple):
    """A rule is taken back."""

    id: str
    author: str
    reason: str
    at: float


class Feedback(NamedTuple):
    """What an analyst says of a candidate; a later word on the same one takes its place."""

    candidate: str  # id
    alert: str  # id, "" where it became none
    label: Label
    author: str
    note: str
    traits: Traits
    at: float


class Note(NamedTuple):
    """Something that was done and must be found again: it changes no decision."""

    action: str  # "role_started", "lane_owned", "dialects_changed", "setup", "gap", "rebuild"
    subject: str
    at: float
    author: str = ""
    reason: str = ""
    role: str = ""
    instance: str = ""
    before: str = ""
    after: str = ""
    records: int = 0  # that it is about
    topic: str = ""  # lane and offsets that it is about
    partition: int = -1
    first: int = -1
    last: int = -1


Control = SuppressionAdded | SuppressionRemoved | Feedback | Note


def suppression_id(rule: Suppression) -> str:
    """Return the id of a rule: the same rule of the same author and reason is the same."""
    matched = (rule.entity, rule.network, rule.feature, rule.class_name)
    return content_id("suppression", *matched, rule.reason, rule.author, rule.expires)


def checked_text(name: str, text: str) -> str:
    """Return a text for the log; ConfigError for one too long to be kept in the plane's state."""
    size = len(text.encode("ascii", "backslashreplace"))  # as the state is written
    if size > LONGEST_TEXT:
        raise ConfigError(
            f"{name}: {size} bytes as they are kept, expected at most {LONGEST_TEXT}; say it"
            " shorter"
        )
    return text
