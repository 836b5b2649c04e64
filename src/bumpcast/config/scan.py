"""Which final states, selections, combinations and variables the mass scan fills."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from bumpcast.config.base import Section

ObjectKind = Literal["e", "m", "g", "j", "b", "Z", "Wh", "T", "HM"]
Variable = Literal["mass", "transverse_mass", "mass_with_met"]


class ObjectsPerKind(Section):
    """A whole number for each of the nine kinds of objects with a four-momentum."""

    e: int = Field(4, ge=0, le=4)
    m: int = Field(4, ge=0, le=4)
    g: int = Field(4, ge=0, le=4)
    j: int = Field(4, ge=0, le=4)
    b: int = Field(4, ge=0, le=4)
    Z: int = Field(4, ge=0, le=4)
    Wh: int = Field(4, ge=0, le=4)
    T: int = Field(4, ge=0, le=4)
    HM: int = Field(4, ge=0, le=4)


class ClassLimits(ObjectsPerKind):
    """Multiplicity from which a final state is open: 6 for jets makes '>=6j'."""

    j: int = Field(6, ge=0, le=12)


def _is_storable(threshold: float) -> float:
    if not 0 <= threshold <= 6553.5 or abs(threshold * 10 - round(threshold * 10)) > 1e-6:
        msg = "a threshold is a multiple of 0.1 GeV from 0 to 6553.5 GeV"
        raise ValueError(msg)
    return threshold


Threshold = Annotated[float, AfterValidator(_is_storable)]
"""In GeV; codes of histograms have 16 bits for it."""


class Selections(Section):
    """Extra selections; each final state is filled once without and once with each of them."""

    met_min_GeV: list[Threshold] = Field(
        default_factory=lambda: [200.0, 500.0],
        description="Thresholds on the missing transverse momentum in GeV.",
    )
    leading_pt_min_GeV: list[Threshold] = Field(
        default_factory=lambda: [100.0, 200.0, 400.0],
        description="Thresholds in GeV on the leading object of each kind that the final state "
        "holds.",
    )
    ht_min_GeV: list[Threshold] = Field(
        default_factory=lambda: [500.0, 1000.0], description="Thresholds on H_T in GeV."
    )
    ht_kinds: list[ObjectKind] = Field(
        default_factory=lambda: ["j", "b", "Wh", "T", "HM"],  # type: ignore[arg-type]
        description="The kinds whose transverse momenta H_T sums.",
    )


class ScanConfig(Section):
    """The table [scan]."""

    open_from: ClassLimits = Field(
        ClassLimits(), description="Multiplicity of each kind from which a final state is open."
    )
    objects_per_kind: ObjectsPerKind = Field(
        ObjectsPerKind(),
        description="Of each kind, how many leading objects enter combinations; never more than "
        "open_from, which is what an open final state is sure to hold.",
    )
    leading_jets: int = Field(
        4, ge=0, description="Of the jets and b-jets together, how many enter combinations."
    )
    combination_max_size: int | None = Field(
        None, ge=1, description="Most objects in a combination; absent: all of the final state's."
    )
    split_dilepton_charge: bool = Field(
        True, description="Split two-lepton states without a Z into opposite and same sign."
    )
    variables: list[Variable] = Field(
        default_factory=lambda: ["mass", "transverse_mass"],  # type: ignore[arg-type]
        min_length=1,
        description="'mass'; 'transverse_mass' with E_T^miss; 'mass_with_met': E_T^miss as a "
        "four-vector with pz = 0, m = 0.",
    )
    single_jet_masses: bool = Field(False, description="Mass of each single Wh, T and HM.")
    single_transverse_masses: bool = Field(
        False, description="m_T of each single object with E_T^miss."
    )
    selections: Selections = Field(
        Selections(), description="Extra selections on each final state."
    )
    min_events: int = Field(
        100,
        ge=0,
        description="A histogram is kept for the search if it has as many events from its maximum "
        "onward; applied on reading, changing it needs no new pass.",
    )
    min_bins: int = Field(
        30,
        ge=0,
        description="A histogram that is kept has more bins than this; applied on reading, "
        "changing it needs no new pass.",
    )
    min_events_per_bin: int = Field(
        10,
        ge=0,
        description="The range that is kept ends at the first bin with fewer events; applied on "
        "reading, changing it needs no new pass.",
    )


READING_KEYS: Final = ("min_events", "min_bins", "min_events_per_bin")
"""The keys of [scan] that say which histograms are kept, applied when results are read."""
