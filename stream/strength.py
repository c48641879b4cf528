"""How strong a candidate is, from its corrected E: severity, risk score and words.

Severities are Elastic's four: 21 low, 47 medium, 73 high, 99 critical (docs/semantics.md, rule 13).
"""

from itertools import pairwise
from math import inf, log10

_SEVERITIES = ((0.01, 99), (0.1, 73), (0.3, 47))
_LOWEST = 21
# corrected E and risk score, joined by straight lines over log10 E: it meets the severities
_RISKS = ((1e-4, 100.0), (0.01, 99.0), (0.1, 73.0), (0.3, 47.0), (1.0, 21.0), (1_000.0, 0.0))
_DAYS_A_YEAR = 365.25


def severity(expected: float) -> int:
    """Return 21, 47, 73 or 99."""
    for bound, value in _SEVERITIES:
        if expected <= bound:
            return value
    return _LOWEST


def risk_score(expected: float) -> float:
    """Return 0 to 100, never rising with E, to one decimal."""
    if expected <= _RISKS[0][0]:
        return _RISKS[0][1]
    for (low, high_risk), (high, low_risk) in pairwise(_RISKS):
        if expected <= high:
            way = log10(expected / low) / log10(high / low)
            return round(high_risk + (low_risk - high_risk) * way, 1)
    return 0.0


def chance(expected: float, resolution: float = 0.0) -> str:
    """Say E: ``once in 40 days``; ``less than`` it where the data cannot tell so small an E."""
    if expected < resolution:
        return f"less than {_often(resolution).removeprefix('about ')}"
    return _often(expected)


def expected_text(expected: float, resolution: float = 0.0) -> str:
    """Say E for a document: ``once in 40 days by chance``."""
    return f"{chance(expected, resolution)} by chance"


def _often(expected: float) -> str:
    if expected >= 1e6:
        return "over a million times a day"
    if expected >= 1.5:
        return f"about {rounded(expected)} times a day"
    if expected >= 0.75:
        return "about once a day"
    days = 1.0 / expected if expected > 0.0 else inf
    if days < 2.0 * _DAYS_A_YEAR:
        return f"once in {rounded(max(days, 2.0))} days"
    years = days / _DAYS_A_YEAR
    return "once in over 1,000 years" if years > 1_000.0 else f"once in {rounded(years)} years"


def rounded(value: float) -> str:
    """Write a count for people: whole below 100, else two digits that count, in groups of three."""
    if value >= 100.0:
        unit = 10 ** (len(str(int(value))) - 2)
        value = round(value / unit) * unit
    return f"{round(value):,}"
