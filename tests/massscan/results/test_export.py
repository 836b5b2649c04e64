"""Exported histograms, read back by uproot and by hist, are those of the results."""

from __future__ import annotations

import json
from pathlib import Path

import boost_histogram as bh
import hist
import numpy as np
import pytest
import uhi.io.json
import uproot
from hypothesis import given
from hypothesis import strategies as st
from small_results import small_folder

from bumpcast.massscan import open_results
from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.naming.kinds import KINDS
from bumpcast.massscan.naming.names import parse_name
from bumpcast.massscan.results.export import ExportError, export_histograms, name_of_root, root_name
from bumpcast.massscan.results.results import UnknownHistogramError

words = st.tuples(st.sampled_from(["", ">="]), st.integers(1, 15), st.sampled_from(KINDS))
states = st.one_of(
    st.just("none"),
    st.lists(words, min_size=1, max_size=4, unique_by=lambda word: word[2]).map(
        lambda chosen: " ".join(f"{sign}{count}{kind}" for sign, count, kind in chosen)
    ),
)
thresholds = st.integers(0, 65535).map(lambda steps: f"{steps / 10:g}")
values = st.one_of(st.sampled_from(["MET", "HT"]), st.sampled_from(KINDS).map("pT({})".format))
cuts = st.one_of(st.just(""), st.tuples(values, thresholds).map(" | {0[0]}>{0[1]}".format))
objects = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 3)), min_size=1, max_size=5, unique=True
).map(lambda chosen: ",".join(f"{kind}{place}" for kind, place in chosen))
variables = st.one_of(
    objects.map("m({})".format), objects.map("m({},MET)".format), objects.map("mT({},MET)".format)
)


@given(states, st.sampled_from(["", " os", " ss"]), cuts, variables)
def test_root_names_turn_back_into_names(state: str, charge: str, cut: str, variable: str) -> None:
    name = parse_name(f"{state}{charge}{cut} | {variable}")
    path = root_name(name)
    assert set(path) <= set("_/" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert path.count("/") == 1
    assert name_of_root(path) == name
    assert name_of_root(f"{path};1") == name


def test_examples_of_root_names() -> None:
    for name, path in {
        "2e 1j os | m(e0,e1)": "2e_1j_os/m_e0_e1",
        "1m >=6j | mT(m0,j0,MET)": "1m_ge6j/mT_m0_j0_MET",
        "2j | pT(j)>99.5 | m(j0,j1)": "2j/pT_j_gt_99p5__m_j0_j1",
    }.items():
        assert root_name(parse_name(name)) == path


@pytest.mark.parametrize("path", ["m_e0_e1", "2e/x_e0", "2e/m", "2e/m_e0/m_e1", "2e os/m_e0_e1"])
def test_other_paths_are_no_names(path: str) -> None:
    with pytest.raises(HistogramNameError, match="not a histogram's place in a ROOT file"):
        name_of_root(path)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with open_results(small_folder(tmp_path_factory.mktemp("results"))) as opened:
        yield opened


@pytest.mark.parametrize("dataset", [None, "signal"])
def test_root_files_hold_the_same_histograms(results, tmp_path: Path, dataset: str | None) -> None:
    names = results.table["name"].tolist()
    path = tmp_path / "h.root"
    assert export_histograms(results, names, path, "root", dataset) == len(names)
    with uproot.open(path) as file:
        keys = file.keys(recursive=True, cycle=False, filter_classname="TH1D")
        assert sorted(str(name_of_root(key)) for key in keys) == sorted(names)
        for name in names:
            stored = file[root_name(parse_name(name))]
            expected = results.histogram(name, dataset)
            assert stored.title == name
            assert stored.member("fXaxis").member("fTitle").endswith(" [GeV]")
            assert stored.member("fEntries") == results.entries(name, dataset).sum()
            assert stored.member("fTsumw") == expected.sum().value
            np.testing.assert_array_equal(stored.axis().edges(), expected.axes[0].edges)
            np.testing.assert_array_equal(stored.values(flow=True), expected.values(flow=True))
            np.testing.assert_array_equal(
                stored.variances(flow=True), expected.variances(flow=True)
            )
            assert isinstance(stored.to_hist().storage_type(), hist.storage.Weight)


@pytest.mark.parametrize("dataset", [None, "ttbar"])
def test_uhi_files_hold_the_same_histograms(results, tmp_path: Path, dataset: str | None) -> None:
    names = results.table["name"].tolist()
    path = tmp_path / "h.json"
    assert export_histograms(results, names, path, "uhi", dataset) == len(names)
    stored = json.loads(path.read_text(), object_hook=uhi.io.json.object_hook)
    assert sorted(stored) == sorted(names)
    for name, document in stored.items():
        expected = results.histogram(name, dataset)
        read = hist.Hist(document)
        assert read == expected
        assert read.name == expected.name == name
        assert read.axes[0].label == expected.axes[0].label
        assert bh.Histogram(document) == bh.Histogram(expected)
        # hist's own document of it has the same members.
        own = json.loads(json.dumps(expected, default=uhi.io.json.default))
        written = json.loads(path.read_text())[name]
        assert written | {"writer_info": {}} == own | {"writer_info": {}}
        assert (
            document["writer_info"]["bumpcast"]["entries"] == results.entries(name, dataset).sum()
        )


@pytest.mark.parametrize("form", ["root", "uhi"])
def test_a_file_that_cannot_be_written_is_left_as_it_was(results, tmp_path: Path, form) -> None:
    path = tmp_path / "h"
    path.write_text("before")
    names = results.table["name"].tolist()
    with pytest.raises(UnknownHistogramError):
        export_histograms(results, [*names, "3j | m(j0,j1)"], path, form)
    with pytest.raises(ExportError, match="no histograms to write"):
        export_histograms(results, [], path, form)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ExportError, match=r"nowhere.* cannot be written: No such file"):
        export_histograms(results, names, tmp_path / "nowhere" / "h", form)
