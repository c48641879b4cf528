"""Simulated telemetry: a site of offices, servers and an internet, with attacks planted in it."""
