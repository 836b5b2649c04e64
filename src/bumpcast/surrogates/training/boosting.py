"""Growing trees with XGBoost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from bumpcast.config.surrogate import TreesConfig
from bumpcast.surrogates.features import Matrix
from bumpcast.surrogates.llps import Booleans, Floats, Integers


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
    beyond_best: float = 1.0,
) -> Any:
    """Return an XGBoost booster.

    Args:
        table: The events to learn from.
        settings: Of the trees.
        classes: How many.
        seed: Of what is drawn.
        rounds: At most.
        threads: Of XGBoost.
        held_out: Events that tell when to stop; absent: all rounds are made.
        beyond_best: How many rounds the booster has, if that is not more than ``rounds``, over how
            many were best for held-out events.
    """
    import xgboost

    names = {"max_depth", "learning_rate", "min_child_weight", "reg_lambda", "max_bin"}
    names |= {"subsample", "colsample_bytree"}
    strategy = "multi_output_tree" if settings.one_tree_for_all_classes else "one_output_per_tree"
    parameters = settings.model_dump(include=names) | {
        "objective": "multi:softprob",
        "eval_metric": "mlogloss",
        "num_class": classes,
        "tree_method": "hist",
        "multi_strategy": strategy,
        "seed": seed,
        "nthread": threads,
        "verbosity": 0,
    }
    data = _binned(table, settings, threads)
    if held_out is None:
        return xgboost.train(parameters, data, num_boost_round=rounds, verbose_eval=False)
    booster = xgboost.train(
        parameters,
        data,
        num_boost_round=rounds,
        evals=[(_binned(held_out, settings, threads, like=data), "held_out")],
        callbacks=[xgboost.callback.EarlyStopping(rounds=settings.early_stopping_rounds)],
        verbose_eval=False,
    )
    wanted = min(round((booster.best_iteration + 1) * beyond_best), rounds)
    missing = wanted - booster.num_boosted_rounds()
    if missing > 0:
        booster = xgboost.train(
            parameters, data, num_boost_round=missing, xgb_model=booster, verbose_eval=False
        )
    return booster[:wanted]


def _binned(table: Table, settings: TreesConfig, threads: int, like: Any = None) -> Any:
    """Return events as XGBoost reads them: the bins of each feature, or those of other events."""
    import xgboost

    return xgboost.QuantileDMatrix(
        table.features,
        table.decision,
        weight=table.weight,
        max_bin=settings.max_bin,
        nthread=threads,
        ref=like,
    )


def margins(booster: Any, features: Matrix) -> Floats:
    """Return what the trees add up to; (events, classes)."""
    found = booster.inplace_predict(features, predict_type="margin", missing=np.nan)
    return np.asarray(found, np.float64)


def cross_entropy(probabilities: Floats, decision: Integers, weight: Floats) -> float:
    """Return the weighted mean of -ln(probability of what was decided)."""
    hit = probabilities[np.arange(len(decision)), decision]
    return float(weight @ -np.log(np.maximum(hit, 1e-15)) / weight.sum())
