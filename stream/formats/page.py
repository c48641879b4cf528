"""The page of formats, made from the dialects."""

from stream.events import COLUMNS, Column

from .dialect import SYNTAXES, Dialect, built_in_dialects
from .dialect_rules import Rule
from .tables import REASONS

HAND = """\
## How a format is recognised

`auto` decides for every record: by its first byte (`{` is json, `#` a comment or header line), by
the header that came before (columns), by the id of a message (`%ASA-6-302013`), by words that stand
in certain columns, by the pairs in it (`KEY=value`), and then by the keys. The dialect of the
record before is tried first, schemas that many products write (`generic`) last; the first dialect
that knows the keys decides. So a mixed stream is read, and it does not matter how records are cut
into batches.

A record that a dialect knows but has no use for (a DNS log, an alert) is *unused*, with the reason;
one that cannot be read is *rejected*, with the reason. Neither stops a run.

A delimited log names its columns in a header (`#fields`, `#Fields:`, or just the names). Where it
has none, name them in the settings; without either each of its records is rejected with
`no header`, unless a dialect knows the rows by what stands in them.

## Envelopes

A record may lie in an envelope, and that in another; they are peeled off before it is recognised.

| envelope | the record | its time and host where the record has none |
| --- | --- | --- |
| syslog, RFC 3164, see below | behind the header | the header's |
| syslog, RFC 5424 | behind the header; pairs of structured data are keys too | the header's |
| octet counts, RFC 6587 | behind the count | |
| Filebeat, Logstash | `event.original`, `message` | `@timestamp`; `host.hostname`, `host.name` |
| Vector | `message` | `timestamp`; `host` |
| Fluent Bit, Docker's json-file | `log` | `date`, `time`; `hostname` |
| journald as JSON | `MESSAGE`, a text or an array of bytes | `__REALTIME_TIMESTAMP`; `_HOSTNAME` |

Of RFC 3164 any part may be missing, the time may be ISO or have a year, and sequence numbers of
Cisco are passed over. A stamp without a year takes the envelope's.

A record that holds many others gives their events, in their order: elements of `records` (Azure)
and `logEvents` (CloudWatch), and what a dialect names with `foreach`; up to 65,536 of one record,
three arrays deep. It counts as one record.

## What counts once

A connection may be reported twice. The column `phase` says which report an event is: `whole` is all
of a connection, `start` is followed by another report of it, `end` is that report, `packet` is
no connection but a packet that a firewall saw. A report at the start is not counted as a connection
of its own, because the one that follows it is.

## How to add a product

`almenara formats new acme.firewall SAMPLE.log` proposes a TOML file from sample lines. Look it
over; `almenara formats test acme.firewall.toml` then runs its samples and shows what differs,
column by column. `formats sniff` and `formats decode`, with `--dialects FOLDER`, show what a log
gives.

Put the file in a folder and name the folder in the settings (`dialect_folder`); no code, and no
restart: a running engine reads the folder again at SIGHUP ([operations.md](operations.md)). A file
with the `name` of a built-in dialect replaces it.

```toml
name = "acme.firewall"
product = "Acme firewall sessions"
syntax = ["json"]                  # one or more of: delimited, json, key_value, template
unset = ["-", "N/A"]               # values that mean: not known

[recognise]                        # keys that no other product has: each of all, one of any
all = ["session.src", "session.dst"]
any = ["session.rule", "session.policy"]
words = { "event.kind" = ["session"] }

[columns]                          # normal column = source key; nested keys joined with a dot
ts = "session.begin"
src_ip = "session.src"
dst_ip = "session.dst"
dst_port = "session.dport"
bytes_out = ["session.sent", "session.bytes"]             # the first that is there
duration = { from = "session.ms", factor = 0.001 }        # unit factor
transport = [{ from = "session.proto", words = "iana" }, { from = "session.proto", number = true }]
action = { from = "session.verdict", words = { permit = "allowed", block = "dropped" } }
phase = { value = "whole" }

[[unused]]                         # what else the product writes
reason = "other event type"
all = ["event.kind"]

[[sample]]                         # lines, and the columns that they must give
about = "a session"
lines = [
    '{"event":{"kind":"session"},"session":{"begin":1700000000,"src":"192.0.2.1",\
"dst":"192.0.2.2","rule":"x"}}',
]

[[sample.event]]
ts = 1700000000.0
src_ip = "192.0.2.1"
dst_ip = "192.0.2.2"
phase = "whole"
```

A rule takes its value `from` a source key, or is a fixed `value` (with `from`: where that key is
there), or the record's time (`record_time = true`). `until` (for `duration`) is the time at which
something ended that began at `ts`. `words` gives the normal value of each source word, in upper or
lower case; `within = true` looks for the word inside the text. `if_bad = "next"` leaves a bad time
or port to the next rule.

| in a rule | for |
| --- | --- |
| `split = ":"`, `part = 0` | one part of a value such as `192.0.2.1:443`; -1 is the last |
| `clock = "time"`, `zone = "tz"` | a time whose day is `from`; time of day and zone stand apart |
| `minus = "duration"` | when it began, of a time at which it had ended: seconds or h:mm:ss; with \
`minus_unit = "ms"` milliseconds |
| `times = "rate"` | a sampling rate, with which a count is multiplied |

Sources that start with `@` are what stands around a record: `@time`, `@host`, `@tag` (program) and
`@id` (message id) of a syslog header; `@id` and `@severity` of a message; `@prefix` (text before
the first pair); `@vendor`, `@product`, `@version`, `@id`, `@name`, `@severity` of the head of CEF
and LEEF; `@path` (`#path`, or the key that `alias` gives that name). The `@name` of LEEF, which has
none, is `LEEF`.

`opener = "ports"` is for logs that tell a connection's end by its sides, whoever opened it: where
both ways are one number of bytes, a source port below 1024, or below 32768 with a destination port
from there on, was the one addressed, and the event is turned round. `formats decode` shows it as
logged.

`[unused_columns]` holds rules for records that are unused; `almenara formats decode` shows them.

### Rows without a header

```toml
[delimited]
separator = ","
others = ["\\t"]                    # with which rows below a header may be cut as well
header = ["StartTime", "SrcAddr"]  # two of these names, none with a digit first, begin a header

[[layout]]                         # tried in their order
words = { version = ["4"], protocol = ["tcp", "udp"] } # also "@address" or "@number"
columns = ["rule", "", "version", "protocol", "src", "dst", "sport", "dport"]
quoted = true                      # columns may stand in quotes
least = 8                          # columns there must be; most = 8: no more than that
```

A layout with a `reason` says what is unused.

### Messages

```toml
[template]
facilities = ["ASA"]               # of %ASA-6-302013
other = "other event type"         # why other messages are unused

[[message]]
id = ["302013", "302015"]
text = ["Built {:word} {proto:word} flow {:number} for {}:{src}/{sport:number}{? ({nat})?}"]
```

Of the texts the first that fits counts; what stands behind it is not looked at. `{name}` goes on to
the text behind it, `{name:word}` to the next blank; `number`, `address` and `rest` speak for
themselves. What has no name is passed over, `{? ?}` may be missing, `{pairs}` reads
`Key: value, Key: value`, `{pairs:|}` reads `key=value|key=value`. A blank stands for any number of
them.

A message without an id `begins = ["in:"]` with a word near the beginning of the text, and is tried
only there; what stands before it is the `@prefix`. A text that fits none of its forms is no record
of the dialect.

`[[recognise]]`, twice, tells of two forms in which records of a product come.

`like = "cisco_asa"` takes what a built-in file says; the file itself says what differs.
`foreach = ["properties.flows", "tuples"]` makes each element of the innermost array a record, with
the members of the objects around it; one that is a text is read by a layout."""


