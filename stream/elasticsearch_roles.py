"""Least privileges in Elasticsearch: what each of our logins needs, and why.

Each is a role as Elasticsearch's security API takes it, and as ``almenara setup elasticsearch
--print-roles`` prints it. A test takes each privilege away and sees what fails without it.
"""

from typing import Any

PATTERN = "logs-almenara.*"

ENGINE = "almenara-engine"
SETUP = "almenara-setup"
READER = "almenara-reader"

ROLES: dict[str, dict[str, Any]] = {
    ENGINE: {
        "cluster": ["monitor"],  # to ask for the version
        "indices": [
            {
                "names": [PATTERN],
                "privileges": [
                    "auto_configure",  # to make the stream of a new namespace from its template
                    "create_doc",  # to add documents; none can be changed or deleted
                    "maintenance",  # to refresh before redelivered ids are looked up
                    "read",  # to look them up
                ],
            }
        ],
    },
    SETUP: {
        # own keys only; the keys it makes can do no more than itself
        "cluster": ["manage_index_templates", "manage_own_api_key", "monitor"],
        "indices": [{"names": [PATTERN], "privileges": ["create_doc", "manage", "read"]}],
    },
    READER: {
        "cluster": [],
        "indices": [{"names": [PATTERN], "privileges": ["read", "view_index_metadata"]}],
    },
}

KEYS: dict[str, dict[str, Any]] = {
    **ROLES,
    # a key cannot make keys that can do anything
    SETUP: {**ROLES[SETUP], "cluster": ["manage_index_templates", "monitor"]},
}
"""Rights of the API key of each login."""
