"""Whether what settings name outside of themselves is there: files, formats, detectors."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from detectors.errors import ConfigError
from detectors.registry import installed, load
from stream.features.feature_set import CONNECTION_SET
from stream.formats.dialect import load_dialects, read_folder
from stream.formats.dialect_choice import AUTO, choose_dialects

from .fields import Fault, Table, kind_of, secret_in
from .problems import near
from .tables import NO_PRIOR, SHIPPED, Settings


def faults_outside(settings: Settings) -> Iterator[Fault]:
    """Yield what is named and is not there, cannot be read or is not to be named."""
    for name in ("kafka", "elasticsearch"):
        yield from _files(name, getattr(settings, name))
    for fault in settings.kafka.refused():
        yield fault._replace(key=f"kafka.{fault.key}")
    prior = settings.detection.prior
    if prior not in {SHIPPED, NO_PRIOR}:
        yield from _file("detection.prior", Path(prior))
    yield from _formats(settings)
    for name, detector in settings.detection.detectors.items():
        yield from _detector(name, detector.arguments)


def _detector(name: str, arguments: Mapping[str, Any]) -> Iterator[Fault]:
    key = f"detection.detectors.{name}"
    known = installed()
    if name not in known:
        hint = near(name, list(known), "install its plugin")
        yield Fault(key, "no such detector", f"one of {', '.join(known)}; {hint}")
        return
    features = CONNECTION_SET.features
    given = {
        "n_features": len(features),
        "directions": tuple(feature.direction for feature in features),
    }
    ours = sorted({"name", *given} & set(arguments))
    for argument in ours:
        yield Fault(f"{key}.arguments.{argument}", "an argument of ours", "others; take it out")
    if arguments and not ours:
        yield from _told(f"{key}.arguments", partial(load, name, **given, **arguments))


def _files(prefix: str, table: Table) -> Iterator[Fault]:
    for name, field in type(table).model_fields.items():
        path = getattr(table, name)
        if path is None or kind_of(field.annotation) != "path":
            continue
        found = list(_file(f"{prefix}.{name}", path))
        yield from found
        if name.endswith("_file") and not found:
            yield from _told(f"{prefix}.{name}", partial(secret_in, None, path))


def _file(key: str, path: Path) -> Iterator[Fault]:
    try:
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: no name of a file, such as one with NUL
        reason = getattr(error, "strerror", error)
        yield Fault(key, f"{str(path)!r}: {reason}", "a readable file; check path and rights")


def _formats(settings: Settings) -> Iterator[Fault]:
    folder = settings.dialect_folder
    wrong = list(_told("dialect_folder", lambda: load_dialects(read_folder(folder))))
    if wrong:
        yield from wrong
        return
    dialects = load_dialects(read_folder(folder))
    for n, source in enumerate(settings.source):
        if source.format != AUTO:
            yield from _told(
                f"source.{n}.format", partial(choose_dialects, dialects, source.format)
            )


def _told(key: str, does: Callable[[], object]) -> Iterator[Fault]:
    """Yield what another part says against a value: found, expected, and what to do."""
    try:
        does()
    except ConfigError as error:
        said = str(error)
        found, _, expected = said.partition(", expected ")
        subject, _, value = found.rpartition(": ")
        yield Fault(key, value if subject == "format" else found, expected or "another")
