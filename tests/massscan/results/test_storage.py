"""The file of histograms: its layout, what is read back, and damaged files."""

from __future__ import annotations

import time
from pathlib import Path

import h5py
import hist
import numpy as np
import pytest
import reference
from small_results import analysis_of, codes_of, delta_of, falling, small_folder
from synthetic import random_objects

from bumpcast.config.scan import ScanConfig, Selections
from bumpcast.massscan import Scanner, open_results
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.naming.names import HistogramName, parse_name
from bumpcast.massscan.results.storage import (
    FORMAT,
    ScanFile,
    ScanFileError,
    StoredSpectra,
    encode_scan,
)


def write(path: Path, observed, datasets, analysis) -> Path:
    path.write_bytes(encode_scan(observed, datasets, analysis, {"cutflow": {}}))
    return path


def test_the_documented_layout(tmp_path: Path) -> None:
    small_folder(tmp_path)
    with h5py.File(tmp_path / "histograms.h5") as file:
        assert sorted(file) == [
            "analysis", "datasets", "edges", "histograms", "observed", "tables",
        ]  # fmt: skip
        assert sorted(file["datasets"]) == ["signal", "ttbar"]
        assert sorted(file["edges"]) == ["edges", "offsets"]
        assert sorted(file["histograms"]) == ["edges", "observables", "states"]
        assert file.attrs["format"] == FORMAT
        histograms = len(file["histograms/states"])
        for place in ("observed", "datasets/signal", "datasets/ttbar"):
            group = file[place]
            assert sorted(group) == ["bins", "counts", "offsets", "weights"]
            assert sorted(group.attrs) == ["binning", "scale", "unit"]
            offsets = group["offsets"][...]
            assert len(offsets) == histograms + 1
            assert offsets[-1] == len(group["bins"]) == len(group["counts"])
            assert group["weights"].shape == (offsets[-1], 2)


@pytest.mark.parametrize("weighted", [False, True])
def test_every_histogram_equals_a_plain_one_after_writing_and_reading(
    tmp_path: Path, weighted: bool
) -> None:
    selections = Selections(leading_pt_min_GeV=[100.0])
    config = ScanConfig(combination_max_size=3, selections=selections)
    analysis = analysis_of({"ttbar": "background"})
    assert analysis.binning is not None
    objects = random_objects(30, seed=3, n_states=3)
    weights = np.random.default_rng(1).normal(1.0, 0.5, 30) if weighted else np.ones(30)
    scanner = Scanner(config, analysis.binning)
    delta = scanner.fill(objects, weights)
    path = write(tmp_path / "h.h5", delta, {"ttbar": StoredSpectra(delta, 2.0)}, analysis)
    plain = reference.scan(objects, config, Binning(analysis.binning), weights)
    counted = reference.scan(objects, config, Binning(analysis.binning), np.ones(30))
    filled = {name for name, made in counted.items() if made.sum(flow=True).value}
    with open_results(path) as results:
        assert set(results.table["name"]) == filled
        for name in sorted(filled):
            expected = plain[name].view(flow=True)
            read = results.histogram(name)
            assert isinstance(read, hist.Hist)
            assert read.axes[0].name == "mass"
            np.testing.assert_array_equal(read.axes[0].edges, plain[name].axes[0].edges)
            found = read.view(flow=True)
            entries = results.entries(name)
            np.testing.assert_array_equal(entries, counted[name].view(flow=True).value)
            np.testing.assert_allclose(found.value, expected.value, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(found.variance, expected.variance, rtol=1e-12, atol=1e-12)
            scaled = results.histogram(name, "ttbar").view(flow=True)
            np.testing.assert_allclose(scaled.value, 2 * found.value, rtol=1e-15)
            np.testing.assert_allclose(scaled.variance, 4 * found.variance, rtol=1e-15)


def test_histograms_of_any_data_set_are_found(tmp_path: Path) -> None:
    one = delta_of({"2e | m(e0,e1)": falling(5, 2), "2j | m(j0,j1)": falling(7, 3)})
    other = delta_of({"2m | m(m0,m1)": falling(300, 2)})
    analysis = analysis_of({"one": "background", "other": "signal", "late": "signal"})
    stored = {"other": StoredSpectra(other), "one": StoredSpectra(one)}
    file = ScanFile(write(tmp_path / "h.h5", one, stored, analysis))
    assert file.datasets == ["one", "other"]
    assert len(file.states) == 3
    row = file.row(*codes_of("2m | m(m0,m1)"))
    assert row is not None
    assert file.cells("other", row).counts.tolist() == [300, 299]
    assert file.cells("one", row).counts.tolist() == []
    assert file.row(*codes_of("2m | m(m0,m1,g0)")) is None
    again = file.delta("one")
    kept = np.diff(again.offsets) > 0
    np.testing.assert_array_equal(again.states[kept], one.states)
    np.testing.assert_array_equal(again.sums(), one.sums())
    file.close()


def test_a_long_configuration_and_no_histogram(tmp_path: Path) -> None:
    analysis = analysis_of({"ttbar": "background"})
    dataset = analysis.datasets["ttbar"]
    many = [f"folder/with/a/long/name/{number:09}.root" for number in range(5000)]
    datasets = {"ttbar": dataset.model_copy(update={"files": many})}
    analysis = analysis.model_copy(update={"datasets": datasets})
    nothing = delta_of({})
    path = write(tmp_path / "h.h5", nothing, {"ttbar": StoredSpectra(nothing)}, analysis)
    with open_results(path) as results:
        assert results.analysis.datasets["ttbar"].files == many
        assert len(results.table) == 0
        assert len(results.final_states) == 0


def test_a_configuration_without_bins_is_refused() -> None:
    analysis = analysis_of({"a": "data"}).model_copy(update={"binning": None})
    with pytest.raises(ScanFileError, match=r"no table \[binning\]"):
        encode_scan(delta_of({}), {}, analysis, {})


def test_a_missing_file_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ScanFileError, match=r"there is no .*histograms.h5: is .* the results"):
        open_results(tmp_path)
    with pytest.raises(ScanFileError, match="there is no"):
        open_results(tmp_path / "nowhere")


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_a_truncated_file_is_damaged(tmp_path: Path, kept: int) -> None:
    path = small_folder(tmp_path) / "histograms.h5"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ScanFileError, match="is damaged or no file of histograms"):
        open_results(tmp_path)


