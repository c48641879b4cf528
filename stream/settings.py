"""Settings of the live engine: one TOML file, and variables over it.

``load_settings`` gives them, or a SettingsError with all that is wrong. Secrets come from the file,
from files that it names, or from variables, and are never shown.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream.configuration.environment import SETTINGS_FILE, overlay
from stream.configuration.fields import Table, kind_of
from stream.configuration.kafka import PASSWORD_MECHANISMS, Kafka
from stream.configuration.problems import Problem, SettingsError, table_in
from stream.configuration.tables import NO_PRIOR, SEED, SHIPPED, Settings
from stream.configuration.validated import validated

__all__ = ["Reading", "Settings", "SettingsError", "load_settings", "read_settings"]

DEFAULT_FILE = Path("almenara.toml")
AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading gave: settings, or what is wrong; and what may be meant but is risky."""

    settings: Settings | None
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    file: Path | None
    variables: tuple[str, ...]  # names, in order


def load_settings(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings; SettingsError where one is wrong.

    ``file``: the argument, else ``ALMENARA_SETTINGS``, else ``almenara.toml`` where it is there,
    else none: variables suffice. ``environ``: the process's where it is None.
    """
    reading = read_settings(file, environ)
    if reading.settings is None:
        raise SettingsError(reading.problems)
    return reading.settings


def read_settings(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Reading:
    """Read settings and return all that can be said of them; what is wrong is not raised."""
    variables = os.environ if environ is None else environ
    path = _path(file, variables)
    text, wrong = _text(path)
    document: dict[str, Any] = {}
    if text and not wrong:
        document, wrong = _document(text, path)
    if wrong:  # what follows would only be missing
        return Reading(None, tuple(wrong), (), path, ())
    if path is not None:
        _resolve(document, Settings, path.parent)
    put = overlay(document, variables)
    settings, problems = validated(document, text, str(path or ""), put.names)
    problems = [*put.problems, *problems]
    return Reading(
        None if problems else settings,
        tuple(problems),
        tuple(_notes(settings, path)) if settings is not None else (),
        path,
        tuple(sorted(put.names.values())),
    )


def _path(file: Path | None, environ: Mapping[str, str]) -> Path | None:
    if file is not None:
        return file
    if environ.get(SETTINGS_FILE):
        return Path(environ[SETTINGS_FILE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _text(path: Path | None) -> tuple[str, list[Problem]]:
    if path is None:
        return "", []
    try:
        return path.read_text("utf-8"), []
    except OSError as error:
        found = error.strerror or "an error"
        hint = "check the path, or write one with `almenara init`"
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is no UTF-8"
        hint = "save it as UTF-8"
    return "", [Problem("settings", found, "a readable TOML file", hint, str(path))]


def _document(text: str, path: Path | None) -> tuple[dict[str, Any], list[Problem]]:
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = AT_LINE.search(said)
        line = int(at[1]) if at and at[1] else len(text.splitlines())
        found = said[: at.start()] if at else said
        hint = "correct this line; what follows was not read"
        return {}, [Problem("settings", found, "TOML", hint, str(path), line)]


def _resolve(document: Any, table: type[Table], folder: Path) -> None:
    """Let paths of a file begin at the folder of that file."""
    if not isinstance(document, dict):
        return
    for name, field in table.model_fields.items():
        value = document.get(name)
        inner = table_in(field.annotation)
        if inner is not None:
            for part in value if isinstance(value, list) else [value]:
                _resolve(part, inner, folder)
        elif isinstance(value, str) and value and _is_path(name, field.annotation, value):
            document[name] = str(folder / value)


def _is_path(name: str, annotation: Any, value: str) -> bool:
    return kind_of(annotation) == "path" or (name == "prior" and value not in {SHIPPED, NO_PRIOR})


def _notes(settings: Settings, path: Path | None) -> list[str]:
    notes = []
    if settings.detection.hash_seed == SEED:
        notes.append("detection.hash_seed is the public default; `almenara init` draws another")
    if not settings.elasticsearch.url:
        notes.append("no elasticsearch.url: alerts end in Kafka, the index role cannot run")
    notes += _notes_on_alerting(settings.kafka)
    if settings.elasticsearch.is_tls and not settings.elasticsearch.verify:
        notes.append("elasticsearch.verify is off: whoever is in between can read and change all")
    if path is not None and _has_secret(settings) and path.stat().st_mode & stat.S_IROTH:
        notes.append(f"{path} holds a secret and everybody can read it: chmod 600, or *_file")
    return notes


def _notes_on_alerting(kafka: Kafka) -> list[str]:
    """Say what the alert role, whose client is not librdkafka, does not do as the others."""
    notes = []
    if kafka.librdkafka:
        names = ", ".join(sorted(kafka.librdkafka))
        notes.append(
            f"kafka.librdkafka does not reach the alert role, whose client is another: {names}"
        )
    if kafka.sasl is not None and kafka.sasl not in PASSWORD_MECHANISMS:
        notes.append(
            f"kafka.mechanism {kafka.sasl}: the alert role will not start, it knows"
            f" {', '.join(PASSWORD_MECHANISMS)} only; give it a login of its own by variables"
        )
    return notes


def _has_secret(settings: Settings) -> bool:
    tables = (settings.kafka, settings.elasticsearch)
    return any(
        kind_of(field.annotation) == "secret" and getattr(table, name) is not None
        for table in tables
        for name, field in type(table).model_fields.items()
    )
