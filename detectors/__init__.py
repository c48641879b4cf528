"""Detectors take arrays and give scores. Everything a plugin author needs is imported from here."""

from .base import Contributions, Detector
from .checks import check_detector
from .errors import ConfigError, ModelError, PluginError
from .registry import load

__all__ = [
    "ConfigError",
    "Contributions",
    "Detector",
    "ModelError",
    "PluginError",
    "check_detector",
    "load",
]
