"""The columns of an event by name, in words."""

from ipaddress import IPv6Address

import numpy as np

from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES, EventBatch

from .parser import Parser

CODE_NAMES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
Columns = dict[str, str | int | float]


def named_columns(parser: Parser, batch: EventBatch, k: int) -> Columns:
    """Columns of event k that are set, with words in place of codes and hashes."""
    columns: Columns = {}
    for column in COLUMNS:
        if column.group == "real" and not np.isnan(batch.real[k, column.index]):
            columns[column.name] = float(batch.real[k, column.index])
        elif column.group == "address":
            high, low = batch.address[k, column.index : column.index + 2].tolist()
            address = IPv6Address(high << 64 | low)
            columns[column.name] = str(address.ipv4_mapped or address)
        elif column.group == "code" and batch.code[k, column.index] >= 0:
            code = int(batch.code[k, column.index])
            names = CODE_NAMES.get(column.name)
            columns[column.name] = names[code] if names else code
        elif column.group == "text" and batch.text[k, column.index]:
            columns[column.name] = parser.text(int(batch.text[k, column.index]))
    return columns
