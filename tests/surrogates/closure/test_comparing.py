"""Efficiencies by a model and by the search."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.closure.beyond_chance import Factor, Spread, factor, spread_of
from bumpcast.surrogates.closure.comparing import compare, typical_differences
from bumpcast.surrogates.closure.errors import ClosureError
from tests.surrogates.closure.toys import CLASSES, Toy, toy_events


def slowly(events, probabilities, outside, sample, ctau, number):
    """Return a row of `compare` by a plain loop."""
    total = selected = expected = out = 0.0
    chosen = [
        event
        for event in range(len(events))
        if events.mass_points[events.mass_point[event]] == sample
        and (events.ctau_m is None or events.ctau_m[event] == ctau)
    ]
    for event in chosen:
        weight = events.pairs.weight[event]
        total += weight
        selected += weight * (events.decision[event] == number)
        expected += weight * probabilities[event, number]
        out += weight * outside[event]
    search, model = selected / total, expected / total
    of_search = of_model = of_both = 0.0
    for event in chosen:
        weight, p = events.pairs.weight[event], probabilities[event, number]
        d = float(events.decision[event] == number)
        of_search += (weight * (d - search)) ** 2
        of_model += (weight * (p - model)) ** 2
        of_both += (weight * (d - p)) ** 2
    return {
        "events": len(chosen),
        "search": search,
        "search_error": math.sqrt(of_search) / total,
        "model": model,
        "model_error": math.sqrt(of_model) / total,
        "difference": (model - search) / search,
        "difference_error": math.sqrt(of_both) / total / search,
        "outside": out / total,
    }


@pytest.mark.parametrize("lifetimes", [(0.5, 2.0), None])
def test_the_table_is_that_of_a_plain_loop(lifetimes):
    events = toy_events(600, weights=True, lifetimes=lifetimes)
    model = Toy(0.8)
    probabilities, outside = model.probabilities(events.pairs), model.outside(events.pairs)
    table = compare(events, probabilities, CLASSES, outside)
    assert len(table) == 2 * 2 * (2 if lifetimes else 1)
    for row in table.to_dict("records"):
        number = CLASSES.index(row["class"])
        expected = slowly(events, probabilities, outside, row["mass_point"], row["ctau_m"], number)
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-10)


def test_a_true_model_differs_by_chance_alone():
    # Groups with hundreds of selected events: of N, the mean pull is 1 / (2 sqrt(N)) above zero.
    events = toy_events(200_000, samples=10, lifetimes=(0.3, 1.0, 3.0), weights=True)
    table = compare(events, Toy().probabilities(events.pairs), CLASSES)
    pulls = (table["difference"] / table["difference_error"]).to_numpy()
    number = len(pulls)
    assert number == 60
    # Mean and chi-square within three standard deviations.
    assert abs(pulls.mean()) < 3 / math.sqrt(number)
    assert abs(np.sum(pulls**2) - number) < 3 * math.sqrt(2 * number)
    for name in CLASSES[1:]:
        spread = spread_of(table, name)
        assert spread.beyond < spread.below < 0.05 < spread.all + 0.02
        assert abs(spread.chi2 - spread.degrees) < 3 * math.sqrt(2 * spread.degrees)


def test_a_model_that_is_wrong_by_a_fifth_shows_a_fifth():
    events = toy_events(200_000, samples=5)
    table = compare(events, Toy(0.8).probabilities(events.pairs), CLASSES)
    assert table["difference"].to_numpy() == pytest.approx(-0.2, abs=0.06)
    for name in CLASSES[1:]:
        assert spread_of(table, name).beyond == pytest.approx(0.2, abs=0.01)
    assert typical_differences(table, CLASSES)["near"] == pytest.approx(0.2, abs=0.01)


def test_where_the_search_selects_nothing():
    events = toy_events(400)
    none = replace(events, decision=np.zeros(400, np.int64))
    table = compare(none, Toy().probabilities(events.pairs), CLASSES)
    assert (table["search"] == 0).all()
    assert table["difference"].isna().all()
    assert table["difference_error"].isna().all()
    spread = spread_of(table, "near")
    assert (spread.groups, spread.degrees) == (0, 0)
    assert math.isnan(spread.beyond)
    assert factor(spread, spread) is None


def test_what_cannot_be_compared():
    events = toy_events(4000)
    probabilities = Toy().probabilities(events.pairs)
    each = replace(events, ctau_m=np.linspace(1, 2, 4000))
    with pytest.raises(ClosureError, match="different lifetimes, and efficiencies are compared"):
        compare(each, probabilities, CLASSES)
    stable = replace(events, ctau_m=np.zeros(4000))
    with pytest.raises(ClosureError, match="point 0: a lifetime of 0 m is not above zero"):
        compare(stable, probabilities, CLASSES)
    weight = np.where(events.mass_point == 1, 0.0, 1.0)
    weightless = replace(events, pairs=replace(events.pairs, weight=weight))
    with pytest.raises(ClosureError, match=r"point 1 at c tau = 0.5 m: the weights of [0-9,]+"):
        compare(weightless, probabilities, CLASSES)


def test_by_which_factor_one_is_worse():
    def off(beyond, below):
        return Spread(10, 0.3, beyond, below, 10.0, 10)

    assert factor(off(0.3, 0.4), off(0.1, 0.2)) == Factor(pytest.approx(3))
    assert factor(off(0.3, 0.4), off(0.0, 0.2)) == Factor(pytest.approx(1.5), ">")
    assert factor(off(0.0, 0.1), off(0.2, 0.3)) == Factor(pytest.approx(0.5), "<")
    assert factor(off(0.0, 0.1), off(0.0, 0.3)) is None
