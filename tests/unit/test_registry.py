"""Detectors are found by name, whoever brings them."""

from pathlib import Path

import pytest

from detectors import ConfigError, PluginError, load
from detectors.den_stream import DenStream
from detectors.registry import installed


def bring(folder: Path, distribution: str, entries: str, module: str = "") -> None:
    """Lay out an installed distribution with entry points, as pip does."""
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\n")
    (metadata / "entry_points.txt").write_text(f"[almenara.detectors]\n{entries}\n")
    (folder / f"{distribution}.py").write_text(module)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_built_ins_are_installed_in_order_of_name() -> None:
    names = list(installed())
    assert names == sorted(names)
    assert {"den_stream", "kit_net", "tails"} <= set(names)
    assert installed()["den_stream"] == "detectors.den_stream:DenStream"


def test_built_in_is_made_with_its_arguments() -> None:
    detector = load("den_stream", n_features=3, directions=(1, 0, -1))
    assert isinstance(detector, DenStream)
    assert detector.n_features == 3


def test_plugin_is_found_beside_the_built_ins(site: Path) -> None:
    bring(
        site,
        "acme_beacon",
        "beacon = acme_beacon:Beacon",
        "from plain_detector import Plain\nclass Beacon(Plain):\n    pass\n",
    )
    assert installed()["beacon"] == "acme_beacon:Beacon"
    detector = load("beacon", n_features=1, directions=(1,))
    assert type(detector).__name__ == "Beacon"


def test_wrong_name_is_told_the_nearest_and_what_is_installed() -> None:
    with pytest.raises(PluginError) as caught:
        load("den_strem")
    assert str(caught.value).startswith(
        "detector 'den_strem': found 0 plugins, expected 1; "
        "did you mean 'den_stream'? installed: den_stream, "
    )


def test_name_like_no_other_gets_no_guess() -> None:
    with pytest.raises(PluginError, match="'qqq': found 0 plugins, expected 1; installed: den_st"):
        load("qqq")


def test_name_that_two_claim_is_refused(site: Path) -> None:
    bring(site / "a", "acme_one", "twin = acme_one:Twin")
    bring(site / "b", "acme_two", "twin = acme_two:Twin")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site / "a")
        patch.syspath_prepend(site / "b")
        assert installed()["twin"] == "acme_one:Twin | acme_two:Twin"
        with pytest.raises(PluginError, match=r"found 2 plugins, .* acme_one:Twin, acme_two:Twin"):
            load("twin")


def test_plugin_that_cannot_be_imported_is_named(site: Path) -> None:
    bring(site, "acme_lost", "lost = acme_lost.inside:Lost")
    with pytest.raises(PluginError, match=r"'lost': acme_lost\.inside:Lost cannot be imported"):
        load("lost")


def test_plugin_that_is_no_detector_is_refused(site: Path) -> None:
    bring(site, "acme_odd", "odd = acme_odd:Odd", "class Odd:\n    pass\n")
    with pytest.raises(PluginError, match="'odd': acme_odd:Odd is no detector, expected a subclas"):
        load("odd")


def test_unknown_argument_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError, match=r"'den_stream': .* made with .*n_features, radios"):
        load("den_stream", n_features=1, directions=(1,), radios=2.0)


def test_missing_arguments_are_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError, match="'den_stream': cannot be made with nothing"):
        load("den_stream")
