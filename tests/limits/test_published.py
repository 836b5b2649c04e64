"""The published benchmarks of ATLAS-EXOT-2019-23 come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.limits.curve import PER_INVERSE_FB, limit_curve_of_events
from bumpcast.limits.efficiency_file import EfficiencyFileError, read_efficiencies
from bumpcast.limits.published import read_published

DATA = Path(__file__).parents[1] / "data"
LUMINOSITY = 139.0
HIGGS_PB = 48.58

# Of the limit that the files call y1, the expected one, and y2, the observed one.
EVENTS = {
    "1000_275": (16.69, 24.78, None),
    "400_100": (18.20, 26.90, None),
    "125_55": (21.66, 31.35, HIGGS_PB),
}


@pytest.mark.parametrize("name", EVENTS)
def test_limit_times_efficiency_times_luminosity_is_the_same_at_all_lifetimes(name):
    expected, observed, per = EVENTS[name]
    path = DATA / f"benchmark_{name}.json"
    efficiencies, published = read_efficiencies(path), read_published(path)
    here = np.isin(efficiencies.ctau, published.ctau)
    assert here.sum() == len(published.ctau) > 60
    selected = efficiencies.region(None).values[here] * LUMINOSITY * PER_INVERSE_FB * (per or 1.0)
    for limits, events in ((published.expected, expected), (published.observed, observed)):
        assert limits * selected == pytest.approx(events, rel=3e-4)
        assert np.ptp(limits * selected) / events < 2e-4


@pytest.mark.parametrize("name", EVENTS)
def test_published_limits_follow_from_the_number_of_events(name):
    path = DATA / f"benchmark_{name}.json"
    efficiencies, published = read_efficiencies(path), read_published(path)
    here = np.isin(efficiencies.ctau, published.ctau)
    for events, limits in zip(EVENTS[name], (published.expected, published.observed), strict=False):
        curve = limit_curve_of_events(efficiencies, events, LUMINOSITY)
        if EVENTS[name][2] is not None:
            curve = curve.per_cross_section(EVENTS[name][2])
        assert curve.shown[here, 0] == pytest.approx(limits, rel=3e-4)
        assert curve.events[:, 0] == pytest.approx(events, rel=1e-12)
        assert curve.expected is None
        assert not curve.notes


def test_a_file_without_limits_is_told(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"ctau_m": [1], "eff": [0.1]}')
    with pytest.raises(EfficiencyFileError, match="no column 'lim_"):
        read_published(path)
