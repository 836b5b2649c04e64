"""What a detector measures, and how well: the tables of a detector's file."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from bumpcast.config.base import Section
from bumpcast.config.detector_jets import JetSettings

Share = Annotated[float, Field(ge=0, le=1)]
"""A fraction or a probability."""


class _Ring(Protocol):
    @property
    def max_abs_eta(self) -> float: ...


_R = TypeVar("_R", bound=_Ring)


def _outwards(rings: list[_R]) -> list[_R]:
    for inner, outer in pairwise(rings):
        if not inner.max_abs_eta < outer.max_abs_eta:
            msg = (
                f"max_abs_eta must rise from ring to ring: {outer.max_abs_eta:g} follows "
                f"{inner.max_abs_eta:g}"
            )
            raise ValueError(msg)
    return rings


class EfficiencyRing(Section):
    """Efficiency in steps of pT, from the ring before up to max_abs_eta.

    value[0] holds up to pt_GeV[0] (inclusive), value[1] from there up to pt_GeV[1], and so on; the
    last one holds above the last edge.
    """

    max_abs_eta: float = Field(..., gt=0, description="Outer edge of the ring in |eta|.")
    pt_GeV: list[Annotated[float, Field(gt=0)]] = Field(
        ..., description="Edges in pT in GeV, rising; [] for an efficiency without steps."
    )
    value: list[Share] = Field(..., description="Efficiencies: one more than there are edges.")
    decline_per_GeV: float = Field(
        0.0,
        ge=0,
        description="Above the last edge the last value falls as exp(-decline_per_GeV * excess).",
    )

    @model_validator(mode="after")
    def _one_value_a_step(self) -> Self:
        if len(self.value) != len(self.pt_GeV) + 1:
            msg = (
                f"{len(self.pt_GeV)} edges in pt_GeV make {len(self.pt_GeV) + 1} steps, but value "
                f"has {len(self.value)} entries"
            )
            raise ValueError(msg)
        for low, high in pairwise(self.pt_GeV):
            if not low < high:
                msg = f"pt_GeV must rise: {high:g} follows {low:g}"
                raise ValueError(msg)
        if self.decline_per_GeV > 0 and not self.pt_GeV:
            msg = "decline_per_GeV needs an edge in pt_GeV from which the efficiency declines"
            raise ValueError(msg)
        return self


Efficiency = Annotated[list[EfficiencyRing], AfterValidator(_outwards)]
"""Rings of efficiency from the centre outwards; it is 0 outside the last one."""


class TrackResolutionRing(Section):
    """Relative resolution of pT: constant (+) per_GeV * pT, added in quadrature."""

    max_abs_eta: float = Field(..., gt=0, description="Outer edge of the ring in |eta|.")
    constant: float = Field(..., ge=0, description="Part that does not depend on pT.")
    per_GeV: float = Field(..., ge=0, description="Part that grows with pT, for each GeV.")


class TrackKind(Section):
    """Tracks of one kind of particle."""

    efficiency: Efficiency = Field(..., description="Probability that the track is found.")
    resolution: Annotated[list[TrackResolutionRing], AfterValidator(_outwards)] = Field(
        ..., description="Resolution of pT; tracks outside the last ring are not smeared."
    )


class TracksConfig(Section):
    """The table [tracks]; |eta| is that of the point where the particle leaves the field."""

    charged_hadron: TrackKind = Field(..., description="All charged particles but e and mu.")
    electron: TrackKind = Field(..., description="Electrons and positrons.")
    muon: TrackKind = Field(..., description="Muons of both charges.")


class MagneticField(Section):
    """The table [field]: a cylinder about the beams with a field along them."""

    radius_m: float = Field(..., gt=0, description="Radius of the cylinder in m.")
    half_length_m: float = Field(..., gt=0, description="Half of its length in m.")
    bz_T: float = Field(..., description="Strength along z in T.")
    born_within_radius_m: float | None = Field(
        None,
        gt=0,
        description="Particles born outside the cylinder but nearer to the beams than this, in m, "
        "are seen by the calorimeters where they are born; without it they are not seen.",
    )
    born_within_half_length_m: float | None = Field(
        None, gt=0, description="The same along the beams, in m."
    )

    @model_validator(mode="after")
    def _births_reach_outside(self) -> Self:
        for name, limit, inside in (
            ("born_within_radius_m", self.born_within_radius_m, self.radius_m),
            ("born_within_half_length_m", self.born_within_half_length_m, self.half_length_m),
        ):
            if limit is not None and limit < inside:
                msg = f"{name} = {limit:g} lies inside the cylinder, which ends at {inside:g} m"
                raise ValueError(msg)
        return self


class TowerRings(Section):
    """Rings of towers that follow each other in eta, with equal numbers of towers in phi.

    Either their upper edges are listed, or they are `count` equal ones that end at `up_to`.
    """

    phi: int = Field(..., gt=0, description="Towers in each ring; they begin at phi = -pi.")
    edges: list[float] = Field(default_factory=list, description="Upper edges in eta, rising.")
    up_to: float | None = Field(None, description="Upper edge in eta of the last of equal rings.")
    count: int | None = Field(None, gt=0, description="Number of equal rings.")

    @model_validator(mode="after")
    def _listed_or_counted(self) -> Self:
        counted = self.up_to is not None and self.count is not None
        if (self.up_to is None) != (self.count is None) or counted == bool(self.edges):
            msg = "rings of towers need either 'edges', or both 'up_to' and 'count'"
            raise ValueError(msg)
        return self


class TowerGrid(Section):
    """Where the towers of a calorimeter are."""

    first_eta: float = Field(..., description="Lower edge in eta of the first ring.")
    rings: list[TowerRings] = Field(..., min_length=1, description="In the order of eta.")

    def eta_edges(self) -> list[float]:
        """Return all edges of the rings: one more than there are rings."""
        edges = [self.first_eta]
        for part in self.rings:
            if part.up_to is None or part.count is None:
                edges.extend(part.edges)
            else:
                start, step = edges[-1], (part.up_to - edges[-1]) / part.count
                edges.extend(start + step * number for number in range(1, part.count))
                edges.append(part.up_to)
        return edges

    def phi_counts(self) -> list[int]:
        """Return how many towers each ring has."""
        return [part.phi for part in self.rings for _ in range(part.count or len(part.edges))]

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        for low, high in pairwise(self.eta_edges()):
            if not low < high:
                msg = f"the edges of the towers must rise in eta: {high:g} follows {low:g}"
                raise ValueError(msg)
        return self


class EnergyFraction(Section):
    """What some kinds of particle leave in a calorimeter."""

    pids: list[Annotated[int, Field(gt=0)]] = Field(
        ..., min_length=1, description="PDG numbers without sign."
    )
    fraction: Share = Field(..., description="Part of the energy that they leave.")


class EnergyResolutionRing(Section):
    """Resolution of a tower's energy E, in GeV.

    (scale + bend * (|eta| - bend_at)^2) * (constant * E (+) stochastic * sqrt(E) (+) noise), where
    (+) adds in quadrature.
    """

    max_abs_eta: float = Field(..., gt=0, description="Outer edge of the ring in |eta|.")
    stochastic: float = Field(..., ge=0, description="In sqrt(GeV).")
    constant: float = Field(..., ge=0, description="Relative part.")
    noise_GeV: float = Field(0.0, ge=0, description="Part that does not depend on the energy.")
    scale: float = Field(1.0, ge=0, description="Factor at |eta| = bend_at.")
    bend: float = Field(0.0, description="How the factor grows with the distance in |eta|.")
    bend_at: float = Field(0.0, description="|eta| at which it is smallest.")


class CalorimeterConfig(Section):
    """The tables [ecal] and [hcal]."""

    towers: TowerGrid = Field(..., description="Where the towers are.")
    other_fraction: Share = Field(
        ..., description="Part of the energy that a particle leaves which is not in 'fractions'."
    )
    fractions: list[EnergyFraction] = Field(
        ..., description="Parts of the energy that particles leave, by their PDG numbers."
    )
    resolution: Annotated[list[EnergyResolutionRing], AfterValidator(_outwards)] = Field(
        ..., description="Resolution of a tower; towers outside the last ring are not smeared."
    )
    energy_min_GeV: float = Field(..., ge=0, description="Smallest energy of a tower in GeV.")
    significance_min: float = Field(
        ..., ge=0, description="Smallest energy of a tower in units of its resolution."
    )
    smear_centre: bool = Field(
        True, description="Whether a tower's direction is drawn within it; else it is its centre."
    )

    @model_validator(mode="after")
    def _each_particle_once(self) -> Self:
        seen: set[int] = set()
        for pid in (pid for item in self.fractions for pid in item.pids):
            if pid in seen:
                msg = f"'fractions' names the particle {pid} twice"
                raise ValueError(msg)
            seen.add(pid)
        return self


class IsolationConfig(Section):
    """Sum of the pT of energy-flow objects around a candidate, over the candidate's own."""

    delta_r: float = Field(0.5, gt=0, description="Radius of the cone in (eta, phi).")
    pt_min_GeV: float = Field(0.5, ge=0, description="Objects below it, in GeV, are not summed.")
    ratio_max: float = Field(
        ..., ge=0, allow_inf_nan=True, description="Largest ratio that is kept; inf keeps all."
    )
    with_leptons: bool = Field(
        False, description="Whether tracks of other electrons and muons are summed too."
    )


