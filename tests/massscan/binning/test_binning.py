from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.config.binning import (
    BinningConfig,
    CalorimeterResolution,
    CustomDetector,
    JetResolution,
    TrackResolution,
)
from bumpcast.massscan.binning.binning import MAX_BINS, Binning, BinningError
from bumpcast.massscan.binning.resolution import ATLAS, sigma_pt
from bumpcast.massscan.naming.kinds import KINDS


def binning(detector: str = "atlas", **values: Any) -> Binning:
    return Binning(BinningConfig(detector=detector, **values))  # type: ignore[arg-type]


def width(kinds: str, mass: float, made: Binning, *, with_met: bool = False) -> float:
    return made.width(made.content(kinds.split(), with_met=with_met), mass)


@pytest.mark.parametrize(
    ("kinds", "mass", "expected", "digit"),
    [
        ("g g", 125.0, 0.57, 0.005),
        ("j j", 500.0, 8.5, 0.05),
        ("j j", 1000.0, 13.1, 0.05),
        ("j j", 3000.0, 30.3, 0.05),
        ("m m", 91.0, 0.35, 0.005),
        ("m m", 1000.0, 18.0, 0.05),
    ],
)
def test_reference_widths(kinds: str, mass: float, expected: float, digit: float) -> None:
    assert width(kinds, mass, binning()) == pytest.approx(expected, abs=digit)


@pytest.mark.parametrize(("composite", "jets"), [("HM", 3), ("T", 3), ("Wh", 2)])
def test_composite_jets_count_as_jets(composite: str, jets: int) -> None:
    made = binning()
    simple = " ".join(["j"] * jets)
    assert width(composite, 400.0, made) == width(simple, 400.0, made)
    assert width(f"{composite} e", 400.0, made) == width(f"{simple} e", 400.0, made)
    np.testing.assert_array_equal(
        made.edges(made.content([composite, "m"])), made.edges(made.content([*simple.split(), "m"]))
    )


def test_other_objects() -> None:
    made = binning()
    assert width("Z", 200.0, made) == width("m m", 200.0, made)
    assert width("b j", 200.0, made) == width("j j", 200.0, made)
    assert width("e e", 200.0, made) == width("g g", 200.0, made)
    assert width("e", 200.0, made, with_met=True) == width("e j", 200.0, made)


def test_composition_and_met_can_be_changed() -> None:
    made = binning(composition={"Z": ["e", "e"], "HM": ["j"]}, met_counts_as=["j", "g"])
    assert width("Z", 200.0, made) == width("e e", 200.0, made)
    assert width("HM", 200.0, made) == width("j", 200.0, made)
    with_met = width("e", 200.0, made, with_met=True)
    assert with_met == pytest.approx(width("e j g", 200.0, made), rel=1e-14)
    with pytest.raises(BinningError, match=r"^binning\.composition\.T: 'T' has no resolution of"):
        width("T", 200.0, made)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"composition": {"Z": ["m", "Wh"]}}, "binning.composition.Z: 'Wh' has no resolution of "),
        ({"met_counts_as": ["j", "Z"]}, "binning.met_counts_as: 'Z' has no resolution of its own;"),
    ],
)
def test_composites_of_composites_are_refused(values: dict[str, Any], message: str) -> None:
    made = binning(**values)
    with pytest.raises(BinningError) as caught:
        width("Z", 200.0, made, with_met=True)
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("use 'e', 'm', 'g', 'j', 'b'")


def test_the_cms_card() -> None:
    made = binning("cms")
    photon = math.hypot(0.008 * 62.5, 0.11 * math.sqrt(62.5), 0.40)
    assert width("g g", 125.0, made) == pytest.approx(0.5 * math.sqrt(2) * photon)
    jet = math.hypot(0.050 * 500, 1.50 * math.sqrt(500))
    assert width("j j", 1000.0, made) == pytest.approx(0.5 * math.sqrt(2) * jet)
    assert width("m m", 1000.0, made) == width("m m", 1000.0, binning())


CUSTOM = CustomDetector(
    electron=CalorimeterResolution(linear=0.01, stochastic_sqrt_GeV=0.2, noise_GeV=0.5),
    muon=TrackResolution(constant=0.02, slope_per_GeV=2e-4),
    photon=TrackResolution(constant=0.05, slope_per_GeV=0.0),
    jet=JetResolution(noise_GeV=2.0, stochastic_sqrt_GeV=1.0, constant=0.05),
)


@given(
    st.lists(st.sampled_from("emgjb"), min_size=1, max_size=6),
    st.floats(0.0, 13000.0),
    st.sampled_from([ATLAS, CUSTOM]),
    st.floats(0.05, 3.0),
    st.booleans(),
)
def test_widths_of_any_detector(
    kinds: list[str], mass: float, detector: CustomDetector, factor: float, with_met: bool
) -> None:
    made = binning("custom", custom=detector, width_factor=factor, min_width_GeV=0.3)
    names = {"e": "electron", "m": "muon", "g": "photon", "j": "jet", "b": "jet"}
    resolutions = [getattr(detector, names[kind]) for kind in [*kinds, *"j" * with_met]]
    sigma = math.hypot(*(sigma_pt(resolution, mass / 2) for resolution in resolutions))
    found = made.width(made.content(kinds, with_met=with_met), mass)
    assert found == pytest.approx(max(factor * sigma, 0.3), rel=1e-12)


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=5),
    st.floats(0.0, 100.0),
    st.floats(150.0, 13000.0),
)
def test_edges_are_the_widths_put_end_to_end(kinds: list[str], low: float, high: float) -> None:
    made = binning(mass_min_GeV=low, mass_max_GeV=high, min_width_GeV=0.5)
    content = made.content(kinds)
    edges = made.edges(content)
    assert edges[0] == low
    assert edges[-2] < high <= edges[-1]
    widths = [made.width(content, edge) for edge in edges[:-1]]
    np.testing.assert_allclose(np.diff(edges), widths, rtol=1e-9)
    assert np.all(np.diff(edges) > 0.4999)


def test_equal_contents_share_their_edges() -> None:
    made = binning()
    content = made.content(["j", "e", "j"])
    assert content == made.content(["e", "j", "j"])
    assert content != made.content(["e", "j", "j"], with_met=True)
    assert made.edges(content) is made.edges(made.content(["j", "j", "e"]))
    with pytest.raises(ValueError, match="read-only"):
        made.edges(content)[0] = 1.0


def test_the_smallest_width() -> None:
    made = binning(min_width_GeV=5.0)
    assert width("m m", 10.0, made) == 5.0
    assert np.min(np.diff(made.edges(made.content(["m", "m"])))) == pytest.approx(5.0)


def test_too_many_bins() -> None:
    fine = {"width_factor": 1e-9, "mass_max_GeV": 6500.0}
    made = binning(**fine, min_width_GeV=0.11)
    assert len(made.edges(made.content(["m", "m"]))) <= MAX_BINS
    made = binning(**fine, min_width_GeV=0.09)
    with pytest.raises(BinningError) as caught:
        made.edges(made.content(["m", "m", "Wh"], with_met=True))
    assert str(caught.value) == (
        "binning of {'m': 2, 'Wh': 1, 'MET': 1}: more than 65000 bins below 6500 GeV; raise "
        "binning.min_width_GeV or binning.width_factor"
    )
