"""Arrays (events, 2, 7) with momenta and the decay flavour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import LlpValueError
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError
from bumpcast.surrogates.units import UnitsError


def particles(events: int = 20, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pt, eta = rng.exponential(40.0, (events, 2)), rng.normal(0.0, 1.5, (events, 2))
    phi = rng.uniform(-np.pi, np.pi, (events, 2))
    columns = [pt, eta, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]
    columns += [np.full((events, 2), 55.0), rng.choice([4.0, 5.0, -15.0], (events, 2))]
    return np.stack(columns, axis=-1).astype(np.float32)


def test_an_array_is_read_as_it_is(tmp_path):
    array = particles()
    np.save(tmp_path / "a.npy", array)
    pairs = read_pairs(tmp_path / "a.npy")
    np.testing.assert_array_equal(pairs.pt, array[..., 0])
    np.testing.assert_array_equal(pairs.eta, array[..., 1])
    np.testing.assert_array_equal(pairs.mass, array[..., 5])
    np.testing.assert_array_equal(pairs.child, np.abs(array[..., 6]))
    assert pairs.lxy is None
    assert pairs.lz is None
    assert not pairs.copied.any()
    np.testing.assert_array_equal(pairs.weight, 1.0)


def test_one_particle_counts_twice(tmp_path):
    array = particles()
    array[3, 1] = np.nan
    np.save(tmp_path / "a.npy", array)
    pairs = read_pairs(tmp_path / "a.npy")
    assert pairs.copied.nonzero()[0].tolist() == [3]
    assert pairs.pt[3, 1] == pairs.pt[3, 0]
    np.save(tmp_path / "b.npy", array[:, :1])
    alone = read_pairs(tmp_path / "b.npy")
    assert alone.copied.all()
    np.testing.assert_array_equal(alone.child[:, 1], np.abs(array[:, 0, 6]))


def test_an_archive_may_hold_weights_and_more(tmp_path):
    array, weight = particles(), np.linspace(0.5, 2.0, 20)
    np.savez(tmp_path / "a.npz", llps=array, weight=weight, jets=np.arange(20))
    pairs = read_pairs(tmp_path / "a.npz", ReadOptions(more=("jets",)))
    np.testing.assert_array_equal(pairs.weight, weight)
    np.testing.assert_array_equal(pairs.more["jets"], np.arange(20))
    np.savez(tmp_path / "b.npz", one=array, two=array)
    with pytest.raises(LlpFileError, match=r"several arrays fit \(one \(20, 2, 7\), two"):
        read_pairs(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a[..., [1, 0, 2, 3, 4, 5, 6]], LlpColumnError, "the order of the numbers is pT"),
        (lambda a: a[..., [0, 1, 2, 4, 3, 5, 6]], LlpColumnError, "px and py give"),
        (lambda a: a * [1e3, 1, 1e3, 1e3, 1e3, 1e3, 1] * 100, LlpColumnError, "pT and eta give pz"),
        (lambda a: a * [1e3, 1, 1e3, 1e3, 1e3, 1e3, 1], UnitsError, "looks like MeV"),
        (lambda a: a * [1, 1, 1, 1, 1, -1, 1], LlpValueError, "a mass is not negative"),
        (lambda a: np.add(a, [0, 0, 0, 0, 0, 0, 0.5]), LlpColumnError, "is no PDG number"),
        (lambda a: a[..., :6], LlpFileError, r"no array fits \(\(20, 2, 6\)\)"),
        (lambda a: a.astype("U8"), LlpColumnError, "values of type"),
    ],
)
def test_what_cannot_be_is_told(tmp_path, change, error, message):
    np.save(tmp_path / "a.npy", change(particles()))
    with pytest.raises(error, match=message):
        read_pairs(tmp_path / "a.npy")


def test_units_that_are_stated_are_converted_and_believed(tmp_path):
    array = particles()
    np.save(tmp_path / "a.npy", array.astype(np.float64) * [1e3, 1, 1e3, 1e3, 1e3, 1e3, 1])
    pairs = read_pairs(tmp_path / "a.npy", ReadOptions(momentum_unit="MeV"))
    np.testing.assert_allclose(pairs.pt, array[..., 0], rtol=1e-12)
    np.testing.assert_allclose(pairs.mass, 55.0)
    assert read_pairs(tmp_path / "a.npy", ReadOptions(momentum_unit="GeV")).mass[0, 0] == 55000.0


def test_python_objects_are_not_read(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(LlpFileError, match="cannot be read"):
        read_pairs(tmp_path / "a.npy")


def test_other_files_are_refused_by_their_names(tmp_path):
    with pytest.raises(SurrogateError, match=r"files of events end in \.npy"):
        read_pairs(Path("events.pkl"))
    (tmp_path / "events.npy").touch()
    with pytest.raises(SurrogateError, match=r"no such file. Did you mean 'events.npy'"):
        read_pairs(tmp_path / "event.npy")
    with pytest.raises(SurrogateError, match="cannot be read"):
        read_pairs(tmp_path / "events.npy")


def test_a_boson_that_is_wanted_is_not_made_up(tmp_path):
    np.save(tmp_path / "a.npy", particles())
    with pytest.raises(LlpColumnError, match="arrays do not name a W or Z boson"):
        read_pairs(tmp_path / "a.npy", ReadOptions(boson=True))
