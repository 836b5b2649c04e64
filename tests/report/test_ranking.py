"""The ranking of a search, in lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from spectra_for_tests import falling

from bumpcast.bumps.findings import Findings, make_table
from bumpcast.report.ranking import ranking_lines


def found(**columns) -> Findings:
    spectra, background = falling(4, bins=5)
    table = make_table(spectra.names, columns)
    z = np.zeros(len(spectra.counts))
    return Findings(spectra, {}, table, z, background.expected, z)


def test_excesses_that_share_events_stand_in_one_line():
    lines = ranking_lines(
        found(z=[3.0, 5.0, 4.0, 2.0], p_histogram=[1e-2, 1e-5, 1e-3, 0.4], group=[2, 1, 2, np.nan]),
        0,
    )
    assert [line.split()[1] for line in lines[1:]] == ["5.00", "4.00", "2.00"]
    assert lines[2].endswith("histogram 2 (and 1 that share its events)")


def test_reasons_that_differ_in_numbers_are_one():
    reasons = [f"no function (best p = {p}); no process (p = {p})" for p in (0.01, 0.02, 0.03)]
    lines = ranking_lines(found(reason=[*reasons, "no events"]), 0)
    assert lines[0] == "Skipped: 4 histograms"
    assert [line.split(maxsplit=1) for line in lines[1:]] == [
        ["3", "no function; no process"],
        ["1", "no events"],
    ]


def test_what_has_to_be_said_of_a_search_stands_below():
    findings = replace(found(z=[1.0, 2.0, 3.0, 4.0]), settings={"warning": "the same events"})
    assert ranking_lines(findings, 1)[-1] == "Warning: the same events"
