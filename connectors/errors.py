"""What can go wrong with bytes that come in or go out, sorted by what the caller does about it."""


class SourceError(RuntimeError):
    """An input is missing, unreadable or damaged as a whole: stop (exit code 6)."""


class SinkError(RuntimeError):
    """An output cannot be opened or written: stop (exit code 1)."""


class OptionsError(RuntimeError):
    """A client does not take the options that it is given: stop (exit code 2)."""


class ConnectError(RuntimeError):
    """A server cannot be reached, or is not what was expected: stop (exit code 4)."""


class RightsError(RuntimeError):
    """A server refuses who we are or what we ask for: stop (exit code 5)."""


class FencedError(RuntimeError):
    """Somebody else owns by now what was to be written: drop it, the new owner writes the same."""


class StoppedError(RuntimeError):
    """The process was told to stop while it waited for a server: end, as at any other moment."""
