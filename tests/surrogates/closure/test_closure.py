"""A closure as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.closure.closure import measure, measure_probabilities
from bumpcast.surrogates.closure.errors import ClosureError
from bumpcast.surrogates.closure.outside import far_means, reasons_outside
from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.errors import SurrogateError
from tests.surrogates.closure.toys import CLASSES, Toy, toy_events


def test_a_model_beside_a_worse_one():
    events = toy_events(50_000)
    closure = measure(Toy(0.95), events, Toy(0.6))
    table = closure.table
    assert table["pull"].to_numpy() == pytest.approx(
        (table["difference"] / table["difference_error"]).to_numpy()
    )
    assert (table["map_difference"] < -0.3).all()
    assert not table["beyond_uncertainty"][table["difference"].abs() < 0.1].any()
    assert closure.factors()["near"].value > 4
    assert closure.importance is None
    # What is wrong by 40 % is seen as that, and with certainty.
    wrong = measure(Toy(0.6), events).table
    assert wrong["beyond_uncertainty"].all()
    assert wrong["significant"].all()


def test_a_map_that_lacks_a_class_says_nothing_of_it():
    events = toy_events(2000)
    closure = measure(Toy(), events, Toy(0.8, classes=("not selected", "far")))
    table = closure.table
    assert table["map"][table["class"] == "near"].isna().all()
    assert table["map"][table["class"] == "far"].notna().all()
    assert np.isnan(closure.other.cross_entropy)
    assert set(closure.other.reliability) == {"far"}
    assert closure.factors()["near"] is None


def test_probabilities_alone_will_do():
    events = toy_events(2000)
    probabilities = Toy().probabilities(events.pairs)
    closure = measure_probabilities(probabilities, events, CLASSES)
    assert np.isnan(closure.uncertainty["near"])
    assert not closure.table["beyond_uncertainty"].any()
    assert closure.reasons_outside is None
    assert closure.table["outside"].isna().all()
    with pytest.raises(ClosureError, match=r"shape \(2000, 2\) for 2,000 events of 3 classes"):
        measure_probabilities(probabilities[:, :2], events, CLASSES)


def test_classes_that_do_not_fit():
    events = toy_events(200)
    wrong = replace(events, decision=np.full(200, 3))
    with pytest.raises(ClosureError, match="decision is 3 in event 0, and the classes are 0 'not"):
        measure(Toy(), wrong)

    class Other(Toy):
        def probabilities(self, pairs, where="the events"):
            return np.full((len(pairs), 2), 0.5)

    with pytest.raises(SurrogateError, match="there is nothing to compare"):
        measure(Toy(), events, Other(classes=("not selected", "A")))


def test_why_events_are_outside():
    events = toy_events(5000, weights=True)
    domain = Domain({"llp1_pT": (10.0, 200.0), "V_pt": (0, 1)}, (15,), (3.0, 4.0), None)
    table = reasons_outside(domain, events).set_index(["sample", "feature"])
    assert set(table.index.get_level_values("feature")) == {"llp1_pT", "child_pdgId"}
    assert (table.xs("child_pdgId", level="feature")["above"] == 1).all()
    chosen = events.mass_point == 0
    pt, weight = events.pairs.pt[chosen, 0], events.pairs.weight[chosen]
    row = table.loc[("point 0", "llp1_pT")]
    assert row["below"] == pytest.approx(weight @ (pt < 10) / weight.sum())
    assert row["above"] == pytest.approx(weight @ (pt > 200) / weight.sum())
    found = far_means(domain, events)
    assert [(one.sample, one.ctau_m) for one in found] == [
        (sample, ctau) for sample in ("point 0", "point 1") for ctau in (0.5, 2.0)
    ]
    assert far_means(Domain({}), events) == []
