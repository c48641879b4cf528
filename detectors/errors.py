"""What can go wrong with a detector, sorted by what the caller does about it.

Each package has its own errors, for ``detectors`` and ``connectors`` know nothing of one another.
"""


class ConfigError(ValueError):
    """A setting or constructor argument is wrong: stop before any event is read (exit code 2)."""


class PluginError(ConfigError):
    """No plugin, or more than one, has the name that was asked for."""


class ModelError(RuntimeError):
    """A state or model is missing, damaged or made for other features: stop (exit code 2)."""
