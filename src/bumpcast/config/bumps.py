"""How the histograms of a scan are searched."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field, model_validator

from bumpcast.config.base import Section

MethodName = Literal["network", "likelihood"]
BackgroundName = Literal["network", "simulation", "fit", "gp"]

METHODS: Final = get_args(MethodName)
BACKGROUNDS: Final = get_args(BackgroundName)


class BumpsConfig(Section):
    """The table [bumps]."""

    at_end: bool = Field(False, description="Whether a run ends with a search.")
    method: MethodName = Field("likelihood", description="What reads significances off a spectrum.")
    background: BackgroundName = Field("fit", description="Where the background comes from.")
    widths_bins: list[Annotated[float, Field(gt=0, lt=100)]] = Field(
        default_factory=lambda: [1.0, 2.0, 3.0],
        min_length=1,
        description="Standard deviations, in bins, of the signals that the likelihood looks for.",
    )
    skip: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of each spectrum's first bins in which nothing is looked for.",
    )
    toys: int = Field(
        1000,
        ge=0,
        description="Most pseudo-data of a histogram for the probability in it; few need so many.",
    )
    calibration: int = Field(
        400,
        ge=0,
        description="How many pseudo-data, of all histograms together, are searched with "
        "everything chosen anew, to say what probabilities stand for; 0: none.",
    )
    seed: int = Field(1, ge=0, description="Of the pseudo-data.")

    @model_validator(mode="after")
    def _go_together(self) -> BumpsConfig:
        if self.method == "network" and self.background != "network":
            msg = "method 'network' finds its own background: background must be 'network', too"
            raise ValueError(msg)
        return self
