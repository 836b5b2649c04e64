from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.formats import DarkMachinesFormat
from bumpcast.datasets import WorkItem
from bumpcast.datasets.darkmachines import convert_csv
from bumpcast.events import open_events, open_tree, reader_for
from bumpcast.events.errors import MissingBranchError

FORMAT = DarkMachinesFormat(weight="file")
CSV = """\
1;ttbar;0.5;50000;1.5;j,100000,60000,1,0.1;b,50000,40000,0.5,-1;e-,30000,30000,0,2;
2;w_jets;2;10000;-1.5; e+,20000,20000,0,0; m-,15000,15000,0,1; m+,16000,16000,0,2; g,17000,17000,0,3
"""


@pytest.fixture
def converted(tmp_path: Path) -> Path:
    source = tmp_path / "events.csv"
    source.write_text(CSV)
    convert_csv([source], tmp_path / "events.root")
    return tmp_path / "events.root"


def test_a_converted_file_is_read_into_the_record(
    converted: Path, item: Callable[..., WorkItem]
) -> None:
    reader = reader_for(FORMAT)
    work = item(converted, "events")
    record = reader.record(open_events(work, FORMAT, columns=reader.columns))
    assert record.tolist() == reader.record(open_events(work, FORMAT)).tolist()
    assert np.allclose(record.jet.pt[0], [60, 40], rtol=1e-12)
    assert record.jet.btag.tolist() == [[False, True], []]
    mass = np.sqrt(100**2 - (60 * np.cosh(1)) ** 2)
    assert record.jet.mass[0, 0] == pytest.approx(mass, rel=1e-12)
    assert record.electron.charge.tolist() == [[-1], [1]]
    assert record.muon.charge.tolist() == [[], [-1, 1]]
    assert record.photon.pt.tolist() == [[], [17.0]]
    assert record.met.tolist() == [{"pt": 50.0, "phi": 1.5}, {"pt": 10.0, "phi": -1.5}]
    assert record.weight.tolist() == [0.5, 2.0]
    assert "large_jet" not in record.fields


def test_weights_are_those_of_the_file_or_one(
    converted: Path, item: Callable[..., WorkItem]
) -> None:
    tree = open_tree(item(converted, "events"))
    assert reader_for(FORMAT).generator_weights(tree, 0, 2).tolist() == [0.5, 2.0]
    unweighted = reader_for(DarkMachinesFormat(weight="none"))
    assert unweighted.generator_weights(tree, 0, 2).tolist() == [1.0, 1.0]
    assert "weight" not in unweighted.columns(tree.keys())


def test_a_file_of_another_making_is_named() -> None:
    with pytest.raises(MissingBranchError, match="no branch 'electron'"):
        reader_for(FORMAT).columns(["muon_pt", "weight"])
