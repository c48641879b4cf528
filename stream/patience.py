"""How long alerting waits for a lane that stands still (docs/semantics.md, rule 19)."""

from collections.abc import Mapping

from .lanes import Name


class Patience:
    """Tells which lanes have stood still for longer than patience lasts.

    Only time counts in which the log was read to its end: while Kafka is away, or this process was
    stopped or is behind, lanes may have gone on.

    Parameters
    ----------
    patience_s : float
        Seconds of wall clock.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._end: int | None = None  # of the log, when this was asked last
        self._stood: dict[Name, tuple[float, float]] = {}  # pulse, and since when it stands

    def ran_out(
        self, held: Mapping[Name, float], read: int, end: int | None, now: float
    ) -> list[Name]:
        """Return the lanes to be overtaken; each is told once, until its pulse moves.

        ``held`` has the pulses of lanes that others wait for, ``read`` the offset up to which the
        log was read, ``end`` where it ends, None where Kafka does not say.
        """
        before, self._end = self._end, end
        if before is None or end is None or read < before:
            self._stood = {}
            return []
        stood = self._stood
        self._stood = {
            name: stood[name] if name in stood and stood[name][0] == pulse else (pulse, now)
            for name, pulse in held.items()
        }
        over = [n for n, (_, since) in self._stood.items() if now - since >= self._patience_s]
        for name in over:
            del self._stood[name]
        return over