class CandidateConfig(Section):
    """The tables [electron], [muon] and [photon]."""

    efficiency: Efficiency = Field(
        ..., description="Probability that a candidate is identified, after that of its track."
    )
    isolation: IsolationConfig = Field(..., description="Which candidates count as isolated.")


class DetectorConfig(Section):
    """A detector: one file of configs/simulate/detectors."""

    field: MagneticField = Field(..., description="The magnetic field.")
    tracks: TracksConfig = Field(..., description="Which tracks are found, and how well.")
    ecal: CalorimeterConfig = Field(..., description="The electromagnetic calorimeter.")
    hcal: CalorimeterConfig = Field(..., description="The hadronic calorimeter.")
    electron: CandidateConfig = Field(..., description="Electrons.")
    muon: CandidateConfig = Field(..., description="Muons.")
    photon: CandidateConfig = Field(..., description="Photons.")
    jets: JetSettings = Field(..., description="Jets, their tags, and the removal of overlaps.")
    missing_inputs: Literal["towers", "towers_and_muons", "energy_flow"] = Field(
        ...,
        description="What missing transverse energy balances; towers alone take the momentum of "
        "muons for missing.",
    )
    invisible: list[Annotated[int, Field(gt=0)]] = Field(
        [12, 14, 16],
        description="PDG numbers, without sign, of what generator-level missing energy consists of",
    )
