"""What can go wrong with bytes that come in or go out, sorted by what the caller does about it."""


class SourceError(RuntimeError):
    """An input is missing, unreadable or damaged as a whole: stop (exit code 6)."""


class SinkError(RuntimeError):
    """An output cannot be opened or written: stop (exit code 1)."""
