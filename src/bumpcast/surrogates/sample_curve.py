"""Efficiencies of a sample against lifetime, with the yields that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bumpcast.config import Analysis
from bumpcast.surrogates.efficiency import Efficiency, EfficiencyError, Model, efficiency_of
from bumpcast.surrogates.llps import Floats

PB_PER_FB: Final = 1000.0
"""So many fb are a pb."""

SAME_SUM: Final = 1e-6
"""Sums of weights that differ relatively by less are of the same events."""


@dataclass(frozen=True, eq=False)
class SampleCurve:
    """Efficiencies of a data set at several lifetimes.

    Attributes:
        name: The data set.
        label: What plots call it.
        ctau_m: Mean proper decay lengths in m; (lifetimes,).
        efficiencies: At each of them.
        produced: Expected number of all events at the luminosity, selected or not; None: the
            cross-section or the luminosity is not known.
        notes: What has to be said of it, a sentence each.
    """

    name: str
    label: str
    ctau_m: Floats
    efficiencies: tuple[Efficiency, ...]
    produced: float | None
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The selected classes."""
        return self.efficiencies[0].classes

    def stacked(self, name: str) -> Floats:
        """Return an attribute of the efficiencies at all lifetimes.

        Args:
            name: Of `Efficiency`.

        Returns:
            float64 of shape (lifetimes,) or (lifetimes, classes).
        """
        return np.array([getattr(one, name) for one in self.efficiencies], np.float64)


def sample_curve(
    name: str, found: Mapping[str, Any], analysis: Analysis, model: Model, share: float
) -> SampleCurve:
    """Return the efficiencies that a run's sums stand for.

    Args:
        name: The data set.
        found: Its 'sums' (`CurveSums`), 'sum_of_weights' and 'bad_events', over the whole run.
        analysis: The configuration.
        model: What gave the probabilities.
        share: Which part of the data set's events the run has read.

    Raises:
        EfficiencyError: There are no events, or their weights add up to nothing.
    """
    dataset, sums = analysis.datasets[name], found["sums"]
    try:
        efficiencies = tuple(efficiency_of(one, model) for one in sums.each())
    except EfficiencyError as error:
        msg = f"datasets.{name}: {error}"
        raise EfficiencyError(msg) from error
    notes = []
    if found["bad_events"]:
        notes.append(f"{found['bad_events']:,} events were left out (run.bad_events = 'skip')")
    if share < 1:
        notes.append(f"{share:.1%} of its events have been read")
    read = 1.0
    if dataset.sum_of_weights is not None:
        read = found["sum_of_weights"] / (dataset.sum_of_weights * share)
        if abs(read - 1) > SAME_SUM:
            notes.append(
                f"efficiencies are of the events in its files, which hold {read:.3g} of "
                "sum_of_weights; expected numbers of events take the rest as not selected"
            )
    cross_section, luminosity = (
        dataset.effective_cross_section_pb,
        analysis.normalisation.luminosity_fb,
    )
    produced = (
        None
        if cross_section is None or luminosity is None
        else cross_section * luminosity * PB_PER_FB * read
    )
    return SampleCurve(
        name, dataset.label or name, sums.ctau_m, efficiencies, produced, tuple(notes)
    )
