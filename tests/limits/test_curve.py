"""Limits against lifetime."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from bumpcast.limits.abcd import AbcdResult
from bumpcast.limits.counting import CountingResult
from bumpcast.limits.curve import (
    PER_INVERSE_FB,
    SignalUncertaintyError,
    limit_curve,
    limit_curve_of_events,
)
from bumpcast.limits.efficiencies import LifetimeEfficiencies, RegionEfficiency
from bumpcast.limits.errors import ResultError
from bumpcast.limits.limits_file import LimitFileError, as_document, write_limits
from bumpcast.limits.upper_limit import upper_limit

CTAU = np.array([0.1, 1.0, 10.0])
RESULT = CountingResult(26, 17.0, 5.0, 139.0)


def efficiencies(**regions):
    return LifetimeEfficiencies("curve.csv", CTAU, regions)


def region(*values, relative=0.25):
    array = np.array(values)
    return RegionEfficiency(array, 0 * array, relative * array)


def test_a_limit_is_events_over_efficiency_and_luminosity():
    curve = limit_curve(efficiencies(A=region(0.001, 0.1, 0.01)), RESULT)
    events = upper_limit(RESULT.likelihood(0.25)).all
    for number, value in enumerate((0.001, 0.1, 0.01)):
        expected = events / (value * 139.0 * PER_INVERSE_FB)
        assert curve.limits[number] == pytest.approx(expected, rel=1e-9)
    assert curve.events == pytest.approx(np.tile(events, (3, 1)), rel=1e-9)
    assert np.all(np.diff(curve.expected, axis=1) > 0)


def test_where_nothing_is_selected_there_is_no_limit(tmp_path):
    curve = limit_curve(efficiencies(A=region(0.0, 0.1, 0.01)), RESULT)
    assert np.all(np.isinf(curve.limits[0]))
    assert np.all(np.isfinite(curve.limits[1:]))
    assert curve.notes == ("no limit at c tau = 0.1 m: no signal is selected there",)
    write_limits(curve, tmp_path / "limits.csv")
    table = pd.read_csv(tmp_path / "limits.csv", comment="#")
    assert math.isinf(table["observed_pb"][0])
    assert table["expected_plus2_pb"][1] == pytest.approx(curve.limits[1, 5], rel=1e-5)
    assert "# no limit at c tau" in (tmp_path / "limits.csv").read_text()
    document = as_document(curve)
    assert document["limits"]["observed_pb"][0] is None
    assert document["limits"]["observed_events"][0] is None
    assert document["unit"] == "pb"


def test_nothing_selected_anywhere():
    curve = limit_curve(efficiencies(A=region(0.0, 0.0, 0.0)), RESULT)
    assert np.all(np.isinf(curve.limits))
    given = limit_curve_of_events(efficiencies(A=region(0.0, 0.1, 0.0)), 3.0, 139.0)
    assert np.isinf(given.observed).tolist() == [True, False, True]


def test_uncertainties_are_the_efficiencies_own_unless_given():
    own = limit_curve(efficiencies(A=region(0.001, 0.1, 0.01, relative=0.4)), RESULT)
    given = limit_curve(
        efficiencies(A=region(0.001, 0.1, 0.01, relative=0.4)), RESULT, signal_error=0.1
    )
    assert own.signal_error == pytest.approx(0.4)
    assert np.all(given.observed < own.observed)
    assert "as given" in given.notes[0]


def test_an_unknown_uncertainty_is_not_taken_for_none():
    curve = efficiencies(A=RegionEfficiency(np.array([0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.1])))
    with pytest.raises(SignalUncertaintyError, match=r"--signal-uncertainty 0\.25"):
        limit_curve(curve, RESULT)
    assert limit_curve(curve, RESULT, signal_error=0.0).signal_error.tolist() == [0.0, 0.0, 0.0]


def test_statistical_uncertainties_count():
    values = np.array([0.001, 0.1, 0.01])
    curve = efficiencies(A=RegionEfficiency(values, values * 0.3, values * 0.4))
    assert limit_curve(curve, RESULT).signal_error == pytest.approx(0.5)


def test_four_regions():
    four = efficiencies(
        A=region(0.0, 0.1, 0.01),
        B=region(0.1, 0.03, 0.003),
        C=region(0.0, 0.02, 0.012),
        D=region(0.0, 0.01, 0.001),
    )
    result = AbcdResult(26, 30, 40, 60, 139.0)
    curve = limit_curve(four, result)
    assert np.all(np.isinf(curve.limits[0]))
    shares = {"A": 0.1, "B": 0.03, "C": 0.02, "D": 0.01}
    expected = upper_limit(result.likelihood(shares, 0.25)).all / (139.0 * PER_INVERSE_FB)
    assert curve.limits[1] == pytest.approx(expected)
    # Only the composition and the efficiency change the limit.
    assert curve.events[2, 0] != pytest.approx(curve.events[1, 0], rel=0.01)
    assert "B * C / D = 20" in curve.result


def test_a_signal_that_is_mostly_elsewhere_is_told():
    four = efficiencies(
        A=region(0.01, 0.1, 0.01),
        B=region(0.03, 0.03, 0.003),
        C=region(0.01, 0.02, 0.003),
        D=region(0.01, 0.01, 0.001),
    )
    (note,) = limit_curve(four, AbcdResult(26, 30, 40, 60, 139.0)).notes
    assert note.startswith("at 1 lifetimes B, C or D selects more signal than A")


def test_pseudo_experiments_are_said_to_be_some():
    known = CountingResult(3, 2.0, 0.0, 139.0)
    curve = limit_curve(
        efficiencies(A=region(0.1, 0.2, 0.3)), known, signal_error=0.0, toys=300, seed=4
    )
    assert curve.method == "300 pseudo-experiments with seed 4"
    assert "statistical error of up to" in curve.notes[1]


def test_a_limit_on_a_branching_ratio():
    curve = limit_curve_of_events(efficiencies(A=region(0.1, 0.2, 0.3)), 3.0, 139.0)
    per = curve.per_cross_section(48.58)
    assert per.shown[:, 0] == pytest.approx(curve.limits[:, 0] / 48.58)
    assert list(per.table()) == ["ctau_m", "efficiency", "limit_branching_ratio", "limit_events"]
    assert as_document(per)["per_pb"] == 48.58


def test_numbers_that_cannot_be():
    curve = efficiencies(A=region(0.1, 0.2, 0.3))
    with pytest.raises(ResultError, match="selected events is 0"):
        limit_curve_of_events(curve, 0.0, 139.0)
    with pytest.raises(ResultError, match="luminosity"):
        limit_curve_of_events(curve, 3.0, math.nan)
    with pytest.raises(ResultError, match="divided by"):
        limit_curve_of_events(curve, 3.0, 139.0).per_cross_section(0.0)


def test_a_table_ends_in_csv(tmp_path):
    curve = limit_curve_of_events(efficiencies(A=region(0.1, 0.2, 0.3)), 3.0, 139.0)
    with pytest.raises(LimitFileError, match=r"ends in \.csv"):
        write_limits(curve, tmp_path / "limits.txt")
