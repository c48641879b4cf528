"""The shipped prior is what the command makes, and the same rows give the same file."""

from pathlib import Path

import numpy as np
import pytest

from connectors.errors import SinkError
from stream.features.feature_set import CONNECTION_SET
from stream.populations import POPULATIONS
from stream.prior import PriorRows, load_prior, save_prior
from stream.prior_making import ENTITIES, SITES, digest_of, make_prior, rounded
from stream.simulate.settings import SimulationSettings

REMAKE = "make it anew: almenara simulate --prior stream/priors/prior-v1.npz"


def few_rows() -> tuple[PriorRows, ...]:
    rng = np.random.default_rng(7)
    d = len(CONNECTION_SET.features)
    return tuple(
        PriorRows(rng.random((5, d), np.float32), np.ones(5), np.arange(5)) for _ in POPULATIONS
    )


def test_shipped_prior_is_what_the_command_makes() -> None:
    shipped = load_prior(CONNECTION_SET).rows
    assert digest_of(make_prior()) == digest_of(shipped), REMAKE


def test_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    paths = tmp_path / "a.npz", tmp_path / "b.npz"
    for path in paths:
        save_prior(path, CONNECTION_SET, few_rows())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    save_prior(path, CONNECTION_SET, few_rows())
    loaded = load_prior(CONNECTION_SET, path)
    assert loaded.is_own
    assert digest_of(loaded.rows) == digest_of(few_rows())


def test_prior_that_cannot_be_written_is_a_known_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="cannot be written"):
        save_prior(tmp_path / "no" / "p.npz", CONNECTION_SET, few_rows())


def test_shipped_prior_is_small_and_of_quiet_sites() -> None:
    shipped = load_prior(CONNECTION_SET)
    external = shipped.rows[0]
    failed = external.x[:, CONNECTION_SET.names.index("failed_4h")]
    assert failed.max() <= 5.0
    for rows in shipped.rows:
        assert 0.9 < len(np.unique(rows.entity)) / (ENTITIES * len(SITES)) <= 1.0
        assert np.isfinite(rows.x).all()


def test_every_drawn_entity_has_rows_that_teach() -> None:
    site = SimulationSettings(hosts=4, days=1, attacks=(), internet_sources_per_day=30)
    for rows in make_prior((site, site)):
        taught = np.bincount(rows.entity, rows.weight)
        assert (taught > 0).all()
        assert len(taught) <= 2 * ENTITIES


def test_rounding_keeps_zero_powers_of_two_and_half_a_thousandth() -> None:
    x = np.array([[0.0, 1.0, 4096.0, -0.5, 3.14159, 1e9]], np.float32)
    assert rounded(x)[0, :4].tolist() == [0.0, 1.0, 4096.0, -0.5]
    assert np.allclose(rounded(x), x, rtol=2.0**-10)
