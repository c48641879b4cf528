"""The page of features, made from their definition."""

from .feature_set import CONNECTION_SET, Feature, FeatureSet

DIRECTIONS = {1: "high", -1: "low", 0: "either"}


def features_page() -> str:
    """Return ``docs/features.md``."""
    return "\n".join(
        [
            "# Features",
            "",
            "Made by `python -m stream.pages` from `stream/features/feature_set.py`; edit that.",
            "",
            "A row is one entity in one window of 60 seconds. *Strange* says which tail of a",
            "feature counts as strange by itself. A damped count halves with its half-life, so it",
            "is the number of events of about that long. A lane is one ordered stream of records.",
            "",
            *_table(CONNECTION_SET),
        ]
    )


def _table(features: FeatureSet) -> list[str]:
    return [
        f"## {features.name}",
        "",
        f"{len(features.features)} columns, float32; fingerprint `{features.fingerprint}`.",
        "",
        "| feature | unit | strange | meaning | source |",
        "| --- | --- | --- | --- | --- |",
        *map(_line, features.features),
        "",
    ]


def _line(feature: Feature) -> str:
    strange = DIRECTIONS[feature.direction]
    cells = (f"`{feature.name}`", feature.unit, strange, feature.meaning, feature.source)
    return f"| {' | '.join(cells)} |"
