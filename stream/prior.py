"""Rows of pseudo-entities that stand in for a past: made by the simulator, shipped as data.

A prior is one ``.npz``: for each population the rows (n, d) float32, their weights and the number
of the pseudo-entity that each belongs to; and the name and fingerprint of the feature set.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.errors import SinkError
from detectors.base import Features, Rows
from detectors.errors import ModelError

from .features.feature_set import FeatureSet
from .populations import POPULATIONS

DEFAULT = "prior-v1.npz"


@dataclass(frozen=True, slots=True)
class PriorRows:
    """Rows of one population's pseudo-entities."""

    x: Features  # (n, d)
    weight: Rows  # (n,)
    entity: NDArray[np.int64]  # (n,) 0 to the number of pseudo-entities


@dataclass(frozen=True, slots=True)
class Prior:
    """What a lane without a past starts from, by population."""

    name: str
    fingerprint: str
    is_own: bool  # made of the user's own past, not shipped
    rows: tuple[PriorRows, ...]


def save_prior(path: Path, features: FeatureSet, rows: tuple[PriorRows, ...]) -> None:
    """Write a prior; SinkError where that cannot be. The same rows give the same bytes."""
    arrays: dict[str, NDArray[Any]] = {
        "features": np.array([features.name, features.fingerprint]),
    }
    for population, part in zip(POPULATIONS, rows, strict=True):
        arrays[f"x{population.tag}"] = np.asfortranarray(part.x)  # packs better
        arrays[f"weight{population.tag}"] = part.weight.astype(np.float32)
        arrays[f"entity{population.tag}"] = part.entity.astype(np.int32)
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            for name, array in arrays.items():
                packed = io.BytesIO()
                np.lib.format.write_array(packed, array, allow_pickle=False)
                member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980: the same rows, the same bytes
                member.compress_type = zipfile.ZIP_LZMA
                archive.writestr(member, packed.getvalue())
    except OSError as error:
        raise SinkError(
            f"prior {path}: cannot be written ({(error.strerror or 'unknown').lower()}), expected a"
            " file; choose another place"
        ) from error


def load_prior(features: FeatureSet, path: Path | None = None) -> Prior:
    """Read a prior, ours without a path; ModelError where it is damaged or of other features."""
    name = DEFAULT if path is None else path.name
    try:
        if path is None:
            with resources.as_file(resources.files("stream") / "priors" / DEFAULT) as shipped:
                return _read(shipped, features, is_own=False)
        return _read(path, features, is_own=True)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"prior {name}: {type(error).__name__}, expected a prior file; make one with"
            " `almenara simulate --prior`"
        ) from error


def _read(path: Path, features: FeatureSet, *, is_own: bool) -> Prior:
    name = path.name
    digest = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    with np.load(path, allow_pickle=False) as file:
        made_for = tuple(str(word) for word in file["features"])
        if made_for != (features.name, features.fingerprint):
            raise ModelError(
                f"prior {name}: made for features {made_for[0]} {made_for[1]}, expected"
                f" {features.name} {features.fingerprint}; make it anew: almenara simulate --prior"
            )
        rows = tuple(
            PriorRows(
                np.ascontiguousarray(file[f"x{p.tag}"], np.float32),
                file[f"weight{p.tag}"].astype(np.float64),
                file[f"entity{p.tag}"].astype(np.int64),
            )
            for p in POPULATIONS
        )
    return Prior(name.removesuffix(".npz"), digest, is_own, rows)
