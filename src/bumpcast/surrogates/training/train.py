"""From labelled events to a surrogate: search, folds, calibration, and the final trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from bumpcast.config.surrogate import SurrogateConfig
from bumpcast.surrogates.features import feature_matrix
from bumpcast.surrogates.labelled import LabelledEvents, check_classes
from bumpcast.surrogates.llps import Floats, Integers
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.training.boosting import Table, cross_entropy, grow, margins
from bumpcast.surrogates.training.folds import folds_of
from bumpcast.surrogates.training.search import Trial, drawn_settings, search_settings, survivors


@dataclass(frozen=True, eq=False)
class Training:
    """What a training came to.

    Attributes:
        booster: The XGBoost model, grown on all events.
        calibration: Of its probabilities.
        trials: Of the search, best first.
        rounds: Of the final trees.
        folds: In which fold each event was left out; (events,).
        left_out: Probabilities of each event by the trees that had not seen its mass point, with
            the calibration; (events, classes).
        loss_before: Cross-entropy of left-out events without the calibration.
        loss: The same with it.
    """

    booster: Any
    calibration: Calibration
    trials: list[Trial]
    rounds: int
    folds: Integers
    left_out: Floats
    loss_before: float
    loss: float


def steps_of(config: SurrogateConfig) -> int:
    """Return how many boosters a training grows, for a progress bar."""
    trials = config.search.trials
    searched = sum(survivors(trials, config.folds)) if trials > 1 else 0
    return searched + config.folds + 1


def train(
    events: LabelledEvents,
    config: SurrogateConfig,
    *,
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> Training:
    """Train a surrogate.

    Settings are searched for with a part of the events; then every fold of mass points is left out
    once, which tells how many rounds are good, calibrates the probabilities, and shows how far
    efficiencies of unseen masses are off; the final trees learn from all events.

    Args:
        events: All that are trained on.
        config: How.
        threads: Of XGBoost. The trees are the same with any number but for the order of sums.
        done: Called after each booster.

    Raises:
        LabelledEventsError: A class has no events, or there are too few mass points.
        FeatureError: The events lack a feature.
    """
    classes = len(config.classes)
    check_classes(events, config.classes)
    folds = folds_of(events, config.folds)
    generator = np.random.default_rng(config.seed)
    pairs = events.pairs
    if config.exchange_llps:
        pairs = pairs.exchanged(generator.random(len(events)) < 0.5)
    table = Table(feature_matrix(pairs, config.features), events.decision, pairs.weight)

    part = np.arange(len(events))
    if config.search.events < len(events):
        part = np.sort(generator.choice(len(events), config.search.events, replace=False))
    trials: list[Trial] = []
    settings = config.trees
    if config.search.trials > 1:
        trials = search_settings(
            table.select(part),
            folds[part],
            drawn_settings(config.trees, config.search, config.seed),
            classes=classes,
            seed=config.seed,
            threads=threads,
            done=done,
        )
        settings = trials[0].settings

    left_out = np.zeros((len(events), classes))
    rounds = []
    for fold in range(config.folds):
        out = folds == fold
        booster = grow(
            table.select(~out),
            settings,
            classes=classes,
            seed=config.seed,
            rounds=settings.rounds,
            threads=threads,
            held_out=table.select(out),
        )
        left_out[out] = margins(booster, table.features[out])
        rounds.append(booster.num_boosted_rounds())
        done()
    calibration = Calibration.fitted(left_out, events.decision, table.weight)
    calibrated = calibration.probabilities(left_out)
    # All events bear as many more rounds as they are more than a fold's.
    final = max(1, round(float(np.median(rounds)) * config.folds / (config.folds - 1)))
    booster = grow(
        table, settings, classes=classes, seed=config.seed, rounds=final, threads=threads
    )
    done()
    return Training(
        booster=booster,
        calibration=calibration,
        trials=trials or [Trial(settings, float("nan"), tuple(rounds))],
        rounds=final,
        folds=folds,
        left_out=calibrated,
        loss_before=cross_entropy(softmax(left_out, axis=1), events.decision, table.weight),
        loss=cross_entropy(calibrated, events.decision, table.weight),
    )
