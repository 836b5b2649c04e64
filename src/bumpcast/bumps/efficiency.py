"""How often a search finds a signal, against the signal's strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.choices import ChoiceError, SearchChoices, make_method
from bumpcast.bumps.expectation import Truth, expectation
from bumpcast.bumps.injecting import most_sensitive, signal_of_dataset
from bumpcast.bumps.injection import Injection, InjectionError, gaussian_signal, try_injection
from bumpcast.bumps.methods import Given, LikelihoodMethod, Method
from bumpcast.massscan.results.results import Results


@dataclass(frozen=True, slots=True)
class EfficiencyPoint:
    """One strength of a signal in one histogram.

    Attributes:
        histogram: Its name.
        strength: In the curve's unit.
        expected_z: Significance of the expected counts with a background that is known.
        expected_mass_GeV: Where that is.
        found: Share of the pseudo-data in which the signal was found.
        found_error: Standard deviation of that share.
        placed: Share of the pseudo-data whose largest excess is where the signal is, however small.
        median_z: Of the largest significances that were found; NaN: none was.
        median_mass_GeV: Of their masses.
    """

    histogram: str
    strength: float
    expected_z: float
    expected_mass_GeV: float
    found: float
    found_error: float
    placed: float
    median_z: float
    median_mass_GeV: float


@dataclass(frozen=True, slots=True)
class EfficiencyCurve:
    """How often a search finds a signal.

    Attributes:
        signal: What was added.
        unit: Of the strengths.
        threshold: Least significance of a signal that is found.
        trials: Pseudo-data of each point.
        search: How they were searched.
        points: By rising strength, then in the order of the histograms.
    """

    signal: str
    unit: str
    threshold: float
    trials: int
    search: str
    points: tuple[EfficiencyPoint, ...]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document; what is not a number is None."""
        points = [
            {
                key: None if isinstance(value, float) and not np.isfinite(value) else value
                for key, value in asdict(point).items()
            }
            for point in self.points
        ]
        return {**asdict(self), "points": points}


def efficiency_curve(
    results: Results,
    *,
    signal: str | None = None,
    mass_GeV: float | None = None,
    width_bins: float = 1.0,
    histograms: Sequence[str] = (),
    most: int = 3,
    strengths: Sequence[float] = (),
    significances: Sequence[float] = (),
    truth: Truth = "smooth",
    luminosity_fb: float | None = None,
    trials: int = 100,
    threshold: float = 5.0,
    search: Mapping[str, Any] | None = None,
) -> EfficiencyCurve:
    """Add a signal to pseudo-data of a scan's simulated backgrounds and search them.

    Args:
        results: The results of the scan.
        signal: A data set of the scan; None: a Gaussian.
        mass_GeV: Of the Gaussian.
        width_bins: Standard deviation of the Gaussian in bins.
        histograms: Where to look; none: where the signal is most significant.
        most: How many histograms then.
        strengths: In the signal's unit: pb, or produced events in a run of mode 'raw'.
        significances: Instead: of the exact likelihood in the best histogram.
        truth: What pseudo-data are drawn from; see `expectation`.
        luminosity_fb: Of the pseudo-data in fb^-1; None: the run's own.
        trials: Pseudo-data of each strength.
        threshold: Least significance of a signal that is found.
        search: Choices that differ from those of the scan's configuration.

    Raises:
        InjectionError: The signal cannot be added, or a histogram is not searched.
        ChoiceError: The choices do not go together.
    """
    choices = SearchChoices.of(results.analysis.bumps).changed(**(search or {}))
    without = expectation(
        results,
        truth,
        luminosity_fb=luminosity_fb,
        histograms=tuple(histograms),
        signal=signal,
    )
    spectra, expected = without.spectra, without.background
    places = list(range(len(histograms)))
    if signal is not None:
        shape, unit = signal_of_dataset(without, signal)
        injection = Injection(spectra, expected, shape, choices.widths, choices.skip)
        chosen = places
        if not chosen:
            asimov = _method(choices, injection, 1)
            best = most_sensitive(injection, unit.default, asimov, most=most)
            chosen = best.tolist()
        label, unit_name = signal, unit.name
    elif mass_GeV is not None and len(places) == 1:
        shape = gaussian_signal(spectra, places[0], mass_GeV, width_bins)
        injection, chosen = (
            Injection(spectra, expected, shape, choices.widths, choices.skip),
            places,
        )
        label, unit_name = f"Gaussian of {width_bins:g} bins at {mass_GeV:g} GeV", "events"
    else:
        msg = "a signal is a data set, or a Gaussian of a mass in one histogram"
        raise InjectionError(msg)
    injection = injection.some(chosen)
    wanted = [*strengths, *(injection.strength_of(z, 0) for z in significances)]
    # A Gaussian's strength is told in events; its template has them in many bins.
    template_events = float(injection.signal.sum()) if signal is None else 1.0
    points: list[EfficiencyPoint] = []
    for strength in sorted(wanted):
        tried = try_injection(
            injection,
            strength,
            _method(choices, injection, trials),
            trials=trials,
            seed=choices.seed,
        )
        found = tried.found(threshold).mean(axis=1)
        placed = tried.found(-np.inf).mean(axis=1)
        for number, name in enumerate(injection.spectra.names):
            own = injection.spectra.slice_of(number)
            searched = tried.bins[number] >= 0
            points.append(
                EfficiencyPoint(
                    histogram=name,
                    strength=strength * template_events,
                    expected_z=float(tried.expected[number]),
                    expected_mass_GeV=float(injection.spectra.centres[own][tried.place[number]]),
                    found=float(found[number]),
                    found_error=float(np.sqrt(found[number] * (1 - found[number]) / trials)),
                    placed=float(placed[number]),
                    median_z=_median(tried.z[number][searched]),
                    median_mass_GeV=_median(tried.mass_GeV[number][searched]),
                )
            )
    return EfficiencyCurve(label, unit_name, threshold, trials, choices.name, tuple(points))


def _median(values: Any) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _method(choices: SearchChoices, injection: Injection, trials: int) -> Method:
    """Return the method of the search; a simulated background is the truth itself."""
    if choices.background != "simulation":
        return make_method(choices, None)
    if choices.method != "likelihood":
        msg = f"a simulated background goes with the likelihood, not with {choices.method!r}"
        raise ChoiceError(msg)
    histograms = len(injection.spectra)
    known = BackgroundEstimate.without_modes(
        injection.background,
        np.zeros(len(injection.background)),
        ["known"] * histograms,
        [""] * histograms,
    )
    tiled = np.tile(np.arange(histograms), trials)
    return LikelihoodMethod(Given(known.of(injection.spectra.offsets, tiled)), choices.widths)
