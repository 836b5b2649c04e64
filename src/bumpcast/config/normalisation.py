"""What the histograms of simulated events are scaled to."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section


class NormalisationConfig(Section):
    """The table [normalisation].

    mode 'raw': generator weights as they are, data sets added up unscaled;
    'luminosity': every simulated data set scaled to cross-section x luminosity;
    'pseudo-data': every simulated event kept a Poisson-distributed number of times with that mean,
    so that histograms hold integers as real data would.
    """

    mode: Literal["raw", "luminosity", "pseudo-data"] = Field(
        ...,
        description="'raw': weights as they are; 'luminosity': scaled to cross-section x "
        "luminosity; 'pseudo-data': whole events drawn with that mean.",
    )
    luminosity_fb: float | None = Field(None, gt=0, description="Integrated luminosity in fb^-1.")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Seed of the pseudo-data.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mode != "raw" and self.luminosity_fb is None:
            msg = f"mode '{self.mode}' needs luminosity_fb (in fb^-1)"
            raise ValueError(msg)
        if self.mode == "pseudo-data" and self.seed is None:
            msg = "mode 'pseudo-data' needs a seed"
            raise ValueError(msg)
        return self
