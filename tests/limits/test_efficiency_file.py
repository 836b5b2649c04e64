"""Efficiencies from files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bumpcast.limits.efficiencies import EfficiencyError
from bumpcast.limits.efficiency_file import EfficiencyFileError, read_efficiencies

FOUR = """# from a surrogate
ctau_m,efficiency_A,efficiency_A_error,efficiency_A_model_error,efficiency_B
0.1,0.01,0.003,0.004,0.002
1, 0.1, 0.003, 0.004, 0.02

10,0,0,0,0.002
"""


def test_several_regions(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(FOUR)
    read = read_efficiencies(path)
    assert read.ctau.tolist() == [0.1, 1.0, 10.0]
    assert list(read.regions) == ["A", "B"]
    assert read.region("B").values.tolist() == [0.002, 0.02, 0.002]
    assert read.region("B").model_error is None
    assert read.region("A").relative_error == pytest.approx([0.5, 0.05, np.nan], nan_ok=True)
    assert not read.notes
    with pytest.raises(EfficiencyError, match=r"several regions \(A, B\)"):
        read.region(None)
    with pytest.raises(EfficiencyError, match="no efficiencies of region 'E'"):
        read.region("E")


def test_json_and_one_region(tmp_path):
    path = tmp_path / "curve.json"
    path.write_text(json.dumps({"ctau_m": [1, 2], "efficiency": [0.1, 0.2], "events": [5, 6]}))
    read = read_efficiencies(path)
    assert read.region(None).values.tolist() == [0.1, 0.2]
    assert read.notes == ("columns of curve.json that are not used: events",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no lifetimes"),
        ("ctau_m,efficiency\n", "has no lifetimes"),
        ("ctau,efficiency\n1,0.1\n", "no column 'ctau_m'. Did you mean 'ctau'"),
        ("ctau_m,eficiency\n1,0.1\n", "no column 'efficiency', .* Did you mean 'eficiency'"),
        ("ctau_m,efficiency,efficiency_eror\n1,0.1,0\n", "'efficiency_eror' is. Beside"),
        ("ctau_m,efficiency_A,efficiency_A_erorr\n1,0.1,0\n", "'efficiency_A_erorr' is. Beside"),
        ("ctau_m,efficiency,efficiency_A\n1,0.1,0\n", "'efficiency_A' is. Beside"),
        ("ctau_m,efficiency,effmodel\n1,0.1,0\n", "what the column 'effmodel' is"),
        ("ctau_m,efficiency\n1\n", "line 2: 1 values for 2 columns"),
        ("ctau_m,efficiency\n1,x\n", "efficiency is 'x' in row 1"),
        ("ctau_m,efficiency\n1,nan\n", "efficiency is 'nan' in row 1"),
        ("ctau_m,ctau_m,efficiency\n1,1,0\n", "'ctau_m' is there twice"),
        ("ctau_m,efficiency\n1,1.5\n", "efficiency is 1.5 at lifetime 1"),
        ("ctau_m,efficiency\n1,-0.1\n", "efficiency is -0.1"),
        ("ctau_m,efficiency\n0,0.1\n", "a lifetime is above 0 m"),
        ("ctau_m,efficiency\n2,0.1\n1,0.1\n", "lifetimes rise"),
        ("ctau_m,efficiency,efficiency_error\n2,0.1,-1\n", "efficiency_error is -1"),
    ],
)
def test_mistakes_are_told(tmp_path, text, message):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(EfficiencyError, match=message):
        read_efficiencies(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "[1, 2", "is not JSON"),
        ("a.json", "[1, 2]", "an object of lists"),
        ("a.json", '{"ctau_m": [1, 2], "efficiency": [0.1]}', "has 1 values where 2"),
        ("a.json", '{"ctau_m": [1], "efficiency": [true]}', "is True in row 1"),
        ("a.txt", "", "are read from .csv and .json"),
    ],
)
def test_files_that_are_none(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(EfficiencyFileError, match=message):
        read_efficiencies(path)


def test_no_file(tmp_path):
    with pytest.raises(EfficiencyFileError, match="cannot be read"):
        read_efficiencies(tmp_path / "none.csv")
