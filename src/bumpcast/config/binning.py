"""How wide mass bins are: the detector's resolution."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section
from bumpcast.config.scan import ObjectKind


class TrackResolution(Section):
    """sigma(pT)/pT = constant (+) slope * pT, (+) a sum in quadrature."""

    form: Literal["track"] = "track"
    constant: float = Field(..., ge=0, description="Relative, no unit.")
    slope_per_GeV: float = Field(..., ge=0, description="Relative, per GeV of pT.")


class CalorimeterResolution(Section):
    """sigma(E) = linear * E (+) stochastic * sqrt(E) (+) noise, in GeV."""

    form: Literal["calorimeter"] = "calorimeter"
    linear: float = Field(..., ge=0, description="Relative, no unit.")
    stochastic_sqrt_GeV: float = Field(..., ge=0, description="In sqrt(GeV).")
    noise_GeV: float = Field(0.0, ge=0, description="In GeV.")


class JetResolution(Section):
    """sigma(pT)/pT = noise / pT (+) stochastic / sqrt(pT) (+) constant."""

    form: Literal["jet"] = "jet"
    noise_GeV: float = Field(..., ge=0, description="In GeV.")
    stochastic_sqrt_GeV: float = Field(..., ge=0, description="In sqrt(GeV).")
    constant: float = Field(..., ge=0, description="Relative, no unit.")


Resolution = TrackResolution | CalorimeterResolution | JetResolution


class CustomDetector(Section):
    """Resolutions of a detector of your own, at central rapidity."""

    electron: Resolution = Field(..., discriminator="form", description="Resolution of electrons.")
    muon: Resolution = Field(..., discriminator="form", description="Resolution of muons.")
    photon: Resolution = Field(..., discriminator="form", description="Resolution of photons.")
    jet: Resolution = Field(
        ..., discriminator="form", description="Resolution of jets, b-tagged or not."
    )


class BinningConfig(Section):
    """The table [binning]."""

    detector: Literal["atlas", "cms", "custom"] = Field(
        ..., description="Parameter set of the resolutions; 'custom': the table [binning.custom]."
    )
    custom: CustomDetector | None = Field(
        None, description="Resolutions of detector 'custom'; absent for the others."
    )
    width_factor: float = Field(
        0.5, gt=0, description="Bin width over the combination's resolution."
    )
    min_width_GeV: float = Field(0.1, gt=0, description="No bin is narrower, in GeV.")
    mass_min_GeV: float = Field(0.0, ge=0, description="Lower edge of the first bin in GeV.")
    mass_max_GeV: float = Field(
        13000.0, gt=0, description="In GeV; entries above are kept as overflow."
    )
    composition: dict[ObjectKind, list[ObjectKind]] = Field(
        default_factory=lambda: {  # type: ignore[arg-type]
            "Z": ["m", "m"],
            "Wh": ["j", "j"],
            "T": ["j", "j", "j"],
            "HM": ["j", "j", "j"],
        },
        description="What a composite object's resolution is made of.",
    )
    met_counts_as: list[ObjectKind] = Field(
        default_factory=lambda: ["j"],  # type: ignore[arg-type]
        description="What E_T^miss adds to the resolution of a combination.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.detector == "custom" and self.custom is None:
            msg = "detector 'custom' needs the table [binning.custom]"
            raise ValueError(msg)
        if self.detector != "custom" and self.custom is not None:
            msg = (
                f"detector '{self.detector}' does not use the table [binning.custom]: leave the "
                f"table out, or write detector = 'custom'"
            )
            raise ValueError(msg)
        if self.mass_max_GeV <= self.mass_min_GeV:
            msg = "mass_max_GeV must be above mass_min_GeV"
            raise ValueError(msg)
        return self
