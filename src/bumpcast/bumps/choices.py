"""How a search is done: the choices that a user has, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import bumpcast
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate, Estimator
from bumpcast.bumps.look_elsewhere import ToySettings
from bumpcast.bumps.methods import Given, LikelihoodMethod, Method
from bumpcast.bumps.spectra import Spectra
from bumpcast.config.bumps import BackgroundName, BumpsConfig, MethodName
from bumpcast.errors import BumpcastError
from bumpcast.massscan.results.results import Results


class ChoiceError(BumpcastError):
    """Choices of a search do not go together, or what they need is not there."""


@dataclass(frozen=True)
class SearchChoices:
    """How a search is done.

    Attributes:
        method: What reads significances off a spectrum.
        background: Where the background comes from.
        widths: Standard deviations of signals in bins; the network has learnt one of its own.
        skip: Share of each spectrum's first bins in which nothing is looked for: there a background
            without a model is known least (0.1 in arXiv:2501.05603, section 2).
        toys: The most pseudo-data that are drawn of a histogram; 0: none.
        calibration: How many pseudo-data say what probabilities stand for; see `calibration`.
        seed: Of the pseudo-data.
    """

    method: MethodName
    background: BackgroundName
    widths: tuple[float, ...]
    skip: float
    toys: int
    calibration: int
    seed: int

    @classmethod
    def of(cls, config: BumpsConfig) -> Self:
        """Return the choices of a configuration."""
        return cls(
            config.method,
            config.background,
            tuple(config.widths_bins),
            config.skip,
            config.toys,
            config.calibration,
            config.seed,
        )

    def changed(
        self,
        method: MethodName | None = None,
        background: BackgroundName | None = None,
        **others: Any,
    ) -> Self:
        """Return the choices with those that are not None in their place.

        A method that cannot take the background there was brings the one that it needs.

        Args:
            method: Another method.
            background: Another background.
            **others: Other attributes.
        """
        if method is not None and background is None and method != self.method:
            background = "network" if method == "network" else "fit"
        given = {"method": method, "background": background, **others}
        return replace(self, **{key: value for key, value in given.items() if value is not None})

    @property
    def name(self) -> str:
        """What the search is called unless it is given a name."""
        if self.method == self.background:
            return self.method
        return f"{self.method}-{self.background}"

    @property
    def calibrates(self) -> bool:
        """Whether pseudo-data say what probabilities stand for.

        They are needed where the data's background is chosen and pseudo-data's is not.
        """
        chosen = self.method == "likelihood" and self.background in ("fit", "gp")
        return chosen and self.toys > 0 and self.calibration > 0

    def settings(self, results: Results) -> dict[str, Any]:
        """Return what is to be remembered beside the findings.

        Args:
            results: What was searched.
        """
        return {
            "method": self.method,
            "background": self.background,
            "widths_bins": list(self.widths),
            "skip": self.skip,
            "toys": self.toys,
            "calibration": self.calibration if self.calibrates else 0,
            "seed": self.seed,
            "analysis": results.analysis.name,
            "bumpcast": bumpcast.__version__,
        }


def toy_settings(choices: SearchChoices) -> ToySettings:
    """Return how the pseudo-data of a search are drawn."""
    return ToySettings(most=choices.toys, seed=choices.seed, skip=choices.skip)


def given_background(
    choices: SearchChoices, results: Results, spectra: Spectra
) -> BackgroundEstimate | None:
    """Return the background that has to be read from the results; None: it has not.

    Args:
        choices: How the search is done.
        results: The results of the scan.
        spectra: What is searched.

    Raises:
        SimulationError: The results hold no simulated background.
    """
    if choices.background != "simulation":
        return None
    from bumpcast.bumps.backgrounds import simulation

    return simulation.estimate(results, spectra)


def make_method(choices: SearchChoices, given: BackgroundEstimate | None) -> Method:
    """Return what reads significances off spectra.

    Args:
        choices: How the search is done.
        given: The background, where it is known beforehand.

    Raises:
        ChoiceError: The choices do not go together.
    """
    if choices.method == "network":
        if choices.background != "network":
            msg = (
                f"the network finds its own background: --method network goes with --background "
                f"network, not with {choices.background!r}"
            )
            raise ChoiceError(msg)
        from bumpcast.bumps.network_method import NetworkMethod

        return NetworkMethod()
    return LikelihoodMethod(_estimator(choices, given), choices.widths)


def _estimator(choices: SearchChoices, given: BackgroundEstimate | None) -> Estimator:
    if given is not None:
        return Given(given)
    # Each takes its time to import, and one of them is wanted.
    match choices.background:
        case "fit":
            from bumpcast.bumps.backgrounds import automatic

            return automatic.estimate
        case "gp":
            from bumpcast.bumps.backgrounds import gaussian_process

            return gaussian_process.estimate
        case "network":
            from bumpcast.bumps.network_method import network_background

            return network_background
        case "simulation":
            msg = "a background of simulated events has to be read from the results beforehand"
            raise ChoiceError(msg)
