"""More than a set share of rejects stops a source, instead of filling the dead letters."""

from connectors.errors import SourceError

LEAST_JUDGED = 1_000  # records of a lane before its share of rejects is judged


class Share:
    """Counts the records and rejects of one lane.

    Parameters
    ----------
    name : (str, int)
        Topic and partition.
    most : float
        Share of rejects that is borne.
    dead_letters : str
        Topic in which they are looked at.
    """

    def __init__(self, name: tuple[str, int], most: float, dead_letters: str) -> None:
        self._name = name
        self._most = most
        self.dead_letters = dead_letters
        self.records = 0
        self.refused = 0

    def add(self, records: int, refused: int) -> None:
        """Count more records; SourceError where too many of all are rejects."""
        self.records += records
        self.refused += refused
        check_share(self._name, (self.refused, self.records), self._most, self.dead_letters)


def check_share(
    name: tuple[str, int], refused_of: tuple[int, int], most: float, dead_letters: str
) -> None:
    """Raise a SourceError where more than a share of a lane's records are rejects."""
    refused, records = refused_of
    if records >= LEAST_JUDGED and refused > most * records:
        raise SourceError(
            f"{name[0]} {name[1]}: {refused} of {records} records rejected, expected at most"
            f" {most:.0%}; look at them in {dead_letters}, then set the source's format"
        )
