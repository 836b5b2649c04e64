from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from plain_objects import as_candidates, as_events, four_vector

from bumpcast.objects.overlap import remove_near

ANGLES = st.floats(-math.pi, math.pi) | st.sampled_from([math.pi, -math.pi, 3.1, -3.1])
ITEMS = st.fixed_dictionaries(
    {"pt": st.just(50.0), "eta": st.floats(-1, 1), "phi": ANGLES, "mass": st.just(0.0)}
)
LISTS = st.lists(ITEMS, max_size=4)


def at(eta: float, phi: float) -> dict[str, float]:
    return {"pt": 50.0, "eta": eta, "phi": phi, "mass": 0.0}


@given(st.lists(st.tuples(LISTS, LISTS), max_size=4), st.sampled_from([0.2, 0.4, 1.0]))
@example([([at(0.0, 3.1)], [at(0.0, -3.1)])], 0.2)
def test_equals_the_distances_of_vector(
    events: list[tuple[list[dict[str, float]], list[dict[str, float]]]], delta_r: float
) -> None:
    expected = []
    for objects, others in events:
        distances = [[four_vector(a).deltaR(four_vector(b)) for b in others] for a in objects]
        assume(all(abs(d - delta_r) > 1e-9 for row in distances for d in row))
        expected.append(
            [
                item
                for item, row in zip(objects, distances, strict=True)
                if min(row, default=math.inf) > delta_r
            ]
        )
    objects, others = (as_candidates([event[side] for event in events]) for side in (0, 1))
    assert as_events(remove_near(objects, others, delta_r)) == expected


@pytest.mark.parametrize("turns", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize(("phi", "removed"), [(-3.1, True), (-2.9, False), (3.0, True)])
def test_whole_turns_do_not_matter(turns: int, phi: float, removed: bool) -> None:
    objects, others = (
        as_candidates([[at(0.0, 3.1)]]),
        as_candidates([[at(0.0, phi + turns * 2 * math.pi)]]),
    )
    assert len(remove_near(objects, others, 0.2).take()["pt"]) == int(not removed)


def test_an_object_at_the_distance_stays() -> None:
    objects, others = (
        as_candidates([[at(0.0, 0.0), at(0.25, 0.0)]]),
        as_candidates([[at(0.5, 0.0)]]),
    )
    assert as_events(remove_near(objects, others, 0.5)) == [[at(0.0, 0.0)]]


def test_only_the_same_event_counts() -> None:
    objects, others = as_candidates([[at(0.0, 0.0)], []]), as_candidates([[], [at(0.0, 0.0)]])
    assert as_events(remove_near(objects, others, 0.4)) == [[at(0.0, 0.0)], []]


def test_an_object_is_not_near_itself_but_near_its_twin() -> None:
    jets = as_candidates([[at(0.0, 0.0)], [at(0.0, 1.0), at(0.0, 1.1), at(0.0, 2.0)]])
    assert as_events(remove_near(jets, jets, 0.4)) == [[at(0.0, 0.0)], [at(0.0, 2.0)]]


def test_what_is_there_is_looked_at_again_in_each_step() -> None:
    electrons, jets = as_candidates([[at(0.0, 0.0)]]), as_candidates([[at(0.1, 0.0)]])
    without_jets = remove_near(jets, electrons, 0.2)
    assert as_events(without_jets) == [[]]
    assert as_events(remove_near(electrons, without_jets, 0.4)) == [[at(0.0, 0.0)]]
    without_electrons = remove_near(electrons, jets, 0.4)
    assert as_events(without_electrons) == [[]]
    assert as_events(remove_near(jets, without_electrons, 0.2)) == [[at(0.1, 0.0)]]
