"""How the parametrised detector finds, calibrates and tags jets.

Numbers that stand as defaults are those that the ATLAS and CMS cards of Delphes share
(J. de Favereau et al., arXiv:1307.6346); what differs between the two has no default.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section

JetInputKind = Literal["towers", "towers_and_muons", "energy_flow"]
Probability = Annotated[float, Field(ge=0, le=1)]


class LinearEfficiency(Section):
    """constant + slope * pT; with no slope, the same for every jet."""

    form: Literal["linear"] = "linear"
    constant: float = Field(..., ge=0, le=1, description="Efficiency at pT = 0.")
    slope_per_GeV: float = Field(0.0, description="Per GeV of pT.")


class TurnOnEfficiency(Section):
    """plateau * tanh(rise * pT) * factor / (1 + fall * pT)."""

    form: Literal["turn_on"] = "turn_on"
    plateau: float = Field(..., ge=0, description="No unit.")
    rise_per_GeV: float = Field(..., ge=0, description="Per GeV of pT.")
    factor: float = Field(1.0, ge=0, description="No unit.")
    fall_per_GeV: float = Field(0.0, ge=0, description="Per GeV of pT.")


class EfficiencyTable(Section):
    """Efficiencies in cells of pT and |eta|; 0 outside of them. A cell owns its lower edges."""

    form: Literal["table"] = "table"
    pt_edges_GeV: list[float] = Field(
        ..., min_length=2, description="Rising edges in GeV; one more than rows of the table."
    )
    abs_eta_edges: list[float] = Field(
        ..., min_length=2, description="Rising edges; one more than columns of the table."
    )
    values: list[list[Probability]] = Field(..., description="A row for each cell in pT.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, edges in (
            ("pt_edges_GeV", self.pt_edges_GeV),
            ("abs_eta_edges", self.abs_eta_edges),
        ):
            if any(high <= low for low, high in itertools.pairwise(edges)):
                msg = f"{name} must rise: {edges}"
                raise ValueError(msg)
        rows, columns = len(self.pt_edges_GeV) - 1, len(self.abs_eta_edges) - 1
        if len(self.values) != rows or any(len(row) != columns for row in self.values):
            msg = f"values must be {rows} rows (cells in pT) of {columns} (cells in |eta|)"
            raise ValueError(msg)
        return self


JetEfficiency = Annotated[
    LinearEfficiency | TurnOnEfficiency | EfficiencyTable, Field(discriminator="form")
]


class SmallJets(Section):
    """Jets of the branch Jet."""

    radius: float = Field(0.4, gt=0, description="Radius parameter of anti-kT.")
    pt_min_GeV: float = Field(20.0, ge=0, description="Before the energy scale, in GeV.")
    inputs: JetInputKind = Field(..., description="Towers (with muons' tracks) or energy flow.")


class GeneratorJets(Section):
    """Jets of all stable particles but neutrinos: the branch GenJet."""

    radius: float = Field(0.4, gt=0, description="Radius parameter of anti-kT.")
    pt_min_GeV: float = Field(20.0, ge=0, description="In GeV.")


class Trimming(Section):
    """Keeps a jet's kT subjets that carry enough of its pT (arXiv:0912.1342)."""

    radius: float = Field(0.2, gt=0, description="Radius parameter of the subjets.")
    pt_fraction: Probability = Field(0.05, description="Least share of the jet's pT.")


class Pruning(Section):
    """Vetoes soft, wide-angle merging in Cambridge/Aachen (arXiv:0903.5081)."""

    z_cut: Probability = Field(0.1, description="Least share of the softer branch.")
    radius_factor: float = Field(0.5, ge=0, description="Widest soft merging over 2 m / pT.")
    radius: float | None = Field(
        None, gt=0, description="Radius parameter of the reclustering; without, the jets' own."
    )


class SoftDrop(Section):
    """Drops soft branches of the Cambridge/Aachen tree (arXiv:1402.2657)."""

    beta: float = Field(0.0, description="Exponent of the angle.")
    symmetry_cut: Probability = Field(0.1, description="Least share of the softer branch.")
    radius: float | None = Field(
        None, gt=0, description="Angle in units of which the cut is given; without, the jets' own."
    )


class NSubjettiness(Section):
    """tau_1 to tau_5 (arXiv:1108.2701)."""

    beta: float = Field(1.0, gt=0, description="Exponent of the angle.")
    refine_axes: bool = Field(
        True, description="Move the kT axes to a minimum of tau; else take them as they are."
    )


