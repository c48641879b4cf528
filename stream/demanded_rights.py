"""Rights of a role, looked at when it starts: later some are missed in silence, or rarely.

The alert role's client goes on after most refusals, and a gap is written once in a blue moon. What
a broker does not tell of, transactional ids and topics by pattern, is named where it is refused.
"""

from connectors.errors import ConnectError
from connectors.kafka_acls import lacking_now
from connectors.kafka_refusals import Right, lacking
from connectors.kafka_topics import BROKERS_OWN, TopicPlan, Topics

from .configuration.tables import Settings
from .kafka_rights import EVERY, rights_of
from .topics import change_log


def demand_rights(settings: Settings, role: str) -> None:
    """Raise RightsError that names a missing right; make the alert role's change log.

    Where Kafka does not answer there is nothing to look at: the role itself waits for it.
    """
    (granted,) = (one for one in rights_of(settings, "") if one.role == role)
    changes = change_log(settings.kafka.group, settings.namespace)
    asked = [right for right in granted.rights if not right.is_prefix and right.name != EVERY]
    if role == "alert":
        asked += [Right(operation, "topic", changes.name) for operation in ("Read", "Write")]
    missing = lacking_now(settings.kafka.properties(), asked)
    if missing:
        raise lacking(missing[0])
    if role == "alert":
        _make(settings, changes)


def _make(settings: Settings, plan: TopicPlan) -> None:
    """Make a topic that no set-up has made."""
    topics = Topics(settings.kafka.properties())
    try:
        if plan.name not in topics.partitions():
            topics.make([plan], BROKERS_OWN)
    except ConnectError:
        return
