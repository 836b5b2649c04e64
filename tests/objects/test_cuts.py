from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_objects import as_candidates, as_events

from bumpcast.config.objects import ObjectCuts
from bumpcast.objects.cuts import apply_cuts

CUTS = ObjectCuts(pt_min_GeV=20.0, abs_eta_max=2.5, abs_eta_gaps=[(1.37, 1.52), (2.0, 2.1)])


@pytest.mark.parametrize(
    ("pt", "eta", "stays"),
    [
        (20.0, 0.0, True),  # an object at the threshold counts
        (19.999, 0.0, False),
        (20.0, 2.5, True),
        (20.0, -2.5, True),
        (20.0, 2.501, False),
        (20.0, 1.369, True),
        (20.0, 1.37, False),
        (20.0, -1.45, False),
        (20.0, 1.52, False),
        (20.0, -1.521, True),
        (20.0, 2.05, False),
    ],
)
def test_bounds(pt: float, eta: float, stays: bool) -> None:
    lists = as_candidates([[{"pt": pt, "eta": eta, "phi": 0.0, "mass": 0.0}]])
    assert len(apply_cuts(lists, CUTS).take()["pt"]) == int(stays)


ITEMS = st.fixed_dictionaries(
    {
        "pt": st.floats(10, 30),
        "eta": st.floats(-3, 3) | st.sampled_from([1.37, -1.52, 2.0, 2.1, 2.5]),
        "phi": st.just(0.0),
        "mass": st.just(0.0),
    }
)


@given(st.lists(st.lists(ITEMS, max_size=4), max_size=4))
def test_equals_plain_python(events: list[list[dict[str, float]]]) -> None:
    expected = [
        [
            item
            for item in event
            if item["pt"] >= 20
            and abs(item["eta"]) <= 2.5
            and not 1.37 <= abs(item["eta"]) <= 1.52
            and not 2.0 <= abs(item["eta"]) <= 2.1
        ]
        for event in events
    ]
    assert as_events(apply_cuts(as_candidates(events), CUTS)) == expected
