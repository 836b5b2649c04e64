"""Which reconstructed objects count, and as what."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section

RecordCollection = Literal["electron", "muon", "photon", "jet", "large_jet"]
EtaRange = Annotated[tuple[float, float], Field(description="[low, high] in |eta|")]


class ObjectCuts(Section):
    """Kinematic cuts on one collection."""

    pt_min_GeV: float = Field(..., ge=0)
    abs_eta_max: float = Field(..., gt=0)
    abs_eta_gaps: list[EtaRange] = Field(
        default_factory=list, description="|eta| ranges that are left out, such as [1.37, 1.52]."
    )


class LeptonicZ(Section):
    """Opposite-sign same-flavour pairs; the pair nearest to the mass first."""

    enabled: bool = True
    mass_GeV: float = Field(91.18, gt=0)
    window_GeV: float = Field(15.0, gt=0, description="Half-width: |m - mass_GeV| < window_GeV.")


class MassClasses(Section):
    """Boosted W/Z (Wh), top (T) and high-mass (HM) jets by single-jet mass.

    A jet with low <= m < high belongs to the class.
    """

    source: Literal["jet", "large_jet", "none"] = Field(
        ..., description="Which jets are classed by mass: small- or large-radius ones, or none."
    )
    b_tagged: bool = Field(
        False, description="source 'jet': whether a b-tagged jet may enter a mass class."
    )
    absorb_delta_r: float | None = Field(
        None,
        gt=0,
        description="source 'large_jet': small-radius jets this near to a classed large-radius jet "
        "are part of it and leave the jet list.",
    )
    Wh_GeV: tuple[float, float] = (60.0, 110.0)
    T_GeV: tuple[float, float] = (110.0, 200.0)
    HM_GeV: tuple[float, float] = (200.0, float("inf"))

    @model_validator(mode="after")
    def _large_jets_absorb(self) -> Self:
        if self.source == "large_jet" and self.absorb_delta_r is None:
            msg = "source 'large_jet' needs absorb_delta_r (about the large-radius jets' radius)"
            raise ValueError(msg)
        return self


class OverlapStep(Section):
    """Remove the objects of one collection that lie near one of another."""

    remove: RecordCollection
    near: RecordCollection
    delta_r: float = Field(..., gt=0)


class ObjectsConfig(Section):
    """The table [objects]; steps run in the order of the file."""

    electron: ObjectCuts
    muon: ObjectCuts
    photon: ObjectCuts
    jet: ObjectCuts
    large_jet: ObjectCuts | None = None
    overlap: list[OverlapStep] = Field(default_factory=list)
    leptonic_z: LeptonicZ = LeptonicZ()
    mass_classes: MassClasses
