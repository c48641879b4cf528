"""Compiled loops of the detectors: pure functions over arrays."""
