"""The page of settings, made from their definition."""

from collections.abc import Iterator
from typing import Any

from .fields import Table, kind_of
from .problems import table_in, variable_of
from .tables import Settings
from .toml_text import described

HEAD = """\
# Settings

Made by `python -m stream.pages` from `stream/configuration/`; edit that.

One TOML file, and variables over it. Three lines are enough:

```toml
kafka.bootstrap = "localhost:9092"
elasticsearch.url = "http://localhost:9200"
source = [{ topics = ["zeek.conn"], format = "zeek.conn" }]
```

The same by variables alone, for one source: `ALMENARA_KAFKA__BOOTSTRAP`,
`ALMENARA_ELASTICSEARCH__URL`, `ALMENARA_SOURCE__TOPICS`, `ALMENARA_SOURCE__FORMAT`.

- The file is the one that a command is given, else the one that `ALMENARA_SETTINGS` names, else
  `almenara.toml` in the working folder; without any, variables suffice. `almenara init` writes one
  with every key and its meaning; `almenara check` tells all that is wrong, and what will run.
- A variable stands over the file. An empty one counts as not set. Lists are written with commas or
  as TOML, tables as TOML. Variables of a source work where there is at most one.
- A key that is not known is an error, and so is a value of another type: no text becomes a number.
- Secrets come from the file, from files that it names (`password_file`) or from variables, never
  from the command line, and are shown nowhere. A variable with a secret replaces the file of that
  secret, and the other way round. Files are read anew at each connection.
- Paths in the file begin at its folder, those in variables at the working folder.
"""

SOURCE = """\
Repeat the table for topics of another format. A topic belongs to the source that names it, else to
the first whose pattern fits its whole name.
"""
KAFKA = """\
Our topics are `PREFIX.lane.v1`, `PREFIX.decisions.v1`, `PREFIX.alerts.v1`, `PREFIX.candidates.v1`,
`PREFIX.state.v1` and `PREFIX.dlq.v1`. Properties of librdkafka are handed on as they are, but for
those that have a setting of their own and those that delivery rests on; a variable's name has `_`
for each dot: `ALMENARA_KAFKA__LIBRDKAFKA__CLIENT_RACK` is `client.rack`.
"""
DETECTION = """\
`[detection.detectors.NAME]` has `votes` (true or false) and `arguments` (a table, handed to the
detector). Naming one replaces the built-in list. What stands in this table is part of the ids.
"""
WORDS = {"source": SOURCE, "kafka": KAFKA, "detection": DETECTION}


def settings_page() -> str:
    """Return ``docs/settings.md``."""
    lines = [HEAD, "## Outside of tables", "", *_table(Settings, "")]
    for name, field in Settings.model_fields.items():
        table = table_in(field.annotation)
        if table is None:
            continue
        is_list = kind_of(field.annotation) == "list"
        title = f"[[{name}]]" if is_list else f"[{name}]"
        lines += [f"## {title}", "", str(field.description), ""]
        if name in WORDS:
            lines.append(WORDS[name])
        lines += _table(table, name)
    return "\n".join(lines)


def _table(table: type[Table], name: str) -> Iterator[str]:
    yield "| key | takes | default | meaning | variable |"
    yield "| --- | --- | --- | --- | --- |"
    for key, field in table.model_fields.items():
        if table is not Settings or table_in(field.annotation) is None:
            yield _line(key, f"{name}.{key}" if name else key, field)
    yield ""


def _line(key: str, dotted: str, field: Any) -> str:
    takes, default = described(field)
    shown = "**required**" if field.is_required() else f"`{default}`" if default else ""
    cells = (f"`{key}`", takes, shown, field.description, f"`{variable_of(dotted)}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
