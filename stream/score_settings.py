"""What a score worker is told."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.kafka_clients import Properties

from .formats.dialect import DialectTexts
from .pipeline import PipelineSettings
from .start_from import NEWEST, StartFrom
from .topics import TopicNames


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """What a score worker is told.

    Parameters
    ----------
    properties : mapping
        Of librdkafka.
    group : str
        Consumer group.
    sources : tuple of str
        Topics, or one ``^regex``.
    topics : TopicNames
    pipeline : callable
        Gives the settings of a lane's pipeline by topic and partition.
    worker : str
        Name of this worker, another one each start.
    batch : int
        Most records taken at once.
    batch_s, idle_s, snapshot_s, transaction_s : float
        Longest wait for a batch, silence after which a lane is idle, longest time between
        snapshots, and after which the broker aborts what a dead worker left open.
    reject_share : float
        Share of a lane's records that may be rejects before it stops the worker.
    start : StartFrom
    dialects : callable
        Gives the user's dialects that lanes are to be read with from now on.
    """

    properties: Properties
    group: str
    sources: tuple[str, ...]
    topics: TopicNames
    pipeline: Callable[[str, int], PipelineSettings]
    worker: str
    batch: int = 10_000
    batch_s: float = 0.2
    idle_s: float = 30.0
    snapshot_s: float = 600.0
    transaction_s: float = 10.0
    reject_share: float = 0.5
    start: StartFrom = NEWEST
    dialects: Callable[[], DialectTexts] = tuple
