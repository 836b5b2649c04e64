"""A random search over the settings of the trees, by halves, with mass points left out."""

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
        loss: Cross-entropy of left-out events, of the folds that it was tried with.
        rounds: After which each of these folds was best.
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


def survivors(trials: int, folds: int) -> list[int]:
    """Return how many settings are tried with each fold left out: each time the better half.

    Two are left at least, so that which is the best is said by all folds.

    Args:
        trials: How many begin.
        folds: How many there are.
    """
    left = [trials]
    while len(left) < folds:
        left.append(min(left[-1], max(2, math.ceil(left[-1] / 2))))
    return left


def search_settings(
    table: Table,
    folds: Integers,
    tried: Sequence[TreesConfig],
    *,
    events: int,
    classes: int,
    seed: int,
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Try settings with one fold after the other left out, each time with the better half of them.

    Successive halving (arXiv:1502.07943): what is worst for one fold of mass points is not the best
    for all of them, and need not be tried with the others. Those that go on are tried with twice
    the events: the more there are, the deeper may trees be. The first settings, which are the
    user's own, go on to the end, so that what is chosen was better than they are.

    Args:
        table: All events.
        folds: In which fold each is left out; (events,).
        tried: The settings.
        events: So many events, drawn at random, take part with the first fold.
        classes: How many.
        seed: Of what XGBoost draws.
        threads: Of XGBoost.
        done: Called after each fold of each trial.

    Returns:
        All trials, the best first: those that saw more folds before those that saw fewer.
    """
    order = np.random.default_rng(seed).permutation(len(folds))
    numbers = np.unique(folds)
    trials = [Trial(settings, math.nan, ()) for settings in tried]
    before = 0.0
    for fold, count in zip(numbers, survivors(len(tried), len(numbers)), strict=True):
        part = np.sort(order[:events])
        events *= 2
        out = folds[part] == fold
        kept, held_out = table.select(part[~out]), table.select(part[out])
        weight = held_out.weight.sum()
        trials.sort(key=_worth)
        own = next(place for place, trial in enumerate(trials) if trial.settings is tried[0])
        trials.insert(min(own, count - 1), trials.pop(own))
        for place, trial in enumerate(trials[:count]):
            booster = grow(
                kept,
                trial.settings,
                classes=classes,
                seed=seed,
                rounds=trial.settings.rounds,
                threads=threads,
                held_out=held_out,
            )
            found = softmax(margins(booster, held_out.features), axis=1)
            loss = cross_entropy(found, held_out.decision, held_out.weight)
            if trial.rounds:
                loss = (trial.loss * before + loss * weight) / (before + weight)
            rounds = (*trial.rounds, booster.num_boosted_rounds())
            trials[place] = Trial(trial.settings, float(loss), rounds)
            done()
        before += weight
    return sorted(trials, key=_worth)


def _worth(trial: Trial) -> tuple[int, float]:
    return -len(trial.rounds), trial.loss
