"""Growing trees with XGBoost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from bumpcast.config.surrogate import TreesConfig
from bumpcast.surrogates.features import Matrix
from bumpcast.surrogates.llps import Booleans, Floats, Integers

ROUNDS_A_LOOK: Final = 5
"""So many rounds are grown between two looks at held-out events."""


@dataclass(frozen=True, eq=False)
class Table:
    """Events as trees read them.

    Attributes:
        features: (events, features).
        decision: (events,).
        weight: (events,).
    """

    features: Matrix
    decision: Integers
    weight: Floats

    def select(self, which: Booleans | Integers) -> Self:
        """Return some of the events."""
        return replace(
            self,
            features=self.features[which],
            decision=self.decision[which],
            weight=self.weight[which],
        )


def grow(
    table: Table,
    settings: TreesConfig,
    *,
    classes: int,
    seed: int,
    rounds: int,
    threads: int,
    held_out: Table | None = None,
) -> Any:
    """Return an XGBoost booster.

    Args:
        table: The events to learn from.
        settings: Of the trees.
        classes: How many.
        seed: Of what is drawn.
        rounds: At most.
        threads: Of XGBoost.
        held_out: Events that tell when to stop; absent: all rounds are made. The booster ends with
            the round that was best for them.
    """
    import xgboost

    names = {"max_depth", "learning_rate", "min_child_weight", "reg_lambda", "max_bin"}
    names |= {"subsample", "colsample_bytree"}
    strategy = "multi_output_tree" if settings.one_tree_for_all_classes else "one_output_per_tree"
    parameters = settings.model_dump(include=names) | {
        "objective": "multi:softprob",
        "disable_default_eval_metric": True,
        "num_class": classes,
        "tree_method": "hist",
        "multi_strategy": strategy,
        "seed": seed,
        "nthread": threads,
        "verbosity": 0,
    }
    data = xgboost.QuantileDMatrix(
        table.features,
        table.decision,
        weight=table.weight,
        max_bin=settings.max_bin,
        nthread=threads,
    )
    booster = xgboost.Booster(parameters, [data])
    if held_out is None:
        for number in range(rounds):
            booster.update(data, number)
        return booster
    return _until_best(booster, data, held_out, rounds, settings.early_stopping_rounds)


def _until_best(booster: Any, data: Any, held_out: Table, rounds: int, patience: int) -> Any:
    """Grow until held-out events get no better; return the booster up to its best round.

    Margins go on from those before, and are looked at after every few rounds.
    """
    found: npt.NDArray[np.float32] | None = None
    best, least, done = 0, np.inf, 0
    while done < rounds and done - best < patience:
        step = min(ROUNDS_A_LOOK, rounds - done)
        for number in range(done, done + step):
            booster.update(data, number)
        found = booster.inplace_predict(
            held_out.features,
            iteration_range=(done, done + step),
            predict_type="margin",
            missing=np.nan,
            base_margin=found,
        )
        done += step
        probabilities = softmax(found.astype(np.float64), axis=1)
        loss = cross_entropy(probabilities, held_out.decision, held_out.weight)
        if loss < least:
            best, least = done, loss
    return booster[:best]


def margins(booster: Any, features: Matrix) -> Floats:
    """Return what the trees add up to; (events, classes)."""
    found = booster.inplace_predict(features, predict_type="margin", missing=np.nan)
    return np.asarray(found, np.float64)


def cross_entropy(probabilities: Floats, decision: Integers, weight: Floats) -> float:
    """Return the weighted mean of -ln(probability of what was decided)."""
    hit = probabilities[np.arange(len(decision)), decision]
    return float(weight @ -np.log(np.maximum(hit, 1e-15)) / weight.sum())
