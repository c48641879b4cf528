"""A whole alert and a whole digest, byte for byte. Run with ALMENARA_GOLDEN=write to renew them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from candidates_made import candidate
from documents_made import decided, digests, judged
from stream.documents import Encoder
from stream.events import Position
from stream.evidence import Witness

HERE = Path(__file__).parent
SWEEP = candidate(
    3_605.25,
    "10.0.0.7",
    0.025,
    population="internal source",
    resolution=0.01,
    voting_populations=1,
    values={"novel_failed_4h": 380.0, "failed_4h": 395.0, "peers_window": 412.0},
    typical={"novel_failed_4h": 0.1, "failed_4h": 2.0, "peers_window": 3.0},
    typical_of="entity",
    window={
        "events": 430,
        "failed": 390,
        "peers": 412,
        "internal_peers": 412,
        "novel_peers": 409,
        "main_port": 445,
        "bytes_out": 25_800.0,
        "bytes_in": 1_200.0,
        "first_ts": 1_655_168_402.5,
    },
    event={
        "destination_ip": "10.0.3.77",
        "destination_port": 445,
        "source_local": True,
        "packets_in": -1.0,
        "outcome": "attempt",
        "observer": "core-1",
    },
    evidence=(
        Witness(Position(10, 0), 1_655_168_402.5, "10.0.3.1"),
        Witness(Position(230, 0), 1_655_168_404.0, "10.0.3.40"),
        Witness(Position(439, 1), 1_655_168_405.25, "10.0.3.77"),
    ),
)


def located(_topic: str, _partition: int, offset: int) -> tuple[str, int]:
    return "conn.log", offset * 120


@pytest.mark.parametrize("kind", ["alert", "digest"])
def test_document_is_what_it_was(kind: str) -> None:
    decisions = decided([SWEEP])
    encoder = Encoder("replay", located)
    document: dict[str, Any] = (
        encoder.alert(judged(decisions)[0], 1_700_000_000.0)
        if kind == "alert"
        else encoder.digest(digests(decisions)[0], 1_700_000_000.0)
    )
    path = HERE / f"{kind}.json"
    if os.environ.get("ALMENARA_GOLDEN") == "write":
        path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    assert document == json.loads(path.read_text())
