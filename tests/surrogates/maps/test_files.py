"""Maps by name, and in files of either kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.maps.binning import PUBLISHED
from bumpcast.surrogates.maps.files import MapFileError, read_map, write_map


@pytest.mark.parametrize("name", ["m.csv", "m.json", "m.json.gz"])
def test_maps_are_written_and_read(name, tmp_path):
    published = read_map("high-ET")
    lost = write_map(tmp_path / name, published)
    assert np.array_equal(read_map(str(tmp_path / name)).table, published.table)
    assert len(lost) == (name == "m.csv")
    if lost:
        assert lost[0] == (
            "a table does not hold its description, its uncertainty, for which samples it is; "
            ".json does"
        )


def test_bins_of_a_table_are_given(tmp_path):
    published = read_map("low-ET")
    other = replace(published, binning=replace(PUBLISHED, barrel=1.4))
    assert "edges, which have to be given" in write_map(tmp_path / "m.csv", other)[0]
    again = read_map(tmp_path / "m.csv", other.binning)
    assert np.array_equal(again.table, published.table)


def test_maps_that_there_are_not(tmp_path):
    with pytest.raises(MapFileError, match=r"hihg-ET: neither a published map nor a fi.* high-ET"):
        read_map("hihg-ET")
    with pytest.raises(MapFileError, match="low-ET has its own bins"):
        read_map("low-ET", PUBLISHED)
    with pytest.raises(MapFileError, match="no such file"):
        read_map(tmp_path / "none.json")
    with pytest.raises(MapFileError, match=r"m.yaml: a map's file ends in .csv, .json, .json.gz"):
        write_map(tmp_path / "m.yaml", read_map("high-ET"))
