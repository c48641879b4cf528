"""The compiled dialects: what the kernels see of the TOML files.

A *pattern* says whether a record belongs to a dialect: groups of conditions, all groups must hold,
of each group one condition. A *rule* brings one source value to one column; rules of one column
follow one another, and the first that gives a value is taken.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .words import Words

# syntaxes, as bits
DELIMITED, JSON, KEY_VALUE = 1, 2, 4

# columns of Tables.pattern
P_DIALECT, P_SYNTAX, P_REASON, P_FIRST, P_BEHIND = range(5)
N_PATTERN = 5
# columns of Tables.condition: group, slot, space of the words it must be one of (-1: any)
C_GROUP, C_SLOT, C_SPACE = range(3)
N_CONDITION = 3
# columns of Tables.rule: operation, column, slot (-1: no source), space of its words, constant or
# whether a bad value is left unset, space of the unset marks, zone of times without one
R_OP, R_COLUMN, R_SLOT, R_SPACE, R_DEFAULT, R_UNSET, R_ZONE = range(7)
N_RULE = 7
# columns of Tables.dialect
D_SYNTAX, D_FIRST, D_BEHIND, D_NO_REPLY, D_STOP = range(5)
N_DIALECT = 5

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
) = range(13)

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
) = range(14)


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
