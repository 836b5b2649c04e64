from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from bumpcast import store
from bumpcast.config import load
from bumpcast.execution import run

PAGE = Path(__file__).parents[2] / "docs" / "your-own-processor.md"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_page_does_what_it_says(tmp_path, quickstart, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dilepton.py").write_text(blocks("python")[0])
    (tmp_path / "dilepton.toml").write_text(blocks("toml")[0])
    (tmp_path / "data").mkdir()
    shutil.copy(quickstart / "dy_m100.root", tmp_path / "data")
    summary = run(load(Path("dilepton.toml")), executor="iterative")
    assert summary.complete
    with h5py.File("results/dilepton/result.h5") as file:
        output = store.read(file, "output")
    assert output["dy"]["events"] == 4500
    assert output["dy"]["mass"].sum().value > 500
    # The sample starts at 100 GeV and falls from there.
    assert 90 < np.argmax(output["dy"]["mass"].values()) * 2 < 110


def test_the_pages_storable_type(tmp_path):
    (tmp_path / "counts.py").write_text(blocks("python")[2])
    names = runpy.run_path(str(tmp_path / "counts.py"))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        store.write(file, "x", {"c": names["Counts"](np.arange(3))})
        back = store.read(file, "x")["c"]
    np.testing.assert_array_equal((back + back).values, [0, 2, 4])
    with pytest.raises(store.StoreError, match="no 'y'"), h5py.File(tmp_path / "a.h5") as file:
        store.read(file, "y")
