"""Maps as correctionlib JSON."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace

import correctionlib
import numpy as np
import pytest

from bumpcast.surrogates.maps.binning import PUBLISHED
from bumpcast.surrogates.maps.building import build_map
from bumpcast.surrogates.maps.correctionlib_file import (
    MapDocumentError,
    read_map_correctionlib,
    write_map_correctionlib,
)
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMapError
from bumpcast.surrogates.maps.published import published_map

ROUNDING = 1e-15
"""correctionlib's reader of JSON takes the last bit of a number otherwise at times."""


def evaluated(name, path, pairs, *more):
    columns = (pairs.eta, pairs.lxy, pairs.lz, pairs.pt, pairs.child)
    inputs = [column[:, llp] for llp in (0, 1) for column in columns]
    return correctionlib.CorrectionSet.from_file(str(path))[name].evaluate(*inputs, *more)


@pytest.fixture
def own_map(random_pairs):
    """A map of two regions with all there may be to it, and its events."""
    bins = replace(
        PUBLISHED, lxy=(0.0, 1.5, 2.0), lz=(0.0, 3.6, math.inf), flavours=(15, 5, 4, 6), barrel=1.45
    )
    pairs = random_pairs(3000, seed=8)
    decision = np.random.default_rng(5).choice(3, 3000, p=(0.6, 0.3, 0.1))
    built = build_map(
        pairs,
        decision,
        ("not selected", "A", "B 2"),
        bins,
        name="own map",
        description='of "random" events\nin two lines',
        relative_uncertainty=(0.25, 0.5),
    )
    return replace(built, mean_lz_m=(0.5, 28.0))


@pytest.mark.parametrize("name", ["high-ET", "low-ET"])
@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_correctionlib_finds_the_same(name, suffix, random_pairs, tmp_path):
    published, path = published_map(name), tmp_path / f"map{suffix}"
    write_map_correctionlib(path, published)
    pairs = random_pairs(20_000)
    expected = published.probabilities(pairs)
    for number, one in enumerate(published.classes):
        found = evaluated("probability", path, pairs, one)
        assert np.abs(found - expected[:, number]).max() <= ROUNDING
    of_bins = correctionlib.CorrectionSet.from_file(str(path))["llp_bin"]
    first = [c[:, 0] for c in (pairs.eta, pairs.lxy, pairs.lz, pairs.pt, pairs.child)]
    assert np.array_equal(of_bins.evaluate(*first), PUBLISHED.indices(pairs)[:, 0])
    assert path.stat().st_size < 200_000


def test_all_of_a_map_is_written_and_read_back(own_map, tmp_path):
    path = tmp_path / "own.json.gz"
    write_map_correctionlib(path, own_map)
    again = read_map_correctionlib(path)
    assert again.classes == own_map.classes
    assert again.binning == own_map.binning
    assert (again.name, again.description) == (own_map.name, own_map.description)
    for array in ("table", "errors", "filled"):
        assert np.array_equal(getattr(again, array), getattr(own_map, array))
    assert again.relative_uncertainty == (0.25, 0.5)
    assert (again.mean_lxy_m, again.mean_lz_m) == (None, (0.5, 28.0))
    before = path.read_bytes()
    write_map_correctionlib(path, again)
    assert path.read_bytes() == before


