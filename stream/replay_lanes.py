"""Which files make which lane, from the command line's arguments."""

import dataclasses
import re
from collections.abc import Sequence

from detectors.errors import ConfigError

from .pipeline import PipelineSettings

LANE = re.compile(r"([^:=\s]+):(\d+)=(.+)")


def lanes_of(
    settings: PipelineSettings, files: Sequence[str], lanes: Sequence[str]
) -> list[tuple[PipelineSettings, list[str]]]:
    """Return each lane's settings and files.

    Without ``lanes`` all files are one lane. With them an argument of the form TOPIC:PARTITION=FILE
    is a lane wherever it stands, and any other file goes to the lane named before it.
    """
    if not lanes:
        if not files:
            raise ConfigError("replay: no file given, expected one or more; name a log, or - ")
        return [(settings, list(files))]
    found: dict[tuple[str, int], list[str]] = {}
    last: list[str] | None = None
    for argument in [*lanes, *files]:
        match = LANE.fullmatch(argument)
        if match:
            last = found.setdefault((match[1], int(match[2])), [])
            last.append(match[3])
        elif last is None or argument in lanes:
            raise ConfigError(
                f"lane: {argument!r}, expected TOPIC:PARTITION=FILE such as fw:0=fw.log; correct it"
            )
        else:
            last.append(argument)
    return [
        (dataclasses.replace(settings, topic=topic, partition=partition), names)
        for (topic, partition), names in sorted(found.items())
    ]
