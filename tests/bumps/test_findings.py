"""The file of a search."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from spectra_for_tests import falling

from bumpcast.bumps.findings import (
    Findings,
    FindingsError,
    list_findings,
    make_table,
    read_findings,
    write_findings,
)


def found(histograms: int = 3) -> Findings:
    spectra, background = falling(histograms)
    table = make_table(
        spectra.names,
        {
            "z": [2.0, np.nan, 5.0],
            "p_histogram": [0.3, np.nan, 1e-4],
            "model": ["line", "", "line"],
            "reason": ["", "no events", ""],
        },
    )
    z = np.linspace(-1, 1, len(spectra.counts))
    return Findings(
        spectra, {"method": "likelihood", "seed": 3}, table, z, background.expected, 0.1 * z
    )


def test_a_search_is_read_as_it_was_written(tmp_path):
    findings = found()
    write_findings(findings, tmp_path / "bumps/likelihood.h5")
    again = read_findings(tmp_path, findings.spectra)
    pd.testing.assert_frame_equal(again.table, findings.table)
    assert again.settings == findings.settings
    for name in ("z", "background", "uncertainty"):
        assert getattr(again, name) == pytest.approx(getattr(findings, name), rel=1e-6)


def test_the_ranking_is_by_probability_and_leaves_out_what_was_skipped():
    assert found().ranking.tolist() == [2, 0]


def test_the_youngest_search_is_read_unless_one_is_named(tmp_path):
    findings = found()
    for age, name in enumerate(("young", "old")):
        path = write_findings(findings, tmp_path / f"bumps/{name}.h5")
        os.utime(path, (1e9 - age, 1e9 - age))
    assert list_findings(tmp_path) == ["young", "old"]
    read_findings(tmp_path, findings.spectra, "old")
    with pytest.raises(FindingsError, match=r"there is no search 'odl'\. Did you mean 'old'"):
        read_findings(tmp_path, findings.spectra, "odl")


def test_a_folder_that_was_not_searched(tmp_path):
    with pytest.raises(FindingsError, match="nothing was searched here yet: bumpcast bumps"):
        read_findings(tmp_path, found().spectra)


def test_a_search_of_other_histograms_is_refused(tmp_path):
    findings = found()
    write_findings(findings, tmp_path / "bumps/likelihood.h5")
    with pytest.raises(FindingsError, match="of other histograms"):
        read_findings(tmp_path, falling(3, seed=2)[0])


def test_a_damaged_file_is_told(tmp_path):
    findings = found()
    path = write_findings(findings, tmp_path / "bumps/likelihood.h5")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FindingsError, match="damaged or no search"):
        read_findings(tmp_path, findings.spectra)
