"""Which reconstructed objects count, and as what."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Interval, OpenInterval, Section

RecordCollection = Literal["electron", "muon", "photon", "jet", "large_jet"]


class ObjectCuts(Section):
    """Kinematic cuts on one collection."""

    pt_min_GeV: float = Field(
        ..., ge=0, description="Smallest transverse momentum in GeV; an object at it counts."
    )
    abs_eta_max: float = Field(..., gt=0, description="Largest |eta|.")
    abs_eta_gaps: list[Interval] = Field(
        default_factory=list, description="|eta| ranges that are left out, such as [1.37, 1.52]."
    )


class LeptonicZ(Section):
    """Opposite-sign same-flavour pairs; the pair nearest to the mass first."""

    enabled: bool = Field(
        True, description="Whether pairs become a Z; their leptons then leave the lepton lists."
    )
    mass_GeV: float = Field(91.18, gt=0, description="Centre of the mass window in GeV.")
    window_GeV: float = Field(
        15.0, gt=0, description="Half-width in GeV: |m - mass_GeV| < window_GeV."
    )


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
    Wh_GeV: Interval = Field((60.0, 110.0), description="[low, high) of a W or Z jet in GeV.")
    T_GeV: Interval = Field((110.0, 200.0), description="[low, high) of a top jet in GeV.")
    HM_GeV: OpenInterval = Field(
        (200.0, float("inf")), description="[low, high) of a high-mass jet in GeV; high may be inf."
    )

    @model_validator(mode="after")
    def _large_jets_absorb(self) -> Self:
        if self.source == "large_jet" and self.absorb_delta_r is None:
            msg = "source 'large_jet' needs absorb_delta_r (about the large-radius jets' radius)"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _a_jet_has_one_class(self) -> Self:
        windows = sorted([self.Wh_GeV, self.T_GeV, self.HM_GeV])
        for (low, high), (next_low, next_high) in pairwise(windows):
            if next_low < high:
                msg = (
                    f"the mass windows [{low:g}, {high:g}] and [{next_low:g}, {next_high:g}] GeV "
                    f"overlap: a jet belongs to one class at the most"
                )
                raise ValueError(msg)
        return self


class OverlapStep(Section):
    """Remove the objects of one collection that lie near one of another."""

    remove: RecordCollection = Field(..., description="Collection that loses objects.")
    near: RecordCollection = Field(..., description="Collection that stays as it is.")
    delta_r: float = Field(
        ..., gt=0, description="Removed below this distance in (eta, phi); no unit."
    )


class ObjectsConfig(Section):
    """The table [objects]; steps run in the order of the file."""

    electron: ObjectCuts = Field(..., description="Which electrons count.")
    muon: ObjectCuts = Field(..., description="Which muons count.")
    photon: ObjectCuts = Field(..., description="Which photons count.")
    jet: ObjectCuts = Field(..., description="Which small-radius jets count, b-tagged or not.")
    large_jet: ObjectCuts | None = Field(
        None, description="Which large-radius jets count; mass_classes.source 'large_jet' needs it."
    )
    overlap: list[OverlapStep] = Field(
        default_factory=list, description="Overlap removal, step after step; [] removes nothing."
    )
    leptonic_z: LeptonicZ = Field(LeptonicZ(), description="Lepton pairs that count as a Z.")
    mass_classes: MassClasses = Field(..., description="Jets that count as Wh, T or HM.")

    @model_validator(mode="after")
    def _large_jets_have_cuts(self) -> Self:
        if self.mass_classes.source == "large_jet" and self.large_jet is None:
            msg = "mass_classes.source 'large_jet' needs the table [objects.large_jet]"
            raise ValueError(msg)
        return self
