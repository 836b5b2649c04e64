"""The examples that come with the project load, and leave no physics input to a default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bumpcast.config import load
from bumpcast.config.loader import load_with_origins

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.toml"))
NO_SCANS = ("llp_surrogate",)
SCANS = [path for path in CONFIGS if path.stem not in NO_SCANS]


def test_there_is_an_example_for_every_kind_of_file() -> None:
    assert {path.stem for path in CONFIGS} >= {
        "quickstart",
        "delphes_atlas",
        "delphes_cms",
        "nanoaod_run2",
        "nanoaod_run3",
        "darkmachines",
        "llp_surrogate",
    }


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_examples_write_what_their_data_sets_are(path: Path) -> None:
    loaded = load_with_origins(path)
    analysis, written = loaded.analysis, loaded.layer.origins
    assert analysis.name == path.stem
    for name, dataset in analysis.datasets.items():
        assert dataset.label is not None
        if analysis.normalisation.mode != "raw" and dataset.kind != "data":
            assert ("datasets", name, "cross_section_pb") in written
            assert ("datasets", name, "k_factor") in written


@pytest.mark.parametrize("path", SCANS, ids=lambda path: path.stem)
def test_scans_write_their_physics_inputs(path: Path) -> None:
    loaded = load_with_origins(path)
    analysis, written = loaded.analysis, loaded.layer.origins
    assert analysis.scan is not None
    for section in ("electron", "muon", "photon", "jet"):
        for key in ("pt_min_GeV", "abs_eta_max"):
            assert ("objects", section, key) in written
    assert ("objects", "overlap") in written
    for key in ("source", "Wh_GeV", "T_GeV", "HM_GeV"):
        assert ("objects", "mass_classes", key) in written
    for key in ("mass_GeV", "window_GeV"):
        assert ("objects", "leptonic_z", key) in written


def test_the_quickstart_is_what_its_samples_say() -> None:
    analysis = load(ROOT / "configs" / "quickstart.toml")
    folder = ROOT / "data" / "quickstart"
    samples = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    assert {sample["name"] for sample in samples} == set(analysis.datasets)
    for sample in samples:
        dataset = analysis.datasets[sample["name"]]
        assert dataset.cross_section_pb == sample["sigma_pb"]
        assert dataset.files == [str((folder / sample["file"]).resolve())]
        assert Path(dataset.files[0]).is_file()
    kinds = {name: dataset.kind for name, dataset in analysis.datasets.items()}
    assert {name for name, kind in kinds.items() if kind == "signal"} == {
        "qstar_1200",
        "zprime_ll_400",
    }