def test_damaged_contents_are_said_when_they_are_read(tmp_path: Path) -> None:
    path = small_folder(tmp_path) / "histograms.h5"
    with h5py.File(path) as file:
        first = file["observed/counts"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    for place in range(first.byte_offset, first.byte_offset + first.size):
        content[place] ^= 0x5A
    path.write_bytes(content)
    with (
        open_results(tmp_path) as results,
        pytest.raises(ScanFileError, match="is damaged or no file of histograms"),
    ):
        results.histogram("2e os | m(e0,e1)")


def test_a_missing_part_and_another_format_are_said(tmp_path: Path) -> None:
    path = small_folder(tmp_path) / "histograms.h5"
    with h5py.File(path, "a") as file:
        del file["histograms"]
    with pytest.raises(ScanFileError, match="is damaged"):
        open_results(tmp_path)
    with h5py.File(path, "a") as file:
        file.attrs["format"] = FORMAT + 1
    with pytest.raises(ScanFileError, match=rf"has format {FORMAT + 1}.* reads format {FORMAT}"):
        open_results(tmp_path)


def test_one_of_40_000_is_read_in_under_50_ms(tmp_path: Path) -> None:
    # Objects to the fourth place, under every selection of a few thresholds, in 20 final states.
    bases = [parse_name(f"{n}j | m(j0,j1)") for n in range(2, 8)]
    objects = [f"j{i}" for i in range(4)] + [f"e{i}" for i in range(4)] + ["m0", "g0"]
    names = []
    for base in bases:
        for number in range(1, 7000):
            cut, pair = divmod(number, 45)
            left, right = [(a, b) for a in range(10) for b in range(a)][pair]
            name = f"{base.state.name} | MET>{cut + 1} | m({objects[left]},{objects[right]})"
            names.append(name)
    codes = np.array(sorted(codes_of(name) for name in names))
    assert len(codes) > 40_000
    cells = 60
    delta = delta_of({})
    delta = type(delta).of_cells(
        "b",
        codes[:, 0],
        codes[:, 1],
        np.arange(len(codes) + 1) * cells,
        np.tile(np.arange(1, cells + 1, dtype=np.uint16), len(codes)),
        np.random.default_rng(0).poisson(50.0, len(codes) * cells) + 1,
        None,
        np.random.default_rng(1).uniform(0.5, 2.0, (len(codes) * cells, 2)),
    )
    analysis = analysis_of({"ttbar": "background"})
    path = write(tmp_path / "h.h5", delta, {"ttbar": StoredSpectra(delta)}, analysis)
    chosen = [str(HistogramName.from_codes(*map(int, codes[row]))) for row in (7, 20_001, 40_000)]
    seconds = []
    with open_results(path) as results:
        for name in chosen * 3:
            start = time.perf_counter()
            results.histogram(name)
            seconds.append(time.perf_counter() - start)
    print(f"one of {len(codes):,} histograms: {1e3 * np.median(seconds):.1f} ms")
    assert np.median(seconds) < 0.05
