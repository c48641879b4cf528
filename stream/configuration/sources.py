"""The tables ``[[source]]``: which topics are read, and how."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from .fields import Fault, Flag, Table, Text, Whole, setting

TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
ZONE = re.compile(r"([+-])([0-9]{2}):([0-5][0-9])")


def texts_of(text: Any) -> Any:
    """Take one text, or a list."""
    return [text] if isinstance(text, str) else text


def _topic(text: str) -> str:
    if text.startswith("^"):
        if text == "^":
            raise ValueError("expected a regular expression after ^; correct it")
        try:
            re.compile(text[1:])
        except re.error as error:
            raise ValueError(f"expected a regular expression ({error}); correct it") from error
    elif not TOPIC.fullmatch(text) or text in {".", ".."}:
        raise ValueError("expected a topic's name, or ^ and a regular expression; correct it")
    return text


def network(text: str) -> str:
    """Check a network; ValueError where it is none."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("expected a network such as 10.0.0.0/8; correct it") from None
    return text


def _zone(text: str) -> str:
    found = ZONE.fullmatch(text)
    if text != "UTC" and (found is None or int(found[2]) > 23):
        raise ValueError("expected UTC or an offset such as +02:00; names have no one offset")
    return text


Networks = Annotated[
    tuple[Annotated[Text, AfterValidator(network)], ...], BeforeValidator(texts_of)
]


class Source(Table):
    """Topics of one format."""

    topics: Annotated[
        tuple[Annotated[Text, AfterValidator(_topic)], ...], BeforeValidator(texts_of)
    ] = setting(
        ...,
        "Topics to read: names, or one `^` and regular expression that fits whole names.",
        expected="names of topics in a list, or one ^regex",
        min_length=1,
    )
    format: Text = setting("auto", "A format of `almenara formats list`, or `auto`.")
    zone: Annotated[Text, AfterValidator(_zone)] = setting(
        "UTC",
        "Zone of times that name none, as an offset such as `+02:00`.",
        expected="UTC, or an offset such as +02:00",
    )
    internal: Networks | None = setting(
        None,
        "Own networks in these topics, where a log does not mark them; else `networks.internal`.",
        expected="a list of networks such as 10.0.0.0/8",
    )
    name: Text = setting("live", "Name of the stream; part of the ids of candidates and alerts.")
    columns: tuple[Text, ...] = setting((), "Columns of a delimited log that has no header.")
    rekey: Flag = setting(
        default=False,
        meaning="Whether its records have other keys than hosts: the role `rekey` gives them theirs"
        " in a topic of ours, which is scored instead.",
    )
    rekey_by: Literal["source", "destination"] = setting(
        "source", "The address that becomes the key."
    )
    rekey_partitions: Whole = setting(6, "Partitions of that topic.", ge=1, le=10_000)

    @property
    def zone_offset_s(self) -> int:
        """Seconds east of UTC."""
        found = ZONE.fullmatch(self.zone)
        if found is None:
            return 0
        return (int(found[2]) * 3600 + int(found[3]) * 60) * (-1 if found[1] == "-" else 1)

    @property
    def is_pattern(self) -> bool:
        """Whether the topics are given by a regular expression."""
        return self.topics[0].startswith("^")

    def subscription(self) -> list[str]:
        """Return what a consumer subscribes to; a pattern that fits whole names only.

        Brokers compare a pattern with the whole name, older clients with its start: in brackets
        and with an end it means the same to both.
        """
        if self.is_pattern:
            return [f"^({self.topics[0][1:]})$"]
        return list(self.topics)

    def reads(self, topic: str) -> bool:
        """Whether a topic is one of this source."""
        if self.is_pattern:
            return re.fullmatch(self.topics[0][1:], topic) is not None
        return topic in self.topics

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together."""
        if len(self.topics) > 1 and any(topic.startswith("^") for topic in self.topics):
            yield Fault(
                "topics", "a pattern among others", "names, or one ^regex; make two sources"
            )
        if len(set(self.topics)) < len(self.topics):
            yield Fault("topics", "a name twice", "each once; take one out")
        if self.rekey and not TOPIC.fullmatch(self.name):
            yield Fault("name", f"{self.name!r}", "a part of a topic's name, for rekey; change it")
