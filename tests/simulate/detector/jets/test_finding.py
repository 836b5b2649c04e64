"""Jets against those that Delphes itself made of the same energy-flow objects."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bumpcast.config.detector_jets import JetSettings
from bumpcast.simulate.detector.jets.finding import Jets, find_jets
from bumpcast.simulate.detector.jets.sources import JetSources
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.events import Collection, Particles

ROOT = Path(__file__).parents[4]
CARD = ROOT / "configs/simulate/detectors/cms.toml"
Arrays = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def delphes() -> Arrays:
    with np.load(ROOT / "tests/data/delphes_cms_jets.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def settings() -> JetSettings:
    table = tomllib.loads(CARD.read_text())["jets"]
    table["small"]["radius"] = table["generator"]["radius"] = 0.5  # as in the card of Delphes
    return JetSettings.model_validate(table)


def offsets(number: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(number, dtype=np.int64)]).astype(np.int64)


def objects(file: Arrays, name: str) -> DetectorObjects:
    px, py, pz, energy = (
        file[f"{name}_{column}"].astype(np.float64) for column in ("px", "py", "pz", "energy")
    )
    none = np.zeros(len(px))
    return DetectorObjects(
        momenta=Momenta(offsets(file[f"{name}_number"]), px, py, pz, energy, np.full(len(px), -1)),
        charge=file[f"{name}_charge"].astype(np.int32),
        electromagnetic=file.get(f"{name}_electromagnetic", none).astype(np.float64),
        hadronic=file.get(f"{name}_hadronic", none).astype(np.float64),
        time=file.get(f"{name}_time", none).astype(np.float64),
        first_particle=offsets(file[f"{name}_stem_number"]),
        particles=file[f"{name}_stems"].astype(np.int64),
    )


def particles(file: Arrays) -> Particles:
    number = len(file["particles_pid"])
    columns: Arrays = {
        name: file.get(f"particles_{name}", np.full(number, -1)).astype(np.int32)
        for name in ("pid", "status", "mother1", "mother2", "daughter1", "daughter2", "charge")
    }
    columns |= {
        name: file.get(f"particles_{name}", np.zeros(number)).astype(np.float64)
        for name in ("px", "py", "pz", "energy", "mass", "x", "y", "z", "time")
    }
    return Particles(offsets=offsets(file["particles_number"]), **columns)


def find(file: Arrays, settings: JetSettings, seed: int = 1) -> Jets:
    eflow = objects(file, "eflow")
    sources = JetSources(
        inputs={"energy_flow": eflow},
        tracks=eflow,
        photons=objects(file, "photons"),
        electrons=objects(file, "electrons"),
        muons=objects(file, "muons"),
    )
    return find_jets(sources, particles(file), settings, key(seed, 0))


@pytest.fixture(scope="module")
def found(delphes: Arrays, settings: JetSettings) -> Jets:
    return find(delphes, settings)


@pytest.mark.parametrize("branch", ["Jet", "GenJet", "FatJet"])
def test_same_jets_as_delphes(branch: str, delphes: Arrays, found: Jets) -> None:
    ours: Collection = {"Jet": found.jets, "GenJet": found.generator, "FatJet": found.large}[branch]
    np.testing.assert_array_equal(np.diff(ours.offsets), delphes[f"{branch}_number"])
    assert ours.offsets[-1] > 5
    for column in (name for name in delphes if name.startswith(f"{branch}_")):
        name = column.removeprefix(f"{branch}_")
        if name == "number" or name.endswith("P4"):
            continue
        mine, theirs = ours.columns[name], delphes[column]
        assert mine.dtype == theirs.dtype, name
        # A generator jet of one particle has its mass, which single precision has washed out.
        near = 0.1 if (branch, name) == ("GenJet", "Mass") else 2e-5
        np.testing.assert_allclose(mine, theirs, rtol=2e-6, atol=near, err_msg=name)


@pytest.mark.parametrize("name", ["Trimmed", "Pruned", "SoftDropped"])
def test_same_grooming_as_delphes(name: str, delphes: Arrays, found: Jets) -> None:
    px, py, pz, energy = delphes[f"FatJet_{name}P4"]
    ours = found.large.columns
    np.testing.assert_allclose(ours[f"{name}PT"], np.hypot(px, py), rtol=1e-6)
    np.testing.assert_allclose(ours[f"{name}Phi"], np.arctan2(py, px), atol=1e-6)
    np.testing.assert_allclose(ours[f"{name}Eta"], np.arcsinh(pz / np.hypot(px, py)), atol=1e-6)
    mass = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    np.testing.assert_allclose(ours[f"{name}Mass"], mass, rtol=1e-5)


def test_same_scalar_sum_as_delphes(delphes: Arrays, found: Jets) -> None:
    np.testing.assert_allclose(found.scalar_ht.columns["HT"], delphes["ScalarHT_HT"], rtol=1e-6)


def test_only_tags_depend_on_the_seed(delphes: Arrays, settings: JetSettings, found: Jets) -> None:
    again, other = find(delphes, settings), find(delphes, settings, seed=2)
    drawn = {"BTag", "BTagAlgo", "BTagPhys", "TauTag", "Charge"}
    differ = set()
    for name, column in found.jets.columns.items():
        np.testing.assert_array_equal(column, again.jets.columns[name])
        if (column != other.jets.columns[name]).any():
            differ.add(name)
    assert {"BTag", "Charge"} <= differ <= drawn


def test_isolated_leptons_are_no_jets(delphes: Arrays, settings: JetSettings, found: Jets) -> None:
    kept = settings.model_copy(update={"remove_overlap": False})
    isolated = sum(int(delphes[f"{name}_number"].sum()) for name in ("electrons", "muons"))
    every = find(delphes, kept).jets
    assert 0 < every.offsets[-1] - found.jets.offsets[-1] <= isolated


def test_events_without_anything(settings: JetSettings) -> None:
    empty = {"particles_number": np.zeros(3), "particles_pid": np.empty(0)}
    for name in ("eflow", "photons", "electrons", "muons"):
        empty |= {f"{name}_number": np.zeros(3), f"{name}_stem_number": np.empty(0)}
        empty |= {
            f"{name}_{column}": np.empty(0)
            for column in ("px", "py", "pz", "energy", "charge", "stems")
        }
    found = find(empty, settings)
    assert found.jets.offsets.tolist() == [0, 0, 0, 0]
    assert found.large.columns["Tau[5]"].shape == (0, 5)
    assert found.scalar_ht.columns["HT"].tolist() == [0, 0, 0]
