from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.simulate.delphes_file.provenance import (
    Provenance,
    ProvenanceError,
    combined,
)
from bumpcast.simulate.events import CrossSection


def test_text_and_back(provenance: Callable[..., Provenance]) -> None:
    made = combined([provenance(10, 0), provenance(20, 1, value=300.0)])
    assert Provenance.from_json(made.to_json()) == made
    assert json.loads(made.to_json())["settings"]["jets"] == {"R": 0.4}


def test_numbers_of_numpy_are_numbers(provenance: Callable[..., Provenance]) -> None:
    made = replace(provenance(np.int64(10)), settings={"pt": np.array([1.5]), "n": np.int32(2)})
    assert Provenance.from_json(made.to_json()).settings == {"pt": [1.5], "n": 2}
    with pytest.raises(TypeError, match="cannot be kept"):
        replace(made, settings={"bad": object()}).to_json()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"layout": 1}', '{"layout": 99}'])
def test_other_text_is_an_error(text: str) -> None:
    with pytest.raises(ProvenanceError):
        Provenance.from_json(text)


def test_blocks_together_are_as_one_long_run() -> None:
    """Sums of weights over tries: the average of blocks is weighted by their tries."""
    first = CrossSection(100.0, 4.0, 1000, 100, 50, {(1, "a"): (100.0, 100)})
    second = CrossSection(110.0, 3.0, 3000, 330, 150, {(1, "a"): (90.0, 270), (2, "b"): (20.0, 60)})
    both = CrossSection.of_all([first, second])
    assert both.value == pytest.approx(107.5)
    assert both.error == pytest.approx(math.hypot(4.0 * 0.25, 3.0 * 0.75))
    assert (both.tried, both.accepted, both.kept) == (4000, 430, 200)
    assert both.by_process == {
        (1, "a"): (pytest.approx(92.5), 370),
        (2, "b"): (pytest.approx(15.0), 60),
    }


def test_events_count_where_tries_are_not_known() -> None:
    first = CrossSection(100.0, 0.0, 0, 100, 100, {})
    second = CrossSection(200.0, 0.0, 0, 300, 300, {})
    assert CrossSection.of_all([first, second]).value == pytest.approx(175.0)
    nothing = replace(first, accepted=0, kept=0)
    assert CrossSection.of_all([nothing, nothing]).value == pytest.approx(100.0)


def test_blocks_of_different_runs_are_not_combined(provenance: Callable[..., Provenance]) -> None:
    other = replace(provenance(10, 1), card="other")
    with pytest.raises(ProvenanceError, match="card of the blocks differ"):
        combined([provenance(10), other])


def test_the_filter_efficiency_is_what_passed(provenance: Callable[..., Provenance]) -> None:
    assert provenance(10).filter_efficiency == 1.0
    assert provenance(10, accepted=40).filter_efficiency == 0.25
    assert provenance(0).filter_efficiency == 1.0
