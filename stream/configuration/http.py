"""Where processes answer health and metrics by HTTP, and which of them has which port."""

from .kafka import ADDRESS

LAST_PORT = 65_535
OTHERS = ("alert", "publish", "index")
"""Roles of which one process runs; they have the first ports, so that workers move none of them."""


def checked(text: str) -> str:
    """Return an address as host:port, or nothing; ValueError where it is neither."""
    found = ADDRESS.fullmatch(text)
    if text and (found is None or not 0 < int(found[2] or 0) <= LAST_PORT):
        raise ValueError("expected host:port, or nothing; write it like 127.0.0.1:9464")
    return text


def ports_of(address: str, workers: int) -> dict[str, str]:
    """Return the address of every process of ``almenara run``: ``score-1`` is the first worker.

    alert has the port of the setting, publish the next, index the one after it, the workers that
    score those that follow, and rekey the last.
    """
    names = (*OTHERS, *(f"score-{k + 1}" for k in range(workers)), "rekey")
    if not address:
        return dict.fromkeys(names, "")
    host, _, port = address.rpartition(":")
    return {name: f"{host}:{int(port) + k}" for k, name in enumerate(names)}
