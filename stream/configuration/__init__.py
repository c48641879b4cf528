"""The settings of the live engine: their tables, where values come from, and what is wrong."""
