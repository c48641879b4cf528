"""Finding detectors by name: built-ins and plugins come by the same road."""

import difflib
from importlib.metadata import EntryPoint, entry_points

from .base import Detector
from .errors import ConfigError, PluginError

GROUP = "almenara.detectors"


def installed() -> dict[str, str]:
    """Return where each installed detector lives, by name, in order of name.

    A name that several distributions claim shows all its places, joined by ``" | "``.
    """
    return {name: " | ".join(sorted(places)) for name, places in sorted(_places().items())}


def load(name: str, **arguments: object) -> Detector:
    """Make the detector that is installed under this name.

    Parameters
    ----------
    name : str
        A name of the entry-point group ``almenara.detectors``.
    **arguments
        Handed to its constructor, which checks them.

    Raises
    ------
    PluginError
        If no plugin or more than one has the name, or what is found cannot be imported or is no
        ``Detector``.
    ConfigError
        If the constructor does not take the arguments, or refuses their values.
    """
    places = _places().get(name, {})
    if len(places) != 1:
        raise PluginError(_not_one(name, sorted(places)))
    ((place, entry),) = places.items()
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"detector {name!r}: {place} cannot be imported ({type(error).__name__}), "
            f"expected a class; reinstall the plugin"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Detector)):
        raise PluginError(
            f"detector {name!r}: {place} is no detector, expected a subclass of "
            f"detectors.Detector; correct the plugin"
        )
    return _make(name, found, arguments)


def _make(name: str, found: type[Detector], arguments: dict[str, object]) -> Detector:
    try:
        return found(**arguments)
    except TypeError as error:
        raise ConfigError(
            f"detector {name!r}: cannot be made with {', '.join(sorted(arguments)) or 'nothing'} "
            f"({error}), expected its own arguments; correct the settings"
        ) from error


def _places() -> dict[str, dict[str, EntryPoint]]:
    places: dict[str, dict[str, EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        places.setdefault(entry.name, {})[entry.value] = entry
    return places


def _not_one(name: str, places: list[str]) -> str:
    if places:
        return (
            f"detector {name!r}: found {len(places)} plugins, expected 1; "
            f"uninstall all but one of: {', '.join(places)}"
        )
    names = sorted(_places())
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return (
        f"detector {name!r}: found 0 plugins, expected 1; "
        f"{hint}installed: {', '.join(names) or 'none'}"
    )
