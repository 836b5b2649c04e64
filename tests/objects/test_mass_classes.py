from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_objects import as_candidates, as_events

from bumpcast.config.objects import MassClasses
from bumpcast.objects.mass_classes import MissingLargeJetsError, class_by_mass

FROM_LARGE = MassClasses(source="large_jet", absorb_delta_r=1.0)


def jet(mass: float, btag: bool = False, eta: float = 0.0, phi: float = 0.0) -> dict[str, float]:
    return {"pt": 100.0, "eta": eta, "phi": phi, "mass": mass, "btag": float(btag)}


def names(jets: list[dict[str, float]], config: MassClasses) -> dict[str, list[float]]:
    """Return the masses in each class of one event's jets."""
    classed = class_by_mass(as_candidates([jets], "btag"), None, config)
    return {
        name: [item["mass"] for item in as_events(getattr(classed, name))[0]]
        for name in ("jets", "Wh", "T", "HM")
    }


@pytest.mark.parametrize(
    ("mass", "name"),
    [
        (0.0, "jets"),
        (59.999, "jets"),
        (60.0, "Wh"),
        (109.999, "Wh"),
        (110.0, "T"),
        (199.999, "T"),
        (200.0, "HM"),
        (1e6, "HM"),
    ],
)
@pytest.mark.parametrize("btag", [False, True])
@pytest.mark.parametrize("b_tagged", [False, True])
def test_windows_hold_their_lower_edge(mass: float, name: str, btag: bool, b_tagged: bool) -> None:
    found = names([jet(mass, btag)], MassClasses(source="jet", b_tagged=b_tagged))
    expected = name if b_tagged or not btag else "jets"
    assert {key for key, masses in found.items() if masses} == {expected}


def test_windows_need_not_touch_and_high_mass_may_end() -> None:
    config = MassClasses(source="jet", Wh_GeV=(70.0, 90.0), T_GeV=(150.0, 190.0), HM_GeV=(300, 400))
    found = names([jet(m) for m in (65.0, 80.0, 100.0, 160.0, 250.0, 350.0, 400.0)], config)
    assert found == {"jets": [65.0, 100.0, 250.0, 400.0], "Wh": [80.0], "T": [160.0], "HM": [350.0]}


JETS = st.lists(st.builds(jet, st.floats(0, 400), st.booleans()), max_size=5)


@given(st.lists(JETS, max_size=4), st.sampled_from(["jet", "none"]), st.booleans())
def test_each_jet_is_somewhere_once(
    events: list[list[dict[str, float]]], source: str, b_tagged: bool
) -> None:
    config = MassClasses(source=source, b_tagged=b_tagged)  # type: ignore[arg-type]
    classed = class_by_mass(as_candidates(events, "btag"), None, config)
    parts = [as_events(getattr(classed, name)) for name in ("jets", "Wh", "T", "HM")]
    for event, *found in zip(events, *parts, strict=True):
        together = [item for part in found for item in part]
        key = sorted(map(repr, together))
        assert key == sorted(map(repr, event))
    if source == "none":
        assert parts[0] == events


def test_large_jets_absorb_small_ones() -> None:
    small = [
        jet(5.0, eta=0.5, phi=3.0),  # in the W, over the seam of phi
        jet(6.0, btag=True, eta=0.0, phi=-2.5),  # a b-jet in the W
        jet(7.0, eta=2.0, phi=3.0),  # too far
        jet(150.0, eta=2.0, phi=-1.0),  # heavy, but small jets are not classed
        jet(8.0, eta=-2.0, phi=0.0),  # in a large jet that has no class
        jet(9.0, eta=-2.0, phi=2.0),  # in the top
    ]
    large = [jet(80.0, phi=-3.0), jet(30.0, eta=-2.0), jet(170.0, eta=-2.0, phi=2.5)]
    classed = class_by_mass(
        as_candidates([small, []], "btag"), as_candidates([large, []]), FROM_LARGE
    )
    assert [item["mass"] for item in as_events(classed.jets)[0]] == [7.0, 150.0, 8.0]
    assert [classed.Wh.take()["mass"].tolist(), classed.T.take()["mass"].tolist()] == [
        [80.0],
        [170.0],
    ]
    assert len(classed.HM.take()["mass"]) == 0


def test_small_jets_at_the_distance_stay() -> None:
    small, large = as_candidates([[jet(5.0, eta=1.0)]], "btag"), as_candidates([[jet(80.0)]])
    assert len(class_by_mass(small, large, FROM_LARGE).jets.take()["pt"]) == 1
    wider = MassClasses(source="large_jet", absorb_delta_r=math.nextafter(1.0, 2.0))
    assert len(class_by_mass(small, large, wider).jets.take()["pt"]) == 0


def test_without_large_jets_the_message_says_what_to_do() -> None:
    with pytest.raises(MissingLargeJetsError, match=r"large_jets = 'FatJet'.*'jet' or 'none'"):
        class_by_mass(as_candidates([[]], "btag"), None, FROM_LARGE)
