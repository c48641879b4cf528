"""Bytes and documents in and out; knows no domain type."""

from .errors import SinkError, SourceError
from .files import LogFile
from .line_blocks import LineBlock

__all__ = ["LineBlock", "LogFile", "SinkError", "SourceError"]
