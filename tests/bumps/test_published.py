"""Spectra from CSV files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.bumps.published import SpectrumFileError, read_spectrum

HGG = Path(__file__).parents[1] / "data/atlas_hgg_2012.csv"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "spectrum.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_published_spectrum():
    spectra = read_spectrum(HGG).spectra
    assert list(spectra.names) == ["atlas_hgg_2012"]
    assert len(spectra.counts) == 30
    assert (spectra.low[0], spectra.high[-1]) == (100, 160)
    assert spectra.counts[:3].tolist() == [3735, 3501, 3444]
    assert np.array_equal(spectra.counts, spectra.variances)


def test_columns_in_any_order_comments_and_a_background(tmp_path):
    path = written(
        tmp_path,
        "# from a thesis",
        "count, bin_high_GeV ,bin_low_GeV,background,background_error",
        "12,20,10,11.5,0.5",
        "",
        "9,30,20,10,0",
    )
    published = read_spectrum(path)
    assert published.spectra.counts.tolist() == [12, 9]
    assert published.spectra.low.tolist() == [10, 20]
    assert published.background is not None
    assert published.background.expected.tolist() == [11.5, 10]
    assert published.background.uncertainty.tolist() == [0.5, 0]
    assert published.notes == ()


def test_a_gap_is_filled_with_bins_of_which_nothing_is_said(tmp_path):
    path = written(tmp_path, "bin_low_GeV,bin_high_GeV,count", "0,10,5", "10,20,4", "50,60,1")
    published = read_spectrum(path)
    assert np.array_equal(
        published.spectra.counts, [5, 4, np.nan, np.nan, np.nan, 1], equal_nan=True
    )
    assert published.spectra.low.tolist() == [0, 10, 20, 30, 40, 50]
    assert "gap from 20 to 50 GeV" in published.notes[0]


def test_a_negative_count_is_left_out_and_told(tmp_path):
    path = written(tmp_path, "bin_low_GeV,bin_high_GeV,count", "0,10,5", "10,20,-4.5")
    published = read_spectrum(path)
    assert np.isnan(published.spectra.counts[1])
    assert "line 3: a count of -4.5" in published.notes[0]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "is empty"),
        (["bin_low_GeV,bin_high_GeV,count"], "no bins"),
        (["bin_low,bin_high_GeV,count", "0,1,2"], "line 1: there is no column 'bin_low_GeV'.*mean"),
        (["bin_low_GeV,bin_high_GeV,count", "0,1,many"], "line 2: count is 'many', not a number"),
        (["bin_low_GeV,bin_high_GeV,count", "0,1,nan"], "line 2: count is 'nan'"),
        (["bin_low_GeV,bin_high_GeV,count", "0,1"], "line 2: 2 values for 3 columns"),
        (["bin_low_GeV,bin_high_GeV,count", "1,1,5"], "line 2: the bin ends at 1 GeV"),
        (["bin_low_GeV,bin_high_GeV,count", "0,2,5", "1,3,5"], "line 3: .* before the one above"),
    ],
)
def test_what_is_no_spectrum_is_told_with_its_line(lines, message, tmp_path):
    with pytest.raises(SpectrumFileError, match=message):
        read_spectrum(written(tmp_path, *lines))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SpectrumFileError, match="cannot be read"):
        read_spectrum(tmp_path / "none.csv")
