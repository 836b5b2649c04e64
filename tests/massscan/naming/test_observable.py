from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.naming.kinds import KINDS, MAX_OBJECTS_PER_KIND
from bumpcast.massscan.naming.observable import VARIABLES, Combination, Observable, Selection

THRESHOLDS = st.integers(0, 65535).map(lambda steps: steps / 10)
SELECTIONS = (
    st.just(Selection())
    | st.builds(Selection, st.sampled_from(["MET", "HT"]), THRESHOLDS)
    | st.builds(Selection, st.just("pT"), THRESHOLDS, st.sampled_from(KINDS))
)
OBJECTS = [(kind, place) for kind in KINDS for place in range(MAX_OBJECTS_PER_KIND)]
COMBINATIONS = st.sets(st.sampled_from(OBJECTS), min_size=1).map(
    lambda chosen: Combination(tuple(item for item in OBJECTS if item in chosen))
)
OBSERVABLES = st.builds(Observable, COMBINATIONS, st.sampled_from(VARIABLES), SELECTIONS)


@given(SELECTIONS)
def test_selections_go_there_and_back(selection: Selection) -> None:
    assert 0 <= selection.code < 2**22
    assert Selection.from_code(selection.code) == selection
    assert Selection.from_name(selection.name) == selection


@given(COMBINATIONS)
def test_combinations_go_there_and_back(combination: Combination) -> None:
    assert 0 < combination.mask < 2**36
    assert combination.mask.bit_count() == len(combination.objects)
    assert Combination.from_mask(combination.mask) == combination


@given(OBSERVABLES)
def test_observables_go_there_and_back(observable: Observable) -> None:
    assert 0 < observable.code < 2**60
    assert Observable.from_code(observable.code) == observable
    assert Observable.from_names(observable.name, observable.selection.name) == observable


@given(OBSERVABLES, OBSERVABLES)
def test_different_observables_have_different_codes(one: Observable, other: Observable) -> None:
    assert (one == other) == (one.code == other.code)


def test_no_selection_is_the_lowest_code() -> None:
    assert Selection().code == 0
    assert Selection().name == Selection().title == ""
    assert Selection.from_name("") == Selection()


@settings(max_examples=25)
@given(OBSERVABLES)
def test_titles_can_be_drawn(observable: Observable) -> None:
    parser = MathTextParser("path")
    parser.parse(observable.axis_title)
    if observable.selection.kind:
        parser.parse(observable.selection.title)


@pytest.mark.parametrize(
    ("variable", "objects", "kind", "title"),
    [
        ("m(j0,j1)", [("j", 0), ("j", 1)], "mass", r"$m({j}_{0},\,{j}_{1})$ [GeV]"),
        ("m(j1, e0)", [("e", 0), ("j", 1)], "mass", r"$m({e}_{0},\,{j}_{1})$ [GeV]"),
        ("m(HM0)", [("HM", 0)], "mass", r"$m({HM}_{0})$ [GeV]"),
        (
            "mT( m3 ,MET )",
            [("m", 3)],
            "transverse_mass",
            r"$m_T({\mu}_{3},\,E_T^{miss})$ [GeV]",
        ),
        (
            "m(Z0,Wh1,MET)",
            [("Z", 0), ("Wh", 1)],
            "mass_with_met",
            r"$m({Z}_{0},\,{W_{h}}_{1},\,E_T^{miss})$ [GeV]",
        ),
    ],
)
def test_variables(variable: str, objects: list[tuple[str, int]], kind: str, title: str) -> None:
    observable = Observable.from_names(variable)
    assert list(observable.combination.objects) == objects
    assert observable.variable == kind
    assert observable.axis_title == title


@pytest.mark.parametrize(
    ("name", "selection", "title"),
    [
        ("MET>200", Selection("MET", 200.0), r"$E_T^{miss} > 200\,\mathrm{GeV}$"),
        ("HT > 1000.5", Selection("HT", 1000.5), r"$H_T > 1000.5\,\mathrm{GeV}$"),
        ("pT(Z)>100", Selection("pT", 100.0, "Z"), r"$p_T(Z) > 100\,\mathrm{GeV}$"),
        ("pT( Wh )>0", Selection("pT", 0.0, "Wh"), r"$p_T(W_{h}) > 0\,\mathrm{GeV}$"),
    ],
)
def test_selections(name: str, selection: Selection, title: str) -> None:
    assert Selection.from_name(name) == selection
    assert selection.title == title


