"""The network of the package: what it says of spectra of any length, and of none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bumpcast.bumps.network import NetworkError, load_network
from bumpcast.bumps.network.fits.of_histograms import LEAST_BINS
from bumpcast.bumps.network.measures import measures
from bumpcast.bumps.network.network import DEFAULT_NETWORK, card_path
from bumpcast.bumps.synthetic import Recipe, draw

HGG = Path(__file__).parents[2] / "data/atlas_hgg_2012.csv"


@pytest.fixture(scope="module")
def drawn():
    return draw(Recipe(), 11, "test", 600)


def test_it_reads_significances(drawn) -> None:
    z, background = load_network().read(drawn.offsets, drawn.counts)
    found = measures(drawn, z)
    assert abs(found.mean) < 0.15
    assert found.auc > found.auc_likelihood - 0.03
    middle = np.median(np.abs(drawn.largest_z(z) - drawn.largest_z()))
    assert middle < 0.35
    pulls = (background - drawn.background) / np.sqrt(drawn.background)
    assert np.median(np.abs(pulls)) < 0.3


def test_a_histogram_is_read_the_same_alone(drawn) -> None:
    network = load_network()
    z, background = network.read(drawn.offsets, drawn.counts)
    for h in range(40):
        here = slice(drawn.offsets[h], drawn.offsets[h + 1])
        alone, expected = network.read([0, here.stop - here.start], drawn.counts[here])
        assert np.allclose(alone, z[here], atol=1e-4)
        assert np.allclose(expected, background[here], rtol=1e-4)


@pytest.mark.parametrize("bins", [LEAST_BINS, 11, 29, 101, 400])
def test_any_number_of_bins(bins: int) -> None:
    true = 4000 * np.exp(-3 * np.linspace(0, 1, bins))
    counts = np.random.default_rng(bins).poisson(true).astype(float)
    z, background = load_network().read([0, bins], counts)
    assert np.all(np.isfinite(z))
    assert np.max(np.abs(z)) < 4.5
    assert np.all(np.abs(background / true - 1) < 0.4)


def test_nothing_is_said_of_what_is_no_spectrum() -> None:
    lengths = [0, 1, LEAST_BINS - 1, 40, 40, 40, 0]
    counts = np.concatenate(
        [
            [50.0],
            np.full(LEAST_BINS - 1, 30.0),
            np.zeros(40),
            np.full(40, np.nan),
            np.full(40, -1.0),
        ]
    )
    offsets = np.cumsum([0, *lengths])
    z, background = load_network().read(offsets, counts)
    assert np.all(np.isnan(z))
    assert np.all(np.isnan(background))
    z, background = load_network().read([0], [])
    assert len(z) == len(background) == 0


def test_bins_that_are_no_numbers_are_left_out() -> None:
    true = 900 * np.exp(-2 * np.linspace(0, 1, 50))
    counts = np.random.default_rng(4).poisson(true).astype(float)
    counts[10], counts[30], counts[31] = np.nan, -3.0, np.inf
    z, _ = load_network().read([0, 50], counts)
    assert list(np.flatnonzero(np.isnan(z))) == [10, 30, 31]
    assert np.nanmax(np.abs(z)) < 4.5


def test_weights_count_as_the_events_that_they_are_worth(drawn) -> None:
    offsets, counts = drawn.offsets[:21], drawn.counts[: drawn.offsets[20]]
    network = load_network()
    z, background = network.read(offsets, counts)
    weighted, expected = network.read(offsets, 0.02 * counts, 0.02**2 * counts)
    assert np.allclose(weighted, z, atol=5e-3)
    assert np.allclose(expected, 0.02 * background, rtol=1e-2)


def test_empty_bins_of_a_weighted_spectrum() -> None:
    true = 30 * np.exp(-5 * np.linspace(0, 1, 60))
    counts = np.random.default_rng(6).poisson(true).astype(float)
    assert np.any(counts == 0)
    z, _ = load_network().read([0, 60], 3.0 * counts, 9.0 * counts)
    assert np.all(np.isfinite(z))
    assert z.max() < 4.5


def test_the_published_diphoton_spectrum() -> None:
    low, high, counts = np.loadtxt(HGG, delimiter=",", skiprows=1, unpack=True)
    z, background = load_network().read([0, len(counts)], counts)
    at = int(np.argmax(z))
    assert low[at] <= 127
    assert high[at] >= 125
    # Between what is left with the background profiled and what the published network reads.
    assert 3.1 < z[at] < 4.6
    assert np.all(np.abs(background / counts - 1) < 0.15)


def test_columns_that_do_not_fit() -> None:
    network = load_network()
    with pytest.raises(ValueError, match="offsets end at \\[3\\], but there are 4 counts"):
        network.read([0, 3], np.ones(4))
    with pytest.raises(ValueError, match="must not fall"):
        network.read([0, 3, 2, 4], np.ones(4))
    with pytest.raises(ValueError, match="there are 3 variances for 4 counts"):
        network.read([0, 4], np.ones(4), np.ones(3))


def test_the_card_says_how_it_was_made() -> None:
    card = load_network().card
    assert card["parameters"] < 943_362
    assert card["command"].startswith("bumpcast bumps train")
    assert card["training_seconds"] > 0
    assert card["versions"]["torch"].startswith("2.13.0")


def test_a_card_of_another_file_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "network.onnx"
    shutil.copy(DEFAULT_NETWORK, model)
    with pytest.raises(NetworkError, match="cannot be read with its card"):
        load_network(model)
    shutil.copy(card_path(DEFAULT_NETWORK), card_path(model))
    load_network(model)
    model.write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(NetworkError, match="is of another file"):
        load_network(model)


def test_other_features_are_refused(tmp_path: Path) -> None:
    model = tmp_path / "network.onnx"
    shutil.copy(DEFAULT_NETWORK, model)
    card = json.loads(card_path(DEFAULT_NETWORK).read_text())
    card["bin_features"] = ["pull"]
    card_path(model).write_text(json.dumps(card))
    with pytest.raises(NetworkError, match="was trained on other features"):
        load_network(model)


def test_pytorch_is_not_needed() -> None:
    program = (
        "import sys; from bumpcast.bumps.network import load_network; import numpy as np;"
        "load_network().read([0, 40], np.full(40, 50.0));"
        "assert not {'torch', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
