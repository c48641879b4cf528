"""Which tests may run side by side (pytest-xdist).

Its own groups by a mark are lost on pytest 9.2, where a plugin cannot change a test's name.
"""

from xdist.scheduler import LoadFileScheduling

LIVE = "tests/integration/"


class ServersApart(LoadFileScheduling):  # type: ignore[misc] # it has no types
    """Keeps the tests of real servers in one process, one after the other, and those of a file."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of what a test is dealt with."""
        return LIVE if nodeid.startswith(LIVE) else str(super()._split_scope(nodeid))
