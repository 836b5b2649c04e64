"""Limits on a cross-section times branching ratio against a lifetime, at 95 % CL."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from bumpcast.limits.abcd import REGIONS, AbcdResult
from bumpcast.limits.by_uncertainty import limits_by_uncertainty
from bumpcast.limits.counting import CountingResult
from bumpcast.limits.crossings import CrossingError
from bumpcast.limits.efficiencies import LifetimeEfficiencies, RegionEfficiency
from bumpcast.limits.errors import LimitError
from bumpcast.limits.fits import FitError
from bumpcast.limits.likelihood import Likelihood, check_number
from bumpcast.limits.pseudo_experiments import upper_limit_by_toys
from bumpcast.limits.upper_limit import UpperLimit, upper_limit

Floats = npt.NDArray[np.float64]

PER_INVERSE_FB: Final = 1000.0
"""fb^-1 in pb^-1."""

COLUMNS: Final = (
    "observed",
    "expected_minus2",
    "expected_minus1",
    "expected",
    "expected_plus1",
    "expected_plus2",
)
"""What the limits are called in tables, observed first and then in the order of `SIGMAS`."""

_MOST_NAMED: Final = 4


class SignalUncertaintyError(LimitError):
    """It is not known how uncertain the signal is."""


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """Limits against lifetime.

    Attributes:
        ctau: Mean proper decay lengths c tau in m; (lifetimes,).
        efficiency: Of the region where the signal is counted; (lifetimes,).
        signal_error: Relative uncertainty of the signal; (lifetimes,). None: a number of events was
            given, which has it inside.
        limits: On cross-section times branching ratio in pb, observed and expected in the order of
            `SIGMAS`, infinite where there is none; (lifetimes, 6). What was not computed is NaN.
        luminosity: Integrated luminosity in fb^-1.
        result: What was counted, in words.
        method: How they were computed, in words.
        per: The cross-section in pb that limits are divided by; None: by none.
        notes: What has to be known of them, a line each.
    """

    ctau: Floats
    efficiency: Floats
    signal_error: Floats | None
    limits: Floats
    luminosity: float
    result: str
    method: str
    per: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def observed(self) -> Floats:
        """The observed limits in pb; (lifetimes,)."""
        return self.limits[:, 0]

    @property
    def expected(self) -> Floats | None:
        """The expected limits in pb, (lifetimes, 5); None: not computed."""
        expected = self.limits[:, 1:]
        return None if np.isnan(expected).all() else expected

    @property
    def events(self) -> Floats:
        """The limits in selected events, N_95: limit times efficiency times luminosity.

        NaN where nothing is selected; (lifetimes, 6).
        """
        scale = (self.efficiency * self.luminosity * PER_INVERSE_FB)[:, None]
        known = np.isfinite(self.limits) & (scale > 0)
        return np.multiply(self.limits, scale, out=np.full_like(self.limits, math.nan), where=known)

    def per_cross_section(self, cross_section: float) -> LimitCurve:
        """Return the same as limits on a branching ratio.

        Args:
            cross_section: What the limits are divided by, in pb.

        Raises:
            ResultError: It is not above zero.
        """
        check_number(cross_section, "the cross-section that limits are divided by", above=0.0)
        return replace(self, per=cross_section)

    @property
    def shown(self) -> Floats:
        """The limits as they are shown: in pb, or as branching ratios; (lifetimes, 6)."""
        return self.limits / (self.per or 1.0)

    @property
    def unit(self) -> str:
        """What `shown` is in: 'pb' or 'branching_ratio'."""
        return "pb" if self.per is None else "branching_ratio"

    def table(self) -> pd.DataFrame:
        """Return a row for each lifetime.

        The columns are ctau_m, efficiency, signal_uncertainty (relative), the limits as `COLUMNS`
        with '_pb' or '_branching_ratio' behind, and the observed limit in selected events. Where a
        number of events was given, of which it is not known whether it was observed, the only
        limit is called 'limit'.
        """
        names = COLUMNS if self.expected is not None else ("limit",)
        columns: dict[str, Floats] = {"ctau_m": self.ctau, "efficiency": self.efficiency}
        if self.signal_error is not None:
            columns["signal_uncertainty"] = self.signal_error
        for number, name in enumerate(names):
            columns[f"{name}_{self.unit}"] = self.shown[:, number]
        columns[f"{names[0]}_events"] = self.events[:, 0]
        return pd.DataFrame(columns)


def limit_curve(
    efficiencies: LifetimeEfficiencies,
    result: CountingResult | AbcdResult,
    *,
    region: str | None = None,
    signal_error: float | None = None,
    toys: int | None = None,
    seed: int = 0,
) -> LimitCurve:
    """Return the limits that a search's result sets at each lifetime.

    Args:
        efficiencies: Of the signal.
        result: What the search counted. That of four regions needs efficiencies of A, B, C and D.
        region: Where a counting result's events are; None: the only region there is.
        signal_error: Relative uncertainty of the signal at all lifetimes, whatever the
            efficiencies' own are. None: theirs, statistical and of the model in quadrature; those
            of A for a result of four regions.
        toys: Pseudo-experiments of each kind and strength; None: the asymptotic formulas.
        seed: Of the pseudo-experiments.

    Raises:
        SignalUncertaintyError: No uncertainty is given, and the efficiencies have none of a model.
        EfficiencyError: Efficiencies of a region are missing.
        LimitError: A limit cannot be set; the message says why. Of a result of four regions, a
            lifetime at which fits fail has no limit, and a note says so.
    """
    if isinstance(result, AbcdResult):
        region = REGIONS[0]
    selected = efficiencies.region(region)
    uncertainties = _uncertainties(efficiencies, selected, signal_error)
    notes = list(efficiencies.notes)
    if signal_error is not None and (
        selected.error is not None or selected.model_error is not None
    ):
        notes.append(
            f"the signal's relative uncertainty is {signal_error:g}, as given; those of the "
            "efficiencies are not used"
        )

    def limits_of(likelihood: Likelihood) -> UpperLimit:
        if toys is None:
            return upper_limit(likelihood)
        return upper_limit_by_toys(likelihood, toys, seed)

    limits = np.full((len(efficiencies), len(COLUMNS)), math.inf)
    seen = np.flatnonzero(selected.values > 0)
    computed: tuple[UpperLimit, ...] = ()
    if isinstance(result, AbcdResult):
        four = {name: efficiencies.region(name).values for name in REGIONS}
        elsewhere = sum(four[name][seen] > four["A"][seen] for name in REGIONS[1:]) > 0
        if np.any(elsewhere):
            notes.append(
                f"at {np.sum(elsewhere)} lifetimes B, C or D selects more signal than A: limits "
                "there come from these regions, which a search does not look for signals in"
            )
        for point in seen:
            shares = {name: float(values[point]) for name, values in four.items()}
            try:
                limit = limits_of(result.likelihood(shares, float(uncertainties[point])))
            except (FitError, CrossingError) as error:
                notes.append(f"no limit at c tau = {efficiencies.ctau[point]:g} m: {error}")
                continue
            computed = (*computed, limit)
            limits[point] = limit.all / (result.luminosity * PER_INVERSE_FB)
    elif len(seen):
        events, computed = limits_by_uncertainty(
            lambda error: limits_of(result.likelihood(error)), uncertainties[seen]
        )
        pb = selected.values[seen] * result.luminosity * PER_INVERSE_FB
        limits[seen] = events / pb[:, None]
    notes += _unseen(efficiencies, selected) + _gathered(computed)
    method = computed[0].method if computed else "none"
    return LimitCurve(
        efficiencies.ctau,
        selected.values,
        uncertainties,
        limits,
        result.luminosity,
        str(result),
        method,
        notes=tuple(notes),
    )


def limit_curve_of_events(
    efficiencies: LifetimeEfficiencies,
    events: float,
    luminosity: float,
    *,
    region: str | None = None,
) -> LimitCurve:
    """Return the limits that follow from one on the number of selected events, N_95.

    Args:
        efficiencies: Of the signal.
        events: The limit on the number of selected signal events.
        luminosity: Integrated luminosity in fb^-1.
        region: Where they are selected; None: the only region there is.

    Raises:
        ResultError: A number is not above zero.
        EfficiencyError: Efficiencies of the region are missing.
    """
    check_number(events, "the limit on the number of selected events", above=0.0)
    check_number(luminosity, "the luminosity in fb^-1", above=0.0)
    selected = efficiencies.region(region)
    limits = np.full((len(efficiencies), len(COLUMNS)), math.nan)
    seen = selected.values > 0
    limits[~seen, 0] = math.inf
    limits[seen, 0] = events / (selected.values[seen] * luminosity * PER_INVERSE_FB)
    notes = (*efficiencies.notes, *_unseen(efficiencies, selected))
    return LimitCurve(
        efficiencies.ctau,
        selected.values,
        None,
        limits,
        luminosity,
        f"a limit of {events:g} selected events",
        "as given",
        notes=notes,
    )


def _uncertainties(
    efficiencies: LifetimeEfficiencies, selected: RegionEfficiency, signal_error: float | None
) -> Floats:
    if signal_error is not None:
        check_number(signal_error, "the signal's relative uncertainty")
        return np.full(len(efficiencies), float(signal_error))
    if selected.model_error is None:
        msg = (
            f"{efficiencies.source} does not say how uncertain the model of the efficiencies is (a "
            "column that ends in _model_error): give the signal's relative uncertainty "
            "(--signal-uncertainty 0.25; 0 if there is none)"
        )
        raise SignalUncertaintyError(msg)
    return selected.relative_error


def _unseen(efficiencies: LifetimeEfficiencies, selected: RegionEfficiency) -> list[str]:
    places = efficiencies.ctau[selected.values == 0]
    if not len(places):
        return []
    named = ", ".join(f"{place:g}" for place in places[:_MOST_NAMED])
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return [f"no limit at c tau = {named}{more} m: no signal is selected there"]


def _gathered(computed: tuple[UpperLimit, ...]) -> list[str]:
    """Return the notes of many limits, each once."""
    counts: dict[str, int] = {}
    for limit in computed:
        for note in limit.notes:
            counts[note] = counts.get(note, 0) + 1
    errors = [limit.statistical_error for limit in computed if limit.statistical_error is not None]
    statistical = (
        [f"the observed limits have a statistical error of up to {max(errors):.1%}"]
        if errors
        else []
    )
    return statistical + [
        note if number == len(computed) else f"{note} (in {number} of {len(computed)} limits)"
        for note, number in counts.items()
    ]
