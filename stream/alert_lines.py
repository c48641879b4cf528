"""Alerts as lines for people."""

from collections.abc import Iterable, Iterator

from .alerts import Document

NAMES = {21: "low", 47: "medium", 73: "high", 99: "critical"}


def alert_lines(alerts: Iterable[Document]) -> Iterator[str]:
    """Yield two lines an alert: when, how severe and what; then the sentence."""
    for alert in alerts:
        event = alert["event"]
        severity = NAMES.get(event["severity"], str(event["severity"]))
        when = alert["@timestamp"][:19].replace("T", " ")
        yield f"{when}  {severity:8}  {event['action']}  {event['id'][:12]}"
        yield f"    {event['reason']}"
