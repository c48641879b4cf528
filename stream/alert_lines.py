"""Alerts as lines for people."""

from collections.abc import Iterable, Iterator

from .alert_pages import SHOWN_ID, severity_name
from .alerts import Document
from .listing import INDENT, aligned, paragraph


def alert_lines(alerts: Iterable[Document], width: int | None) -> Iterator[str]:
    """Yield when, how severe, what and the id of each alert; then its sentence below."""
    ordered = list(alerts)
    if not ordered:
        return
    for head, alert in zip(aligned([_head(alert) for alert in ordered]), ordered, strict=True):
        yield head
        yield from paragraph(alert["event"]["reason"], width, INDENT)


def _head(alert: Document) -> tuple[str, ...]:
    event = alert["event"]
    when = alert["@timestamp"][:19].replace("T", " ")
    what = event["action"].replace("_", " ")
    return when, severity_name(event["severity"]), what, event["id"][:SHOWN_ID]
