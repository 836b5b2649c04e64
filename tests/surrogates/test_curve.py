"""Efficiencies of a sample, at any lifetime."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.curve import Lifetimes, curve, curve_sums
from bumpcast.surrogates.domain import Domain, mean_decay
from bumpcast.surrogates.efficiency import (
    EfficiencyError,
    EfficiencySums,
    Seen,
    efficiency_of,
)
from bumpcast.surrogates.efficiency_table import efficiency_table
from bumpcast.surrogates.lifetime import LifetimeError, decayed, unit_decays


@dataclass(frozen=True)
class Rings:
    """Selects by where both particles decay: in A from 1 to 3 m, in B from 3 to 5 m."""

    classes: tuple[str, ...] = ("not selected", "A", "B")
    domain: Domain = field(default_factory=lambda: Domain({"llp1_pT": (0.0, 300.0)}))

    @property
    def uncertainty(self):
        return np.array([0.25, 0.5])

    def probabilities(self, pairs, where="the events"):
        near = ((pairs.lxy > 1) & (pairs.lxy < 3)).mean(axis=1) * 0.8
        far = ((pairs.lxy > 3) & (pairs.lxy < 5)).mean(axis=1) * 0.2
        return np.stack([1 - near - far, near, far], axis=1)

    def outside(self, pairs):
        return self.domain.outside(pairs)


def test_an_efficiency_as_a_plain_loop_finds_it():
    model, pairs = Rings(), some_pairs(400)
    pairs = replace(pairs, weight=np.random.default_rng(1).uniform(0.5, 2, 400))
    found = efficiency_of(EfficiencySums.of(pairs.weight, Seen.by(model, pairs)), model)
    probable, outside = model.probabilities(pairs), model.outside(pairs)
    for number, name in enumerate(found.classes):
        total = sum(pairs.weight)
        value = sum(w * p for w, p in zip(pairs.weight, probable[:, number + 1], strict=True))
        value /= total
        spread = sum(
            (w * (p - value)) ** 2
            for w, p in zip(pairs.weight, probable[:, number + 1], strict=True)
        )
        far = sum(
            w * p
            for w, p, out in zip(pairs.weight, probable[:, number + 1], outside, strict=True)
            if out
        )
        assert name == "AB"[number]
        assert found.value[number] == pytest.approx(value)
        assert found.statistical[number] == pytest.approx(spread**0.5 / total)
        assert found.outside_of_selected[number] == pytest.approx(far / total / value)
    assert found.model.tolist() == pytest.approx((found.value * [0.25, 0.5]).tolist())
    assert (found.mean_lxy_m, found.mean_lz_m) == pytest.approx(mean_decay(pairs))
    assert found.outside == pytest.approx(pairs.weight @ outside / pairs.weight.sum())


def test_sums_of_parts_add_up():
    model, pairs = Rings(), some_pairs(100)
    lifetimes = Lifetimes((0.5, 2.0), name="a")
    whole = curve_sums(model, pairs, np.arange(100), lifetimes)
    one = curve_sums(model, pairs.select(slice(30)), np.arange(30), lifetimes)
    other = curve_sums(model, pairs.select(slice(30, 100)), np.arange(30, 100), lifetimes)
    for total, first, second in zip(whole, one, other, strict=True):
        added = first + second
        assert added.events == total.events == 100
        np.testing.assert_allclose(added.selected, total.selected)
        np.testing.assert_allclose(added.spread, total.spread)
        np.testing.assert_allclose(added.decays, total.decays)


def test_draws_and_weights_agree():
    model, pairs = Rings(), some_pairs(40_000)
    made = decayed(pairs, unit_decays(np.arange(40_000), pairs.copied, name="made"), 1.0)
    ctau = (0.5, 0.8, 1.0, 1.5)
    drawn = curve(model, pairs, Lifetimes(ctau))
    weighted = curve(model, made, Lifetimes(ctau, "weights", 1.0))
    for one, other in zip(drawn, weighted, strict=True):
        error = np.hypot(one.statistical, other.statistical)
        assert np.all(np.abs(one.value - other.value) < 4 * error)
    assert weighted[2].value.tolist() == pytest.approx(
        model.probabilities(made)[:, 1:].mean(axis=0).tolist()
    )


def test_more_draws_say_the_same_more_exactly():
    model, pairs = Rings(), some_pairs(3000)
    once = curve(model, pairs, Lifetimes((1.0,)))[0]
    often = curve(model, pairs, Lifetimes((1.0,), draws=16))[0]
    assert often.events == once.events
    assert np.all(often.statistical < 0.7 * once.statistical)
    assert np.all(np.abs(often.value - once.value) < 4 * once.statistical)


def test_what_is_warned_of():
    model, pairs = Rings(), some_pairs(2000)
    fast = replace(pairs, pt=pairs.pt + 400)
    found = curve(model, fast, Lifetimes((0.5,)))[0]
    assert found.outside == 1
    assert found.warnings == (
        "events that are not like those of the training make 100% of A, 100% of B "
        "(100% of all events are such)",
    )
    strict = Rings(domain=Domain({}, mean_lxy_m=(0.25, 16.0)))
    near = curve(strict, pairs, Lifetimes((0.001,)))[0]
    assert near.warnings[0].startswith("the mean Lxy is 0.00")
    assert curve(strict, pairs, Lifetimes((1.0,)))[0].warnings == ()


def test_what_has_no_efficiency():
    model, pairs = Rings(), some_pairs(10)
    with pytest.raises(EfficiencyError, match="10 events with a sum of weights of 0"):
        curve(model, replace(pairs, weight=np.zeros(10)), Lifetimes((1.0,)))
    with pytest.raises(EfficiencyError, match="0 events"):
        curve(model, pairs.select(slice(0)), Lifetimes((1.0,)))
    with pytest.raises(LifetimeError, match="weights need the mean proper decay length"):
        Lifetimes((1.0,), "weights")
    with pytest.raises(LifetimeError, match="c tau = -1 m"):
        Lifetimes((1.0, -1.0))


def test_the_table_that_limits_read(tmp_path):
    from bumpcast.limits.efficiency_file import read_efficiencies

    model, pairs = Rings(), some_pairs(500)
    found = curve(model, pairs, Lifetimes((0.5, 2.0)))
    efficiency_table((0.5, 2.0), found).to_csv(tmp_path / "curve.csv", index=False)
    read = read_efficiencies(tmp_path / "curve.csv")
    assert list(read.regions) == ["A", "B"]
    assert read.regions["B"].values.tolist() == [one.value[1] for one in found]
    assert "ctau_m" not in efficiency_table(None, found[:1])
