"""API keys of our logins in Elasticsearch, each in a file that only its owner can read.

The server shows a secret once, when it makes the key. So a key counts as there where its file holds
one that is valid and has today's rights; else another is made. One that a file held before stays
valid: who made it can invalidate it.
"""

import base64
import os
from pathlib import Path

from connectors.elasticsearch import Cluster
from connectors.elasticsearch_objects import api_keys, create_api_key, has_security

from .elasticsearch_roles import KEYS
from .elasticsearch_setup import rights_in

ENDING = ".api-key"


def key_file(folder: Path, name: str) -> Path:
    """Return the file of a key."""
    return folder / f"{name}{ENDING}"


def missing_keys(cluster: Cluster, folder: Path) -> list[str]:
    """Return the names of the keys whose file holds none that is valid and has today's rights.

    Needs the cluster privilege ``manage_own_api_key``, and knows the keys of this login only.
    """
    if not has_security(cluster):
        return []
    return [name for name in KEYS if _id_in(key_file(folder, name)) not in _valid(cluster, name)]


def make_key(cluster: Cluster, name: str) -> str:
    """Make a key; return its secret. It cannot be asked for again."""
    return create_api_key(cluster, name, KEYS[name])


def keep_key(folder: Path, name: str, secret: str) -> Path:
    """Write a key to its file, mode 0600, in place of another."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = key_file(folder, name)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secret}\n")
    new.replace(path)
    return path


def _valid(cluster: Cluster, name: str) -> set[str]:
    return {
        str(key["id"])
        for key in api_keys(cluster, name)
        for descriptor in key["role_descriptors"].values()
        if rights_in(descriptor) == rights_in(KEYS[name])
    }


def _id_in(path: Path) -> str:
    """Return the id of the key in a file, "" where there is none."""
    try:
        return base64.b64decode(path.read_bytes(), validate=False).decode().split(":")[0]
    except (OSError, ValueError):  # no file, or no key in it
        return ""
