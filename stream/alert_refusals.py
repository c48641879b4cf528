"""What the alert role was refused by Kafka, in the words of all other roles.

Its client is aiokafka, under Faust. Its errors say what was refused and not what was to be done
with it, so that is told from where the error came from.
"""

import re
from collections.abc import Iterator

from aiokafka import errors

from connectors.errors import RightsError
from connectors.kafka_refusals import Right, lacking

MADE = re.compile(r"Cannot create topic: (\S+) ")
SENDING = "ProducerSendError"  # of Faust, which stream.app alone may import


def refusal_of(reason: BaseException | None) -> RightsError | None:
    """Return the error that names the right that is missing, None where it is another reason."""
    chain = list(_chain(reason))
    is_sending = any(type(error).__name__ == SENDING for error in chain)
    for error in chain:
        if isinstance(error, errors.TopicAuthorizationFailedError):
            return lacking(_of_topic(error, is_sending=is_sending))
        if isinstance(error, errors.GroupAuthorizationFailedError):
            return lacking(Right("Read", "group", str(error.args[0])))
        if isinstance(error, errors.AuthenticationFailedError | errors.SaslAuthenticationFailed):
            return RightsError("kafka: the login was refused, check user, password and CA")
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_topic(error: BaseException, *, is_sending: bool) -> Right:
    made = MADE.search(str(error))
    if made is not None:
        return Right("Create", "topic", made[1])
    named = error.args[0] if error.args else ""
    topic = named if isinstance(named, str) else ", ".join(sorted(named))
    return Right("Write" if is_sending else "Read", "topic", topic)
