from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.config.binning import (
    BinningConfig,
    CalorimeterResolution,
    CustomDetector,
    JetResolution,
    Resolution,
    TrackResolution,
)
from bumpcast.massscan.binning.resolution import ATLAS, CMS, detector, sigma_pt

PT = st.floats(0.1, 7000)
SMALL = st.floats(0, 2)


@given(SMALL, st.floats(0, 1e-3), PT)
def test_tracks(constant: float, slope: float, pt: float) -> None:
    resolution = TrackResolution(constant=constant, slope_per_GeV=slope)
    assert sigma_pt(resolution, pt) == pytest.approx(pt * math.hypot(constant, slope * pt))


@given(SMALL, SMALL, SMALL, PT)
def test_calorimeters(linear: float, stochastic: float, noise: float, pt: float) -> None:
    resolution = CalorimeterResolution(
        linear=linear, stochastic_sqrt_GeV=stochastic, noise_GeV=noise
    )
    expected = math.hypot(linear * pt, stochastic * math.sqrt(pt), noise)
    assert sigma_pt(resolution, pt) == pytest.approx(expected)


@given(SMALL, SMALL, SMALL, PT)
def test_jets(noise: float, stochastic: float, constant: float, pt: float) -> None:
    resolution = JetResolution(noise_GeV=noise, stochastic_sqrt_GeV=stochastic, constant=constant)
    relative = math.hypot(noise / pt, stochastic / math.sqrt(pt), constant)
    assert sigma_pt(resolution, pt) == pytest.approx(pt * relative)


@pytest.mark.parametrize(
    ("resolution", "pt", "relative"),
    [
        # the jet-energy resolution at the electromagnetic scale; measured after calibration:
        # 24 % at 20 GeV and 6 % at 300 GeV
        (ATLAS.jet, 20.0, math.hypot(3.34 / 20, 0.627 / math.sqrt(20), 0.0234)),
        (ATLAS.jet, 300.0, 0.0446),
        (ATLAS.electron, 50.0, math.hypot(0.0017, 0.101 / math.sqrt(50))),
        (ATLAS.photon, 50.0, math.hypot(0.0017, 0.101 / math.sqrt(50))),
        (ATLAS.muon, 500.0, math.hypot(0.01, 0.05)),
        (CMS.electron, 50.0, math.hypot(0.008, 0.11 / math.sqrt(50), 0.40 / 50)),
        (CMS.photon, 50.0, math.hypot(0.008, 0.11 / math.sqrt(50), 0.40 / 50)),
        (CMS.muon, 500.0, math.hypot(0.01, 0.05)),
        (CMS.jet, 100.0, math.hypot(0.050, 0.15)),
    ],
)
def test_published_parameters(resolution: Resolution, pt: float, relative: float) -> None:
    assert sigma_pt(resolution, pt) / pt == pytest.approx(relative, rel=2e-3)


def test_resolutions_grow_with_pt() -> None:
    pt = np.linspace(1.0, 5000.0, 200)
    for parameters in (ATLAS, CMS):
        for name in CustomDetector.model_fields:
            sigmas = [sigma_pt(getattr(parameters, name), value) for value in pt]
            assert np.all(np.diff(sigmas) > 0)


def test_detectors() -> None:
    assert detector(BinningConfig(detector="atlas")) == ATLAS
    assert detector(BinningConfig(detector="cms")) == CMS
    mine = ATLAS.model_copy(update={"muon": TrackResolution(constant=0.02, slope_per_GeV=0)})
    assert detector(BinningConfig(detector="custom", custom=mine)) == mine
