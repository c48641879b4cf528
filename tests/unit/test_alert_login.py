"""What the alert role's client, which is not librdkafka, can and cannot be told."""

import pytest
from aiokafka import errors

from detectors.errors import ConfigError
from settings_made import VARIABLES
from stream.alert_refusals import refusal_of
from stream.roles import alert_role
from stream.settings import load_settings, read_settings

USER = {"ALMENARA_KAFKA__USERNAME": "u", "ALMENARA_KAFKA__PASSWORD": "p"}


def test_user_and_password_reach_it() -> None:
    settings = load_settings(environ={**VARIABLES, **USER})
    assert alert_role(settings).sasl == ("SCRAM-SHA-512", "u", "p")


@pytest.mark.parametrize("mechanism", ["GSSAPI", "OAUTHBEARER"])
def test_mechanism_that_it_does_not_know_is_refused_and_noted(mechanism: str) -> None:
    environ = {**VARIABLES, "ALMENARA_KAFKA__MECHANISM": mechanism}
    with pytest.raises(ConfigError, match=f"kafka.mechanism: {mechanism}, expected PLAIN or"):
        alert_role(load_settings(environ=environ))
    assert any("alert role will not start" in note for note in read_settings(None, environ).notes)


def test_login_that_only_librdkafka_is_told_is_refused_and_noted() -> None:
    environ = {
        **VARIABLES,
        "ALMENARA_KAFKA__PROTOCOL": "sasl_ssl",
        "ALMENARA_KAFKA__LIBRDKAFKA__SASL_USERNAME": "u",
        "ALMENARA_KAFKA__LIBRDKAFKA__SASL_PASSWORD": "secret-p",
    }
    with pytest.raises(ConfigError, match="expected user and password for the alert role"):
        alert_role(load_settings(environ=environ))
    (note,) = (one for one in read_settings(None, environ).notes if "librdkafka" in one)
    assert note.endswith("whose client is another: sasl.password, sasl.username")


def failed_send(reason: Exception) -> Exception:
    class ProducerSendError(Exception):
        """As Faust wraps it."""

    made = ProducerSendError("Error while sending")
    made.__cause__ = reason
    return made


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (errors.TopicAuthorizationFailedError("t"), "topic t: refused, expected the right Read"),
        (errors.TopicAuthorizationFailedError({"t"}), "topic t: refused, expected the right Read"),
        (
            failed_send(errors.TopicAuthorizationFailedError("t")),
            "topic t: refused, expected the right Write",
        ),
        (
            errors.TopicAuthorizationFailedError("Cannot create topic: t (29): no"),
            "topic t: refused, expected the right Create",
        ),
        (errors.GroupAuthorizationFailedError("g"), "group g: refused, expected the right Read"),
        (errors.AuthenticationFailedError("p"), "kafka: the login was refused, check user"),
    ],
)
def test_refusal_of_its_client_is_said_as_that_of_others(reason: Exception, said: str) -> None:
    assert str(refusal_of(reason)).startswith(said)


def test_other_reasons_are_no_refusal() -> None:
    assert refusal_of(None) is None
    assert refusal_of(errors.KafkaConnectionError("away")) is None
