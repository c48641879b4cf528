"""The page of metrics, made from their definition."""

from .metrics_table import BUCKETS, METERS, Meter

HEAD = """\
# Metrics

Made by `python -m stream.pages` from `stream/metrics_table.py`; edit that.

Each process answers `/metrics` in the text format of Prometheus 0.0.4, or as OpenMetrics where the
reader asks for it, beside `/health/live` and `/health/ready`; where, says
[operations.md](operations.md#watching-it). A process shows the metrics of its role. Labels are
names of topics, partitions, dialects, reasons, stages, outcomes and kinds: no addresses, records or
secrets. Counters begin at 0 with the process; what a snapshot brings is not counted again.
"""
TAIL = """\
Of the process itself there are `process_cpu_seconds_total`, `process_resident_memory_bytes`,
`process_virtual_memory_bytes`, `process_start_time_seconds`, `process_open_fds` and
`process_max_fds`.
"""


def metrics_page() -> str:
    """Return ``docs/metrics.md``."""
    upper = ", ".join(f"{edge:g}" for edge in BUCKETS)
    return (
        "\n".join(
            [
                HEAD,
                "| metric | kind | role | labels | meaning |",
                "| --- | --- | --- | --- | --- |",
                *map(_line, METERS),
                "",
                f"Histograms have buckets up to {upper} seconds, and one above.",
                "",
                TAIL,
            ]
        ).rstrip()
        + "\n"
    )


def _line(meter: Meter) -> str:
    labels = ", ".join(f"`{label}`" for label in meter.labels)
    cells = (f"`{meter.name}`", meter.kind, meter.role, labels, meter.meaning)
    return f"| {' | '.join(cells)} |"