class LargeJets(Section):
    """Jets of the branch FatJet and their substructure."""

    radius: float = Field(..., gt=0, description="Radius parameter of anti-kT.")
    pt_min_GeV: float = Field(200.0, ge=0, description="In GeV.")
    inputs: JetInputKind = Field(..., description="Towers (with muons' tracks) or energy flow.")
    trimming: Trimming = Field(default_factory=Trimming, description="Trimmed mass.")
    pruning: Pruning = Field(default_factory=Pruning, description="Pruned mass.")
    soft_drop: SoftDrop = Field(default_factory=SoftDrop, description="Soft-drop mass.")
    n_subjettiness: NSubjettiness = Field(
        default_factory=NSubjettiness, description="Number of prongs."
    )


class JetEnergyScale(Section):
    """Jets' four-momenta times sqrt((constant - slope * |eta|)^2 / pT + 1)."""

    constant_sqrt_GeV: float = Field(..., ge=0, description="In sqrt(GeV).")
    slope_sqrt_GeV: float = Field(..., description="Per unit of |eta|, in sqrt(GeV).")


class FlavourAssociation(Section):
    """A jet has the flavour of the heaviest parton near it; a gluon counts as the lightest."""

    delta_r: float = Field(0.5, gt=0, description="Largest distance of a parton.")
    parton_pt_min_GeV: float = Field(1.0, ge=0, description="In GeV.")
    parton_abs_eta_max: float = Field(2.5, gt=0, description="No unit.")


class BTagEfficiencies(Section):
    """Probability of a b-tag by a jet's flavour."""

    b: JetEfficiency = Field(..., description="Of b-jets.")
    c: JetEfficiency = Field(..., description="Of c-jets.")
    light: JetEfficiency = Field(..., description="Of all other jets.")


class TrackCountingTau(Section):
    """Tau tags by a hadronic tau near the jet and the number of tracks in the jet's core."""

    kind: Literal["track_counting"] = "track_counting"
    delta_r: float = Field(0.2, gt=0, description="Largest distance of the tau.")
    track_delta_r: float = Field(0.2, gt=0, description="Largest distance of a track.")
    track_pt_min_GeV: float = Field(1.0, ge=0, description="In GeV.")
    tau_pt_min_GeV: float = Field(1.0, ge=0, description="In GeV.")
    tau_abs_eta_max: float = Field(2.5, gt=0, description="No unit.")
    one_prong: JetEfficiency = Field(..., description="Of taus with one track.")
    multi_prong: JetEfficiency = Field(..., description="Of taus with more tracks.")
    mistag_one_prong: JetEfficiency = Field(..., description="Of other jets with one track.")
    mistag_multi_prong: JetEfficiency = Field(..., description="Of other jets with more tracks.")


class MatchedTau(Section):
    """Tau tags by a tau near the jet alone."""

    kind: Literal["matched"] = "matched"
    delta_r: float = Field(0.5, gt=0, description="Largest distance of the tau.")
    tau_pt_min_GeV: float = Field(1.0, ge=0, description="In GeV.")
    tau_abs_eta_max: float = Field(2.5, gt=0, description="No unit.")
    hadronic_only: bool = Field(
        False, description="Whether leptonic decays do not count; in Delphes of 2026 they do."
    )
    efficiency: JetEfficiency = Field(..., description="Of taus.")
    mistag: JetEfficiency = Field(..., description="Of other jets.")


class JetSettings(Section):
    """All that the detector does with jets."""

    small: SmallJets = Field(..., description="Branch Jet.")
    large: LargeJets = Field(..., description="Branch FatJet.")
    generator: GeneratorJets = Field(default_factory=GeneratorJets, description="Branch GenJet.")
    energy_scale: JetEnergyScale = Field(..., description="Of the small jets.")
    flavour: FlavourAssociation = Field(
        default_factory=FlavourAssociation, description="Which flavour a jet has."
    )
    b_tag: BTagEfficiencies = Field(..., description="Of the small jets.")
    tau_tag: TrackCountingTau | MatchedTau = Field(
        ..., discriminator="kind", description="Of the small jets."
    )
    remove_overlap: bool = Field(
        True,
        description="Leave out what shares a particle with an isolated photon, electron or muon"
        " that comes before it in this order.",
    )
