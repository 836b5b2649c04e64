"""A random search over the settings of the trees, with mass points left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from bumpcast.config.surrogate import SearchConfig, TreesConfig
from bumpcast.surrogates.llps import Integers
from bumpcast.surrogates.training.boosting import Table, cross_entropy, grow, margins


@dataclass(frozen=True)
class Trial:
    """Settings and how good they were.

    Attributes:
        settings: Of the trees.
        loss: Cross-entropy of left-out events.
        rounds: After which each fold was best.
    """

    settings: TreesConfig
    loss: float
    rounds: tuple[int, ...]


def drawn_settings(first: TreesConfig, search: SearchConfig, seed: int) -> list[TreesConfig]:
    """Return the settings that are tried: the first as they are, the others drawn at random.

    Args:
        first: What the configuration says.
        search: From where to where.
        seed: Of the draw.
    """
    generator = np.random.default_rng(seed)

    def even(ends: tuple[float, float]) -> float:
        return float(generator.uniform(*ends))

    def even_in_logarithm(ends: tuple[float, float]) -> float:
        return math.exp(generator.uniform(math.log(ends[0]), math.log(ends[1])))

    settings = [first]
    while len(settings) < search.trials:
        low, high = search.max_depth
        drawn = {
            "max_depth": int(generator.integers(low, high + 1)),
            "learning_rate": even_in_logarithm(search.learning_rate),
            "min_child_weight": even_in_logarithm(search.min_child_weight),
            "reg_lambda": even_in_logarithm(search.reg_lambda),
            "subsample": even(search.subsample),
            "colsample_bytree": even(search.colsample_bytree),
        }
        # Four digits say all that there is to say of them on a card.
        rounded = {name: float(f"{value:.4g}") for name, value in drawn.items()}
        settings.append(
            first.model_copy(update=rounded | {"max_depth": drawn["max_depth"]}),
        )
    return settings


def search_settings(
    table: Table,
    folds: Integers,
    tried: Sequence[TreesConfig],
    *,
    classes: int,
    seed: int,
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Try settings, each with every fold left out once; return all trials, the best first.

    Args:
        table: The events that take part.
        folds: In which fold each is left out; (events,).
        tried: The settings.
        classes: How many.
        seed: Of what XGBoost draws.
        threads: Of XGBoost.
        done: Called after each fold.
    """
    trials = []
    for settings in tried:
        losses, rounds, sizes = [], [], []
        for fold in np.unique(folds):
            out = folds == fold
            held_out = table.select(out)
            booster = grow(
                table.select(~out),
                settings,
                classes=classes,
                seed=seed,
                rounds=settings.rounds,
                threads=threads,
                held_out=held_out,
            )
            found = softmax(margins(booster, held_out.features), axis=1)
            losses.append(cross_entropy(found, held_out.decision, held_out.weight))
            sizes.append(held_out.weight.sum())
            rounds.append(booster.num_boosted_rounds())
            done()
        trials.append(Trial(settings, float(np.average(losses, weights=sizes)), tuple(rounds)))
    return sorted(trials, key=lambda trial: trial.loss)
