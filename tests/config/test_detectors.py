"""Detectors as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bumpcast.config.cards import load_card
from bumpcast.config.detectors import load_detector

CARDS = Path(__file__).parents[2] / "configs" / "simulate"


@pytest.mark.parametrize("name", ["higgs_to_llps", "wh_to_llps", "zh_to_llps"])
def test_cards_of_long_lived_particles_have_a_detector_that_sees_late_births(name: str) -> None:
    path = load_card(CARDS / f"{name}.toml").detector
    assert path is not None
    detector, atlas = load_detector(path), load_detector(CARDS / "detectors" / "atlas.toml")

    assert detector.field.born_within_radius_m == 3.9
    assert detector.field.born_within_half_length_m == 6.0
    without = {"born_within_radius_m": None, "born_within_half_length_m": None}
    field = detector.field.model_copy(update=without)
    assert detector.model_copy(update={"field": field}) == atlas
