"""From labelled events to a surrogate: search, folds, calibration, and the final trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import softmax

from bumpcast.config.surrogate import SurrogateConfig, TreesConfig
from bumpcast.surrogates.features import feature_matrix
from bumpcast.surrogates.labelled import LabelledEvents, check_classes
from bumpcast.surrogates.llps import Booleans, Floats, Integers
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.training.boosting import Table, cross_entropy, grow, margins
from bumpcast.surrogates.training.folds import folds_of
from bumpcast.surrogates.training.search import Trial, drawn_settings, search_settings, survivors

BEYOND_BEST: Final = 4 / 3
"""How many rounds are made over how many are best for the cross-entropy of left-out mass points.

Its minimum is flat, and what is rare is learnt last: a third more rounds cost a thousandth of the
cross-entropy, and bring efficiencies of a per mille nearer by some per cent.
"""


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

    Settings are searched for with parts of the events; then every fold of mass points is left out
    once, which tells how many rounds are good and shows how far efficiencies of unseen masses are
    off, and with it a part of the other events, which calibrates the probabilities; in as many
    rounds the final trees learn from all events.

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

    trials: list[Trial] = []
    settings = config.trees
    if config.search.trials > 1:
        trials = search_settings(
            table,
            folds,
            drawn_settings(config.trees, config.search, config.seed),
            events=config.search.events,
            classes=classes,
            seed=config.seed,
            threads=threads,
            done=done,
        )
        settings = trials[0].settings

    tested = _every_fold_left_out(
        table, folds, settings, classes=classes, seed=config.seed, threads=threads, done=done
    )
    back = tested.kept_back
    calibration = Calibration.fitted(
        tested.margins_kept_back[back], table.decision[back], table.weight[back]
    )
    left_out = tested.margins_left_out
    calibrated = calibration.probabilities(left_out)
    rounds = tested.rounds
    final = round(float(np.median(rounds)))
    booster = grow(
        table, settings, classes=classes, seed=config.seed, rounds=final, threads=threads
    )
    done()
    return Training(
        booster=booster,
        calibration=calibration,
        trials=trials or [Trial(settings, float("nan"), rounds)],
        rounds=final,
        folds=folds,
        left_out=calibrated,
        loss_before=cross_entropy(softmax(left_out, axis=1), events.decision, table.weight),
        loss=cross_entropy(calibrated, events.decision, table.weight),
    )


@dataclass(frozen=True, eq=False)
class _Folds:
    """What trees say of events that they have not seen.

    Attributes:
        margins_left_out: By those that had not seen an event's mass point; (events, classes).
        kept_back: Which events were kept back from trees that saw others of their mass point;
            (events,).
        margins_kept_back: By these trees, elsewhere zero; (events, classes).
        rounds: Of each fold's trees.
    """

    margins_left_out: Floats
    kept_back: Booleans
    margins_kept_back: Floats
    rounds: tuple[int, ...]


def _every_fold_left_out(
    table: Table,
    folds: Integers,
    settings: TreesConfig,
    *,
    classes: int,
    seed: int,
    threads: int,
    done: Callable[[], None],
) -> _Folds:
    """Leave every fold of mass points out once, and with it a part of the events of the others.

    Who has not learnt of a mass is wrong in ways that the final trees, which know all masses, are
    not: calibrating with left-out masses would mend what is not broken. Events that are kept back,
    each once at the most, are to them as new events of the known masses are to the final trees.
    """
    number = int(folds.max()) + 1
    turn = np.random.default_rng([seed, 1]).integers(0, 2 * number, len(folds))
    kept_back = (turn < number) & (turn != folds)
    margins_left_out, margins_kept_back = np.zeros((2, len(folds), classes))
    rounds = []
    for fold in range(number):
        out, back = folds == fold, kept_back & (turn == fold)
        booster = grow(
            table.select(~(out | back)),
            settings,
            classes=classes,
            seed=seed,
            rounds=settings.rounds,
            threads=threads,
            held_out=table.select(out),
            beyond_best=BEYOND_BEST,
        )
        margins_left_out[out] = margins(booster, table.features[out])
        margins_kept_back[back] = margins(booster, table.features[back])
        rounds.append(booster.num_boosted_rounds())
        done()
    return _Folds(margins_left_out, kept_back, margins_kept_back, tuple(rounds))
