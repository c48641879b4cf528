"""Checks of everything that the engine needs, one after the other, with what to do."""
