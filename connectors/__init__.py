"""Bytes and documents in and out; knows no domain type."""
