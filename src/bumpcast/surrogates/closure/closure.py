"""The closure of a model: everything that is to be said of how near it comes to the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from bumpcast.surrogates.closure.beyond_chance import Factor, Spread, factor, spreads_of
from bumpcast.surrogates.closure.comparing import compare
from bumpcast.surrogates.closure.errors import ClosureError
from bumpcast.surrogates.closure.importance import Importance, importances
from bumpcast.surrogates.closure.outside import FarMean, far_means, reasons_outside
from bumpcast.surrogates.closure.reliability import (
    Reliability,
    cross_entropy_of,
    reliabilities,
)
from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.efficiency import Model
from bumpcast.surrogates.features import feature_matrix
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import Booleans, Floats
from bumpcast.surrogates.model.surrogate import Surrogate

SIGNIFICANT: Final = 3.0
"""Differences of so many standard deviations are marked."""

_OF_MODEL: Final = {"mass_point": "sample", "model": "surrogate", "model_error": "surrogate_error"}
_OF_OTHER: Final = {
    "model": "map",
    "model_error": "map_error",
    "difference": "map_difference",
    "difference_error": "map_difference_error",
    "outside": "map_outside",
}


@dataclass(frozen=True, eq=False)
class Compared:
    """What one model made of the compared events.

    Attributes:
        table: From `comparing.compare`.
        spreads: How far it is off, by selected class.
        reliability: By selected class that it knows.
        cross_entropy: Mean of -ln(probability of what was decided).
    """

    table: pd.DataFrame
    spreads: Mapping[str, Spread]
    reliability: Mapping[str, Reliability]
    cross_entropy: float

    @classmethod
    def of(
        cls,
        events: LabelledEvents,
        probabilities: Floats,
        classes: Sequence[str],
        outside: Booleans | None,
    ) -> Compared:
        """Compare a model's probabilities with the search's decisions; see `compare`."""
        table = compare(events, probabilities, classes, outside)
        return cls(
            table,
            spreads_of(table, classes),
            reliabilities(events, probabilities, classes),
            cross_entropy_of(events, probabilities),
        )


@dataclass(frozen=True, eq=False)
class Closure:
    """A model beside the search, on events that it should not have learnt from.

    Attributes:
        classes: All of them, first 'not selected'.
        events: How many were compared.
        samples: Their mass points.
        surrogate: What the model made of them.
        other: What the model beside it did, such as a map; None: there is none.
        uncertainty: Class to the relative uncertainty that the model's card gives; NaN: not known.
        importance: What each feature is worth; None: not asked.
        reasons_outside: From `outside.reasons_outside`; None: the domain is not known.
        far_means: From `outside.far_means`.
    """

    classes: tuple[str, ...]
    events: int
    samples: tuple[str, ...]
    surrogate: Compared
    other: Compared | None
    uncertainty: Mapping[str, float]
    importance: Sequence[Importance] | None = None
    reasons_outside: pd.DataFrame | None = None
    far_means: Sequence[FarMean] = field(default_factory=tuple)

    @property
    def table(self) -> pd.DataFrame:
        """A row for each sample, lifetime and selected class; columns as in closure.csv.

        These are the columns of `comparing.compare`, called sample, surrogate and surrogate_error
        where it says mass_point, model and model_error; where there is a map, map, map_error,
        map_difference, map_difference_error and map_outside; and

        * pull: difference / difference_error; NaN where the search selects nothing
        * beyond_uncertainty: whether |difference| is above the card's uncertainty
        * significant: whether |pull| is above `SIGNIFICANT`
        """
        table = self.surrogate.table.rename(columns=_OF_MODEL)
        error = table["difference_error"].to_numpy()
        pull = np.full(len(table), np.nan)
        np.divide(table["difference"].to_numpy(), error, out=pull, where=error > 0)
        allowed = table["class"].map(dict(self.uncertainty)).to_numpy(np.float64)
        table["pull"] = pull
        table["beyond_uncertainty"] = np.abs(table["difference"].to_numpy()) > allowed
        table["significant"] = np.abs(pull) > SIGNIFICANT
        if self.other is not None:
            for theirs, ours in _OF_OTHER.items():
                table[ours] = self.other.table[theirs]
        return table

    def factors(self) -> dict[str, Factor | None]:
        """Return by which factor the other model is further off, by selected class."""
        if self.other is None:
            return {}
        return {
            name: factor(self.other.spreads[name], self.surrogate.spreads[name])
            for name in self.classes[1:]
        }


def measure(
    model: Model,
    events: LabelledEvents,
    other: Model | None = None,
    *,
    seed: int = 1,
    where: str = "the events",
) -> Closure:
    """Compare a model with the search's own decisions.

    Args:
        model: A surrogate, or any other model. Only of a surrogate's features it is said what they
            are worth.
        events: What the search decided of events that the model has not learnt from; classes are
            the model's.
        other: A model to stand beside it, such as a map. It may lack classes.
        seed: Of what is drawn at random.
        where: What the events were read from, for messages.

    Raises:
        ClosureError: A decision is none of the model's classes, no class of the other model is one
            of them, or weights do not add up to more than nothing.
        SurrogateError: The events lack what a model reads.
    """
    pairs = events.pairs
    probabilities = model.probabilities(pairs, where)
    found = measure_probabilities(
        probabilities,
        events,
        model.classes,
        uncertainty=dict(zip(model.classes[1:], model.uncertainty.tolist(), strict=True)),
        outside=model.outside(pairs),
        domain=model.domain,
        other=other,
        where=where,
    )
    if not isinstance(model, Surrogate):
        return found
    names = model.card.feature_names
    importance = importances(
        model.probabilities_of,
        feature_matrix(pairs, names, where),
        names,
        events.decision,
        pairs.weight,
        seed=seed,
    )
    return replace(found, importance=importance)


def measure_probabilities(
    probabilities: Floats,
    events: LabelledEvents,
    classes: Sequence[str],
    *,
    uncertainty: Mapping[str, float] | None = None,
    outside: Booleans | None = None,
    domain: Domain | None = None,
    other: Model | None = None,
    where: str = "the events",
) -> Closure:
    """Compare probabilities with the search's own decisions.

    For those of a training's events, each by trees that had not seen its mass point
    (`training.train.Training.left_out`).

    Args:
        probabilities: (events, classes)
        events: What the search decided.
        classes: All of them, first 'not selected'.
        uncertainty: Class to the relative uncertainty of an efficiency; absent: not known.
        outside: Which events are outside the model's domain; absent: not known.
        domain: Of the model; absent: not known.
        other: A model to stand beside, such as a map; see `measure`.
        where: What the events were read from, for messages.

    Raises:
        ClosureError: See `measure`; or the shape of the probabilities does not fit.
        SurrogateError: The events lack what the other model reads.
    """
    names = tuple(classes)
    if probabilities.shape != (len(events), len(names)):
        msg = (
            f"{where}: probabilities of shape {probabilities.shape} for {len(events):,} events of "
            f"{len(names)} classes"
        )
        raise ClosureError(msg)
    wrong = (events.decision < 0) | (events.decision >= len(names))
    if wrong.any():
        event = int(np.argmax(wrong))
        msg = (
            f"{where}: the decision is {events.decision[event]} in event {event}, and the classes "
            f"are {', '.join(f'{number} {name!r}' for number, name in enumerate(names))}"
        )
        raise ClosureError(msg)
    return Closure(
        classes=names,
        events=len(events),
        samples=tuple(events.mass_points[n] for n in np.unique(events.mass_point)),
        surrogate=Compared.of(events, probabilities, names, outside),
        other=None
        if other is None
        else Compared.of(
            events,
            _in_order(other, other.probabilities(events.pairs, where), names),
            names,
            other.outside(events.pairs),
        ),
        uncertainty={name: (uncertainty or {}).get(name, np.nan) for name in names[1:]},
        reasons_outside=None if domain is None else reasons_outside(domain, events),
        far_means=() if domain is None else far_means(domain, events),
    )


def _in_order(other: Model, probabilities: Floats, classes: tuple[str, ...]) -> Floats:
    """Return another model's probabilities in our order of classes; NaN where it has no such."""
    shared = set(other.classes[1:]) & set(classes[1:])
    if not shared:
        msg = (
            f"the model has the classes {', '.join(classes[1:])}, and what it is compared with "
            f"{', '.join(other.classes[1:])}: there is nothing to compare"
        )
        raise ClosureError(msg)
    result = np.full((len(probabilities), len(classes)), np.nan)
    for number, name in enumerate(classes):
        if name in shared:
            result[:, number] = probabilities[:, other.classes.index(name)]
    if set(other.classes) == set(classes):
        # Otherwise what it does not know of would be in it.
        result[:, 0] = probabilities[:, 0]
    return result
