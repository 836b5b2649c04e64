from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.findings import Findings, make_table
from bumpcast.bumps.spectra import Spectra
from bumpcast.report.site.grouping import groups

NAN = np.nan


def findings_of(z, mass, width):
    number = len(z)
    ones = np.ones(number)
    spectra = Spectra(
        [str(n) for n in range(number)], np.arange(number + 1), ones, 2 * ones, ones, ones
    )
    columns = {
        "z": z,
        "mass_GeV": mass,
        "width_GeV": width,
        "p_histogram": -np.asarray(z) / 100 + 1,
    }
    table = make_table(spectra.names, columns)
    return Findings(spectra, {}, table, ones, ones, ones)


@pytest.mark.parametrize(
    ("states", "combinations", "mass", "expected"),
    [
        (["2j", "2j"], ["j0,j1", "j0,j1"], [100, 103], [1, 1]),
        (["2j", "3j"], ["j0,j1", "j0,j1"], [100, 103], [0, 1]),
        (["3j", "3j"], ["j0,j1", "j1,j2"], [100, 103], [1, 1]),
        (["4j", "4j"], ["j0,j1", "j2,j3"], [100, 103], [0, 1]),
        (["2j", "2j"], ["j0,j1", "j0,j1"], [100, 104.1], [0, 1]),
        (["2j", "2j"], ["j0,j1", "j0,j1"], [NAN, 104.1], [0, 1]),
    ],
    ids=["same", "other state", "shares j1", "shares nothing", "too far", "nowhere"],
)
def test_of_two_histograms(states, combinations, mass, expected):
    found = groups(findings_of([3.0, 4.0], mass, [1, 2]), states, combinations, {})
    assert found.tolist() == expected


def test_the_most_significant_leads_and_a_skipped_one_has_no_group():
    findings = findings_of([1, NAN, 5, 4], [100, NAN, 101, 102], [2, NAN, 2, 2])
    found = groups(findings, ["2j"] * 4, ["j0,j1"] * 4, {})
    assert found.tolist() == [2, -1, 2, 2]


def test_a_group_does_not_wander_away_from_its_leader():
    findings = findings_of([5, 4, 3], [100, 103, 106], [2, 2, 2])
    assert groups(findings, ["2j"] * 3, ["j0,j1"] * 3, {}).tolist() == [0, 0, 2]


def test_what_was_measured_is_taken_as_it_is():
    findings = findings_of([3, 5, 4, NAN, 3.5], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1])
    measured = {"0": 7, "1": 7, "2": 8, "3": 8}
    found = groups(findings, ["2j", "3j", "2j", "2j", "2j"], ["j0,j1"] * 5, measured)
    assert found.tolist() == [1, 1, 2, -1, 4]
