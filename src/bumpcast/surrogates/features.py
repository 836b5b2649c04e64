"""What a surrogate reads of an event: features by name, with their units, as one matrix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import LlpPairs

Column = npt.NDArray[np.float64 | np.int64]
Matrix = npt.NDArray[np.float32]


class FeatureError(SurrogateError):
    """A feature is not known, or the events lack what it is made of."""


@dataclass(frozen=True)
class Quantity:
    """One number of an LLP.

    Attributes:
        name: As the published models write it after 'llp1_', or our own.
        unit: As of a feature.
        meaning: In words.
        of: Makes it of the events, (events, 2); None where these do not know it.
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[LlpPairs], Column | None]


@dataclass(frozen=True)
class Feature:
    """One number of an event.

    Attributes:
        name: As the published models write it (arXiv:2502.10231).
        unit: 'm', 'GeV', or '' for a number without one.
        meaning: In words.
        of: Makes it of the events; None where these do not know it.
        quantity: Of which quantity of an LLP it is; None: it is the event's.
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[LlpPairs], Column | None]
    quantity: Quantity | None = None


def _boost(pairs: LlpPairs) -> Column:
    with np.errstate(divide="ignore"):
        return pairs.pt / pairs.mass


_PUBLISHED: Final = (
    Quantity("Lxy", "m", "decay's distance from the beam axis", lambda p: p.lxy),
    Quantity("Lz", "m", "decay's distance from the centre along the beam", lambda p: p.lz),
    Quantity("eta", "", "pseudorapidity", lambda p: p.eta),
    Quantity("pT", "GeV", "transverse momentum", lambda p: p.pt),
    Quantity("ET", "GeV", "sqrt(pT^2 + m^2)", lambda p: p.transverse_energy),
    Quantity("child_pdgId", "", "|PDG number| of what comes of the decay", lambda p: p.child),
)
_OURS: Final = (
    Quantity("mass", "GeV", "mass", lambda p: p.mass),
    Quantity("boost", "", "pT / m", _boost),
    Quantity("abs_eta", "", "|pseudorapidity|", lambda p: np.abs(p.eta)),
)


def _of_number(llp: int, quantity: Quantity) -> Feature:
    def column(pairs: LlpPairs) -> Column | None:
        both = quantity.of(pairs)
        return None if both is None else both[:, llp - 1]

    return Feature(
        f"llp{llp}_{quantity.name}",
        quantity.unit,
        f"{quantity.meaning} of LLP {llp}",
        column,
        quantity,
    )


def _by_momentum(rank: str, quantity: Quantity) -> Feature:
    def column(pairs: LlpPairs) -> Column | None:
        both = quantity.of(pairs)
        if both is None:
            return None
        first = pairs.pt[:, 0] >= pairs.pt[:, 1]
        return np.where(first if rank == "leading" else ~first, both[:, 0], both[:, 1])

    return Feature(
        f"{rank}_{quantity.name}",
        quantity.unit,
        f"{quantity.meaning} of the LLP of {'higher' if rank == 'leading' else 'lower'} pT",
        column,
        quantity,
    )


PAIR: Final = tuple(f"llp{llp}_{quantity.name}" for llp in (1, 2) for quantity in _PUBLISHED)
"""The twelve features of the published models without a vector boson, in their order."""

WITH_BOSON: Final = (*PAIR, "V_pt", "V_eta")
"""The fourteen features of those with a W or Z boson."""

FEATURES: Final = {
    feature.name: feature
    for feature in (
        *(_of_number(llp, quantity) for llp in (1, 2) for quantity in (*_PUBLISHED, *_OURS)),
        *(
            _by_momentum(rank, quantity)
            for rank in ("leading", "subleading")
            for quantity in (*_PUBLISHED, *_OURS)
        ),
        Feature("V_pt", "GeV", "transverse momentum of the W or Z", lambda p: p.boson_pt),
        Feature("V_eta", "", "pseudorapidity of the W or Z", lambda p: p.boson_eta),
    )
}
"""All features that are made of LLPs; a table's own columns may stand beside them.

What is 'llp1_' is of the LLP that the events have first, as in the published models, which is
either by chance; 'leading_' and 'subleading_' are of those of higher and lower pT.
"""

SYNONYMS: Final = {
    f"{boson}_{word}": f"V_{word}" for boson in ("W", "Z") for word in ("pt", "eta")
} | {f"{boson}_pT": "V_pt" for boson in ("W", "Z", "V")}
"""Other names that published feature lists and tables have for the same numbers."""


def unit_of(name: str) -> str:
    """Return a feature's unit: 'm', 'GeV', or '' for none, and for a table's own column."""
    return FEATURES[name].unit if name in FEATURES else ""


def feature_matrix(pairs: LlpPairs, names: Sequence[str], where: str = "the events") -> Matrix:
    """Return features of events.

    Args:
        pairs: The events.
        names: The features in the order of the columns; of `FEATURES`, or of ``pairs.more``.
        where: What the events were read from, for messages.

    Returns:
        float32 of shape (events, features).

    Raises:
        FeatureError: A name is not known, or the events lack what the feature is made of.
    """
    matrix = np.empty((len(pairs), len(names)), np.float32)
    for number, name in enumerate(names):
        matrix[:, number] = _column(pairs, name, where)
    return matrix


def _column(pairs: LlpPairs, name: str, where: str) -> Column:
    if name in pairs.more:
        return pairs.more[name]
    if name not in FEATURES:
        raise FeatureError(unknown(name, pairs.more, where))
    column = FEATURES[name].of(pairs)
    if column is None:
        feature = FEATURES[name]
        help_ = (
            "give the lifetimes at which they decay (--ctau)"
            if name.endswith(("_Lxy", "_Lz"))
            else "the model is of a selection with a W or Z boson: a table has to have it, "
            "and in a truth record it is looked for on demand (--boson, boson = true)"
        )
        msg = f"{where}: the feature {name} ({feature.meaning}) is not known of them; {help_}"
        raise FeatureError(msg)
    return column


def unknown(name: str, more: Collection[str], where: str) -> str:
    """Return what to say of a feature that there is not."""
    return f"{where}: there is no feature {name!r}. {did_you_mean(name, [*FEATURES, *more])}"