OBJECT = (
    "is not an object: a kind (e m g j b Z Wh T HM) and its place in falling pT from 0 to 3, "
    "such as 'j0'; MET stands last"
)
NO_VARIABLE = "is not a variable such as 'm(j0,j1)' or 'mT(e0,MET)'"


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("", f"'' {NO_VARIABLE}"),
        ("m()", f"'m()' {NO_VARIABLE}"),
        ("M(j0,j1)", f"'M(j0,j1)' {NO_VARIABLE}"),
        ("m T(j0,MET)", f"'m T(j0,MET)' {NO_VARIABLE}"),
        ("m(j0,j1", f"'m(j0,j1' {NO_VARIABLE}"),
        ("m((j0),j1)", f"'m((j0),j1)' {NO_VARIABLE}"),
        ("m(j0,j)", f"'j' in 'm(j0,j)' {OBJECT}"),
        ("m(j0,x1)", f"'x1' in 'm(j0,x1)' {OBJECT}"),
        ("m(j0,j4)", f"'j4' in 'm(j0,j4)' {OBJECT}"),
        ("m(j0,j10)", f"'j10' in 'm(j0,j10)' {OBJECT}"),
        ("m(j0,)", f"'' in 'm(j0,)' {OBJECT}"),
        ("m(j 0)", f"'j 0' in 'm(j 0)' {OBJECT}"),
        ("m(MET,j0)", f"'MET' in 'm(MET,j0)' {OBJECT}"),
        ("m(j0,MET,MET)", f"'MET' in 'm(j0,MET,MET)' {OBJECT}"),
        ("m(MET)", "'m(MET)' needs objects, each of them once"),
        ("m(j0,j0)", "'m(j0,j0)' needs objects, each of them once"),
        ("mT(j0,j1)", "'mT(j0,j1)': a transverse mass takes MET as its last object"),
    ],
)
def test_messages_of_variables(variable: str, message: str) -> None:
    with pytest.raises(HistogramNameError) as caught:
        Observable.from_names(variable)
    assert str(caught.value) == message


NO_SELECTION = "is not a selection such as 'MET>200', 'HT>500' or 'pT(j)>100'"
THRESHOLD = "thresholds are multiples of 0.1 GeV from 0 to 6553.5 GeV"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MET", f"'MET' {NO_SELECTION}"),
        ("MET<200", f"'MET<200' {NO_SELECTION}"),
        ("MET>=200", f"'MET>=200' {NO_SELECTION}"),
        ("MET>-1", f"'MET>-1' {NO_SELECTION}"),
        ("MET>2e2", f"'MET>2e2' {NO_SELECTION}"),
        ("MET(j)>200", f"'MET(j)>200' {NO_SELECTION}"),
        ("pT>100", f"'pT>100' {NO_SELECTION}"),
        ("pT(j0)>100", f"'pT(j0)>100' {NO_SELECTION}"),
        ("pT(W)>100", "'W' in 'pT(W)>100' is not a kind of object. Did you mean 'Wh'?"),
        ("MET>6553.6", f"selection threshold 6553.6 GeV: {THRESHOLD}"),
        ("HT>0.05", f"selection threshold 0.05 GeV: {THRESHOLD}"),
    ],
)
def test_messages_of_selections(name: str, message: str) -> None:
    with pytest.raises(HistogramNameError) as caught:
        Selection.from_name(name)
    assert str(caught.value) == message


@pytest.mark.parametrize("threshold", [-0.1, float("nan"), float("inf"), 6553.55])
def test_thresholds_that_no_code_can_hold(threshold: float) -> None:
    with pytest.raises(HistogramNameError, match=r"multiples of 0\.1 GeV"):
        Selection("HT", threshold)
