from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from bumpcast.datasets import WorkItem
from bumpcast.events import close_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    close_files()
    yield
    close_files()


@pytest.fixture
def quickstart() -> Path:
    return ROOT / "data" / "quickstart"


@pytest.fixture
def data() -> Path:
    return ROOT / "tests" / "data"


@pytest.fixture
def item() -> Callable[..., WorkItem]:
    """Makes the work item of a whole file, or of a range of its entries."""

    def make(path: Path | str, tree: str = "Delphes", start: int = 0, stop: int = -1) -> WorkItem:
        with uproot.open({str(path): None}) as file:
            entries = file[tree].num_entries
            uuid = str(file.file.uuid)
        return WorkItem("sample", str(path), tree, start, entries if stop < 0 else stop, uuid)

    return make


@pytest.fixture
def nanoaod_events() -> dict[str, Any]:
    """Four events in the layout of NanoAOD; change them and write them."""
    momentum = {
        "pt": [[50.0], [], [40.0, 30.0], [20.0]],
        "eta": [[0.1], [], [1.0, -1.0], [2.0]],
        "phi": [[3.0], [], [0.0, 1.0], [-2.0]],
    }
    charge = {"charge": ak.values_astype(ak.Array([[1], [], [-1, 1], [1]]), np.int32)}
    jets = {"mass": [[5.0], [], [4.0, 3.0], [2.0]], "btagB": [[0.9], [], [0.1, 0.6], [0.4]]}
    lepton = {name: ak.Array(values) for name, values in momentum.items()}
    return {
        "genWeight": np.array([1.0, 2.0, -1.0, 1.5]),
        "MET_pt": np.array([10.0, 20.0, 30.0, 40.0]),
        "MET_phi": np.array([0.0, 1.0, 2.0, 3.0]),
        "Electron": lepton | charge,
        "Muon": lepton | charge,
        "Photon": dict(lepton),
        "Jet": lepton | {name: ak.Array(values) for name, values in jets.items()},
    }


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns to a tree, and says where."""

    def write(columns: dict[str, Any], tree: str = "Events", name: str = "events.root") -> Path:
        arrays = {
            key: ak.zip(value)
            if isinstance(value, dict)
            else value
            if isinstance(value, ak.Array)
            else np.asarray(value)
            for key, value in columns.items()
        }
        types = {
            key: value.type.content if isinstance(value, ak.Array) else value.dtype
            for key, value in arrays.items()
        }
        path = tmp_path / name
        with uproot.recreate(path) as file:
            file.mktree(tree, types).extend(arrays)
        return path

    return write
