from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import random_objects

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ClassLimits, ObjectsPerKind, ScanConfig
from bumpcast.massscan import ScanDelta, Scanner
from bumpcast.massscan.filling.flat import flatten
from bumpcast.massscan.filling.menu import Menu
from bumpcast.massscan.filling.sorting import sort_events
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.kinds import KINDS

BINNING = BinningConfig(detector="atlas")
LIMITS = st.fixed_dictionaries({kind: st.integers(0, 4) for kind in KINDS})


@settings(max_examples=8)
@given(seed=st.integers(0, 1000), open_from=LIMITS, limits=LIMITS, leading_jets=st.integers(0, 5))
def test_each_event_has_its_place_in_its_state(
    seed: int, open_from: dict[str, int], limits: dict[str, int], leading_jets: int
) -> None:
    """No state may lend more objects than its block of four-vectors has room for."""
    scan = ScanConfig(
        open_from=ClassLimits(**open_from),
        objects_per_kind=ObjectsPerKind(**limits),
        leading_jets=leading_jets,
        combination_max_size=1,
    )
    objects = random_objects(25, seed=seed)
    events = sort_events(flatten(objects), Menu(scan, BINNING))
    tables = events.tables
    assert sorted(events.source.tolist()) == list(range(25))
    assert np.all(np.diff(events.codes) > 0)
    for number, menu in enumerate(events.menus):
        state = FinalState.from_code(int(events.codes[number]))
        ranges = slice(tables.first_range[number], tables.first_range[number + 1])
        assert np.all(tables.range_mask[ranges] >> int(menu.objects.sum()) == 0)
        for source in events.source[tables.first_event[number] : tables.first_event[number + 1]]:
            for kind, count, is_open in zip(KINDS, state.counts, state.open_counts, strict=True):
                held = len(objects[kind][source])
                assert held >= count if is_open else held == count


@pytest.mark.parametrize("count", [0, 1, 2])
def test_open_states_lend_what_they_are_sure_to_hold(count: int) -> None:
    objects = random_objects(200, seed=3)
    open_from = ClassLimits(**dict.fromkeys(KINDS, count))

    def fill(limit: int) -> ScanDelta:
        limits = ObjectsPerKind(**dict.fromkeys(KINDS, limit))
        return Scanner(ScanConfig(open_from=open_from, objects_per_kind=limits), BINNING).fill(
            objects
        )

    found, expected = fill(4), fill(count)
    for name in ("states", "observables", "offsets", "bins", "counts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
