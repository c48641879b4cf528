"""The compiled dialects: what the kernels see of the TOML files.

A *pattern* says whether a record belongs to a dialect: groups of conditions, all groups must hold,
of each group one condition. A *rule* brings one source value to one column; rules of one column
follow one another, and the first that gives a value is taken. A *layout* names the columns of rows
without a header, a *message* the fields in a text, an *envelope* the key that holds another record.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .words import Words

# syntaxes, as bits
DELIMITED, JSON, KEY_VALUE, TEMPLATE = 1, 2, 4, 8

# columns of Tables.pattern; the last is a slot without which it does not hold, -1 if there is none
P_DIALECT, P_SYNTAX, P_REASON, P_FIRST, P_BEHIND, P_GENERIC, P_EACH, P_NEED = range(8)
N_PATTERN = 8
# columns of Tables.condition: group, slot, space of the words it must be one of (-1: any)
C_GROUP, C_SLOT, C_SPACE = range(3)
N_CONDITION = 3
# columns of Tables.rule: operation, column, slot (-1: no source), space of its words, constant or
# whether a bad value is left unset, space of the unset marks, zone of times without one, a second
# and a third slot, that of a span to be taken off, and whether that is in milliseconds
R_OP, R_COLUMN, R_SLOT, R_SPACE, R_DEFAULT, R_UNSET, R_ZONE, R_OTHER, R_THIRD, R_MINUS, R_MILLI = (
    range(11)
)
N_RULE = 11
# columns of Tables.dialect
D_SYNTAX, D_FIRST, D_BEHIND, D_NO_REPLY, D_STOP = range(5)
N_DIALECT = 5
# columns of Tables.layout: dialect and reason of its rows, how they are cut, its conditions and
# columns, how many columns a row must and may have, the last column that is asked for
(
    L_DIALECT,
    L_REASON,
    L_SEPARATOR,
    L_QUOTED,
    L_FIRST,
    L_BEHIND,
    L_COLUMN,
    L_LEAST,
    L_MOST,
    L_LAST,
) = range(10)
N_LAYOUT = 10
# columns of Tables.place: column, space of the words that may stand there, or what it must be
A_COLUMN, A_SPACE = range(2)
N_PLACE = 2
ANY_ADDRESS, ANY_NUMBER = -2, -3
# columns of Tables.message: dialect, reason, its steps, the next message of the same id (-1: none)
M_DIALECT, M_REASON, M_FIRST, M_BEHIND, M_NEXT = range(5)
N_MESSAGE = 5
# columns of Tables.opening: the first message of those that begin so, and the text of that
O_MESSAGE, O_START, O_LENGTH = range(3)
N_OPENING = 3
# columns of Tables.step: what it does, slot of what it finds (-1: none), text, where to go on if a
# group that may be missing is missing
S_KIND, S_SLOT, S_START, S_LENGTH, S_JUMP = range(5)
N_STEP = 5
(
    STEP_TEXT,
    STEP_UNTIL,
    STEP_WORD,
    STEP_NUMBER,
    STEP_ADDRESS,
    STEP_REST,
    STEP_GROUP,
    STEP_PAIRS,
    STEP_LIST,
) = range(9)
# columns of Tables.facility: dialect, space of its message ids, reason of other messages
F_DIALECT, F_SPACE, F_REASON = range(3)
N_FACILITY = 3
# columns of Tables.envelope: slot, what it holds
E_SLOT, E_KIND = range(2)
N_ENVELOPE = 2
IN_TEXT, IN_TIME, IN_HOST, IN_PART = range(4)

# what a rule does
(
    OP_TIME,
    OP_TIME_AFTER,
    OP_SECONDS,
    OP_COUNT,
    OP_REAL_CONSTANT,
    OP_RECORD_TIME,
    OP_CONSTANT,
    OP_ADDRESS,
    OP_PORT,
    OP_NUMBER,
    OP_WORD,
    OP_WORD_WITHIN,
    OP_TEXT,
    OP_DAY_AND_CLOCK,
    OP_CUT,
) = range(15)

# reasons that every parser knows; those of the dialects follow
REASONS = (
    "",
    "empty",
    "comment",
    "other log type",
    "unknown format",
    "no header",
    "not JSON",
    "truncated",
    "missing column",
    "bad address",
    "bad time",
    "bad number",
    "bad port",
    "bad escape",
    "other message form",
)
(
    NO_REASON,
    EMPTY,
    COMMENT,
    OTHER_LOG,
    UNKNOWN_FORMAT,
    NO_HEADER,
    BAD_JSON,
    TRUNCATED,
    MISSING_COLUMN,
    BAD_ADDRESS,
    BAD_TIME,
    BAD_NUMBER,
    BAD_PORT,
    BAD_ESCAPE,
    OTHER_FORM,
) = range(15)


class Layouts(NamedTuple):
    """Rows without a header: l layouts."""

    layout: NDArray[np.int64]  # (l, N_LAYOUT), those of one separator together
    place: NDArray[np.int64]  # (c, N_PLACE) conditions, those of a layout by column
    column: NDArray[np.int64]  # slots of the columns of all layouts, -1 not asked for


class Messages(NamedTuple):
    """Texts with fields: m messages."""

    message: NDArray[np.int64]  # (m, N_MESSAGE)
    step: NDArray[np.int64]  # (s, N_STEP)
    facility: NDArray[np.int64]  # (f, N_FACILITY)
    opening: NDArray[np.int64]  # (o, N_OPENING)
    text: NDArray[np.uint8]  # what must stand in a message


class Tables(NamedTuple):
    """Everything that dialects say, as arrays; p patterns, c conditions, r rules, d dialects."""

    words: Words
    pattern: NDArray[np.int64]  # (p, N_PATTERN)
    condition: NDArray[np.int64]  # (c, N_CONDITION)
    rule: NDArray[np.int64]  # (r, N_RULE)
    factor: NDArray[np.float64]  # (r,) unit factor or constant of a rule
    dialect: NDArray[np.int64]  # (d, N_DIALECT)
    used: NDArray[np.int64]  # (d, slots): 1 where a rule or pattern of the dialect reads the slot
    powers: NDArray[np.float64]  # powers of ten
    layouts: Layouts
    messages: Messages
    envelope: NDArray[np.int64]  # (e, N_ENVELOPE)