def test_correctionlib_finds_all_that_is_written(own_map, random_pairs, tmp_path):
    path = tmp_path / "own.json"
    write_map_correctionlib(path, own_map)
    pairs = random_pairs(5000)
    expected = own_map.probabilities(pairs)
    numbers = own_map.binning.indices(pairs)
    for number, name in enumerate(own_map.classes):
        found = evaluated("probability", path, pairs, name)
        assert np.abs(found - expected[:, number]).max() <= ROUNDING
    for number, name in enumerate(own_map.classes[1:]):
        found = evaluated("statistical_error", path, pairs, name)
        wanted = own_map.errors[number, numbers[:, 0], numbers[:, 1]]
        assert np.abs(found - wanted).max() <= ROUNDING
    reached = evaluated("reached", path, pairs)
    assert np.array_equal(reached == 1, own_map.filled[numbers[:, 0], numbers[:, 1]])
    assert 0 < reached.mean() < 1
    corrections = correctionlib.CorrectionSet.from_file(str(path))
    assert corrections["relative_uncertainty"].evaluate("B 2") == 0.5
    inside = corrections["sample_inside"]
    assert [inside.evaluate(99.0, lz) for lz in (0.4, 0.5, 27.0, 29.0)] == [0, 1, 1, 0]


def test_correctionlib_refuses_what_there_is_no_bin_of(random_pairs, tmp_path):
    path = tmp_path / "map.json"
    write_map_correctionlib(path, published_map("low-ET"))
    pairs = random_pairs(3)
    with pytest.raises(IndexError):
        evaluated("probability", path, replace(pairs, child=np.full((3, 2), 21)), "A")
    with pytest.raises(RuntimeError):
        evaluated("probability", path, replace(pairs, pt=np.full((3, 2), -1.0)), "A")
    with pytest.raises(IndexError):
        evaluated("probability", path, pairs, "B")


def test_a_map_in_which_nothing_is_selected(own_map, random_pairs, tmp_path):
    path = tmp_path / "empty.json"
    nothing = replace(own_map, table=0 * own_map.table, errors=None, filled=None)
    write_map_correctionlib(path, nothing)
    assert not read_map_correctionlib(path).table.any()
    assert (evaluated("probability", path, random_pairs(10), "not selected") == 1).all()
    assert (evaluated("probability", path, random_pairs(10), "A") == 0).all()


def _document(own_map, folder):
    path = folder / "map.json"
    write_map_correctionlib(path, own_map)
    return path, json.loads(path.read_text())


def test_files_of_another_layout_are_not_guessed_at(own_map, tmp_path):
    path, document = _document(own_map, tmp_path)
    text = path.read_text()
    path.write_text(text.replace("max(x,y)", "min(x,y)", 1))
    with pytest.raises(MapDocumentError, match="but not an efficiency map as 'bumpcast surrogate"):
        read_map_correctionlib(path)
    document["corrections"] = document["corrections"][1:]
    path.write_text(json.dumps(document))
    with pytest.raises(MapDocumentError, match="cannot be read back"):
        read_map_correctionlib(path)


def test_numbers_that_make_no_map(own_map, tmp_path):
    path, document = _document(own_map, tmp_path)
    node = document["corrections"][1]["data"]
    while node["nodetype"] == "transform":
        node = node["content"]
    node["content"][1]["value"]["content"][0]["value"] = 1.5
    path.write_text(json.dumps(document))
    with pytest.raises(EfficiencyMapError, match=r"map 'own map': 1.5.*from 0 to 1"):
        read_map_correctionlib(path)


def test_files_that_cannot_be_read(own_map, tmp_path):
    with pytest.raises(MapDocumentError, match="cannot be read"):
        read_map_correctionlib(tmp_path / "none.json")
    path, document = _document(own_map, tmp_path)
    path.write_text("{")
    with pytest.raises(MapDocumentError, match="cannot be read as correctionlib JSON"):
        read_map_correctionlib(path)
    document["schema_version"] = 7
    path.write_text(json.dumps(document))
    with pytest.raises(MapDocumentError, match=r"not correctionlib JSON .*schema_version"):
        read_map_correctionlib(path)
    packed = tmp_path / "map.json.gz"
    packed.write_bytes(gzip.compress(b"[]")[:-4])
    with pytest.raises(MapDocumentError, match="cannot be read"):
        read_map_correctionlib(packed)
    with pytest.raises(MapDocumentError, match=r"end in .json or .json.gz"):
        write_map_correctionlib(tmp_path / "map.txt", own_map)
