"""Backgrounds of smooth functions that are fitted to the counts themselves.

Every order of every family is fitted, and one function chosen, with a signal allowed for
(`function_choice`). The parameters stay free when significances are computed: they are the modes of
the estimate. A function that rises behind its maximum is none: it would follow a signal that is
broad in a short spectrum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.condition import reasons_against
from bumpcast.bumps.backgrounds.estimate import Alternative, BackgroundEstimate, joined
from bumpcast.bumps.backgrounds.families import family_of, parameters_of
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.function_choice import ChosenFunctions, fit_and_choose
from bumpcast.bumps.backgrounds.spurious import largest_spurious
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.spectra import Spectra, bins_of

Floats = npt.NDArray[np.float64]

NOT_DESCRIBED: Final = "no function describes it"

_AT_ONCE: Final = 1000
"""So many histograms' terms are in memory at once."""


def estimate(spectra: Spectra, settings: FunctionSettings | None = None) -> BackgroundEstimate:
    """Describe every spectrum by a smooth function fitted to it.

    Args:
        spectra: The spectra.
        settings: How; absent: the defaults.

    Raises:
        UnknownFamilyError: There is no such family, or the energy that it needs is missing.
    """
    chosen = settings or FunctionSettings()
    families = [family_of(name, chosen.energy_GeV) for name in chosen.families]
    least = min(parameters_of(family, family.orders[0]) for family in families)
    reasons = reasons_against(spectra, least)
    terms = max(
        parameters_of(family, min(family.orders[1], chosen.most_order)) for family in families
    )
    expected = np.full(len(spectra.counts), np.nan)
    modes = np.zeros((len(spectra.counts), terms))
    goodness, spurious = np.full(len(spectra), np.nan), np.full(len(spectra), np.nan)
    models = [""] * len(spectra)
    others: list[tuple[npt.NDArray[np.int64], Alternative]] = []
    usable = np.flatnonzero([not reason for reason in reasons])
    for first in range(0, len(usable), _AT_ONCE):
        some = usable[first : first + _AT_ONCE]
        part = spectra.some(some)
        found = fit_and_choose(part, chosen)
        places, _ = bins_of(spectra.offsets, some)
        fine = found.goodness >= chosen.least_goodness
        goodness[some] = found.goodness
        spurious[some] = np.where(fine, _spurious(part, found, chosen.signals or WIDTHS), np.nan)
        inside = np.repeat(fine, spectra.bins[some])
        expected[places[inside]] = found.expected[inside]
        modes[places[inside], : found.modes.shape[1]] = found.modes[inside]
        if found.alternative is not None:
            others.append((some, found.alternative))
        for number, h in enumerate(some.tolist()):
            if fine[number]:
                family = chosen.families[found.family[number]]
                models[h] = f"{family} of order {found.order[number]}"
            elif found.family[number] < 0:
                reasons[h] = "no function could be fitted"
            else:
                reasons[h] = f"{NOT_DESCRIBED} (best p = {found.goodness[number]:.2g})"
    most = _modes_in_use(modes)
    none = np.zeros((len(spectra), most))
    return BackgroundEstimate(
        expected,
        np.where(np.isfinite(expected), 0.0, np.nan),
        modes[:, :most],
        none,
        none,
        models,
        reasons,
        spurious,
        goodness,
        _joined(others, goodness >= chosen.least_goodness, spectra.bins),
    )


def _joined(
    parts: Sequence[tuple[npt.NDArray[np.int64], Alternative]],
    described: npt.NDArray[np.bool_],
    bins: npt.NDArray[np.int64],
) -> Alternative | None:
    """Return one for all spectra, of those that are described.

    Args:
        parts: Of some spectra each, with the numbers of these.
        described: Which spectra have a background.
        bins: Of each spectrum.
    """
    numbers, backgrounds, leads = [np.zeros(0, np.int64)], [], []
    for some, part in parts:
        all_of_it = some[part.histograms]
        kept = np.flatnonzero(described[all_of_it])
        own = np.concatenate([np.zeros(1, np.int64), np.cumsum(bins[all_of_it])])
        numbers.append(all_of_it[kept])
        backgrounds.append(part.background.of(own, kept))
        leads.append(part.lead[kept])
    together = np.concatenate(numbers)
    if not len(together):
        return None
    return Alternative(together, joined(backgrounds), np.concatenate(leads))


def _spurious(spectra: Spectra, found: ChosenFunctions, widths: Sequence[float]) -> Floats:
    """Return the largest significance that the rival's expectation has for the chosen function."""
    weight = spectra.event_weight
    truth = spectra.with_counts(found.rival, found.rival * weight)
    background = found.as_estimate()
    return largest_spurious(truth, background, widths)


def _modes_in_use(modes: Floats) -> int:
    used = np.flatnonzero(np.any(modes != 0, axis=0))
    return int(used[-1]) + 1 if len(used) else 0
