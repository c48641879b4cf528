"""The user's folder of dialects, read at the start and again when that is asked for (SIGHUP)."""

import logging
from collections.abc import Callable

from detectors.errors import ConfigError

from .configuration.parts import parse_settings
from .configuration.tables import Settings
from .formats.dialect import DialectTexts, read_folder
from .formats.parser import Parser

_log = logging.getLogger(__name__)


class UserDialects:
    """Gives the files that are in force. A folder that is wrong later leaves those before in force.

    Parameters
    ----------
    settings : Settings
    asked : callable
        How often a reload was asked for.

    Raises
    ------
    ConfigError
        If the folder or a file is wrong at the start.
    """

    def __init__(self, settings: Settings, asked: Callable[[], int]) -> None:
        self._settings = settings
        self._asked = asked
        self._done = asked()
        self._files = self._read()

    def __call__(self) -> DialectTexts:
        """Return the files in force, read again where that was asked for."""
        asked = self._asked()
        if asked != self._done:
            self._done = asked
            self._reload()
        return self._files

    def _reload(self) -> None:
        try:
            found = self._read()
        except ConfigError as error:
            _log.error("%s; the dialects before stay in force", error)
            return
        is_new = found != self._files
        self._files = found
        said = "" if is_new else ", all as before"
        _log.info("dialects read again: %d files of the user's own%s", len(found), said)

    def _read(self) -> DialectTexts:
        files = read_folder(self._settings.dialect_folder)
        # what goes into the log must make a parser, or no owner could read the lane any more
        for source in self._settings.source:
            Parser(parse_settings(self._settings, source, files))
        return files
