from __future__ import annotations

from pathlib import Path

import pytest

from bumpcast.config import Analysis

ROOT = Path(__file__).parents[2]
PROCESSORS = Path(__file__).parent / "processors"
NAMES = ["qstar_1200", "zprime_ll_400", "ttbar"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def quickstart():
    """Folder of the project's own Delphes files."""
    return ROOT / "data" / "quickstart"


@pytest.fixture(scope="session")
def make_analysis(quickstart):
    """Return a function that makes a configuration of a toy run."""

    def make(processor="jets.py:Jets", *, names=NAMES, files=None, options=None, **run):
        files = files or {name: [str(quickstart / f"{name}.root")] for name in names}
        settings = {"chunk_events": 300, "workers": 2, "retry_wait_s": 0.0, "executor": "iterative"}
        settings["dask_report"] = False
        return Analysis.model_validate(
            {
                "name": "toy",
                "processor": str(PROCESSORS / processor),
                "options": options or {},
                "formats": {"atlas": {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}},
                "datasets": {
                    name: {"files": listed, "format": "atlas", "kind": "background"}
                    for name, listed in files.items()
                },
                "normalisation": {"mode": "raw"},
                "run": settings | run,
            }
        )

    return make