def formats_page() -> str:
    """Return ``docs/formats.md``."""
    dialects = built_in_dialects()
    return "\n".join(
        [
            "# Log formats",
            "",
            "Made by `python -m stream.pages` from `stream/formats/`; edit that.",
            "",
            f"Three syntaxes are read: {', '.join(SYNTAXES)}. A dialect is one product's fields in",
            "one or more of them.",
            "",
            "| dialect | product | syntax | described in |",
            "| --- | --- | --- | --- |",
            *map(_dialect_line, dialects),
            "",
            "## Columns",
            "",
            "| column | unit | ECS field | meaning |",
            "| --- | --- | --- | --- |",
            *map(_column_line, COLUMNS),
            "",
            HAND,
            "",
            "## Reasons",
            "",
            "Why a record gave no event: "
            + ", ".join(f"`{reason}`" for reason in REASONS if reason)
            + ";",
            "and what the dialects say of what they do not use: "
            + ", ".join(f"`{reason}`" for reason in _own_reasons(dialects))
            + ".",
            "",
            "## What each dialect reads",
            "",
            "Where a column has several sources the first that is there counts. A value that is no",
            "source's stands without quotes; what begins with `@` stands around the record.",
            *(line for dialect in dialects for line in _dialect_table(dialect)),
            "",
        ]
    )


def _dialect_line(dialect: Dialect) -> str:
    syntax = ", ".join(dialect.syntax)
    return f"| `{dialect.name}` | {dialect.product} | {syntax} | <{dialect.reference}> |"


def _column_line(column: Column) -> str:
    return f"| `{column.name}` | {column.unit} | `{column.ecs}` | {column.meaning} |"


def _dialect_table(dialect: Dialect) -> list[str]:
    """Give the section of a dialect."""
    return [
        "",
        f"### {dialect.name}",
        "",
        f"{dialect.product}.",
        "",
        "| column | read from |",
        "| --- | --- |",
        *(f"| `{name}` | {_sources(dialect, name)} |" for name in dialect.columns()),
    ]


def _sources(dialect: Dialect, column: str) -> str:
    """Give the sources of a column, each once."""
    named = [_source(rule) for rule in dialect.rules if rule.column == column]
    return ", ".join(dict.fromkeys(named))


def _source(rule: Rule) -> str:
    if rule.record_time:
        return "the record's time"
    return f"`{rule.source}`" if rule.source else str(rule.value)


def _own_reasons(dialects: tuple[Dialect, ...]) -> list[str]:
    own = {pattern.reason for dialect in dialects for pattern in dialect.patterns}
    return sorted(own - set(REASONS) - {""})
