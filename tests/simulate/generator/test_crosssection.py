from __future__ import annotations

import math

import pytest

from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.events import CrossSection
from bumpcast.simulate.generator.crosssection import filter_efficiency, of_card

CARD = SimulationCard(name="a", kind="background", pythia=["Top:all = on"])


def test_blocks_count_with_the_events_that_they_tried() -> None:
    one = CrossSection(10.0, 1.0, 100, 20, 10, {(1, "a"): (10.0, 20)})
    two = CrossSection(16.0, 2.0, 300, 60, 50, {(1, "a"): (12.0, 45), (2, "b"): (4.0, 15)})
    both = CrossSection.of_all([one, two])
    assert both.value == pytest.approx(14.5)
    assert both.error == pytest.approx(math.hypot(0.25, 1.5))
    assert (both.tried, both.accepted, both.kept) == (400, 80, 60)
    assert both.by_process == {
        (1, "a"): (pytest.approx(11.5), 65),
        (2, "b"): (pytest.approx(3.0), 15),
    }


def test_share_that_passes_the_filters() -> None:
    share, error = filter_efficiency(CrossSection(1.0, 0.1, 500, 100, 20, {}))
    assert (share, error) == (0.2, pytest.approx(0.04))


def test_card_s_own_cross_section_wins_and_nothing_is_made_up() -> None:
    said = CrossSection(10.0, 1.0, 1, 1, 1, {})
    unsaid = CrossSection(math.nan, math.nan, 1, 1, 1, {})
    assert of_card(CARD, said) == (10.0, 1.0)
    assert of_card(CARD.model_copy(update={"cross_section_pb": 3.0}), said) == (3.0, 0.0)
    assert of_card(CARD, unsaid) is None


def test_no_block_has_no_cross_section() -> None:
    with pytest.raises(ValueError, match="no block"):
        CrossSection.of_all([])
