"""How each file format is read: what the files do not say themselves."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section

GROOMED_VECTORS = ("SoftDroppedP4", "TrimmedP4", "PrunedP4")
"""Four-vectors of groomed jets in Delphes files; the first of each five is the whole jet."""


class DelphesFormat(Section):
    """Delphes trees; every name is a branch of the file."""

    kind: Literal["delphes"] = "delphes"
    tree: str = Field("Delphes", description="Name of the tree in the file.")
    electrons: str = Field("Electron", description="Electron collection.")
    muons: str = Field("Muon", description="Muon collection.")
    photons: str = Field("Photon", description="Photon collection.")
    jets: str = Field("Jet", description="Small-radius jet collection.")
    large_jets: str | None = Field(
        None, description="Large-radius jet collection, such as 'FatJet'; absent: none are read."
    )
    large_jet_mass: str = Field(
        "Mass",
        pattern="^[A-Za-z]\\w*$",
        description="Mass of the large-radius jet: a column of numbers ('Mass', 'SoftDroppedMass' "
        "of simulated files), or a groomed jet's four-vector: 'SoftDroppedP4', 'TrimmedP4', "
        "'PrunedP4'.",
    )
    missing_energy: str = Field("MissingET", description="Missing-momentum branch.")
    b_tag_bit: int = Field(
        ..., ge=0, le=31, description="Bit of the jet's BTag mask that is the working point."
    )
    weight: Literal["Event.Weight", "Weight.Weight", "none"] = Field(
        ...,
        description="Branch of the generator weight (Weight.Weight: its first entry); 'none': 1.",
    )


class NanoAODFormat(Section):
    """CMS NanoAOD, v9 to v15."""

    kind: Literal["nanoaod"] = "nanoaod"
    tree: str = Field("Events", description="Name of the tree in the file.")
    jets: str = Field("Jet", description="Small-radius jet collection.")
    large_jets: str | None = Field(None, description="Such as 'FatJet'; absent: none are read.")
    large_jet_mass: str = Field(
        "mass", description="Field of the large-radius jet's mass, such as 'msoftdrop'."
    )
    missing_energy: str = Field(
        ..., description="Missing-momentum collection: 'MET', 'PuppiMET', 'PFMET', 'RawMET', ..."
    )
    b_tag_discriminator: str = Field(..., description="Jet field, such as 'btagDeepFlavB'.")
    b_tag_working_point: float = Field(..., description="Jets above this value are b-tagged.")
    electron_identification: str | None = Field(
        None, description="Electron field, such as 'cutBased' or 'mvaIso_WP90'."
    )
    electron_identification_min: float = Field(
        1.0, description="Smallest electron_identification that counts; a flag is 0 or 1."
    )
    muon_identification: str | None = Field(None, description="Muon field, such as 'mediumId'.")
    muon_identification_min: float = Field(
        1.0, description="Smallest muon_identification that counts; a flag is 0 or 1."
    )
    photon_identification: str | None = Field(None, description="Photon field, such as 'cutBased'.")
    photon_identification_min: float = Field(
        1.0, description="Smallest photon_identification that counts; a flag is 0 or 1."
    )
    jet_identification: str | None = Field(None, description="Jet field, such as 'jetId'.")
    jet_identification_min: float = Field(
        1.0, description="Smallest jet_identification that counts; a flag is 0 or 1."
    )
    weight: str = Field(..., description="Such as 'genWeight'; 'none': 1 for every event.")

    @model_validator(mode="after")
    def _working_points_are_written(self) -> Self:
        for particle in ("electron", "muon", "photon", "jet"):
            chosen = f"{particle}_identification"
            threshold = f"{chosen}_min"
            if getattr(self, chosen) is not None and threshold not in self.model_fields_set:
                msg = f"{chosen} needs {threshold}: a working point never defaults"
                raise ValueError(msg)
        return self


class PhysliteFormat(Section):
    """ATLAS DAOD_PHYSLITE; stored in MeV, read in GeV."""

    kind: Literal["physlite"] = "physlite"
    tree: str = Field("CollectionTree", description="Name of the tree in the file.")
    electrons: str = Field("Electrons", description="Electron collection.")
    muons: str = Field("Muons", description="Muon collection.")
    photons: str = Field("Photons", description="Photon collection.")
    jets: str = Field("Jets", description="Small-radius jet collection.")
    large_jets: str | None = Field(
        None, description="Large-radius jet collection; absent: none are read."
    )
    missing_energy: str = Field("MET_Core_AnalysisMET", description="Missing-momentum container.")
    missing_energy_term: str = Field(
        "Final", description="Name of the MET term; the sum of all is called 'Final'."
    )
    b_tag_branch: str = Field(
        ..., description="Discriminant of the jets' b-tagging decoration, a full branch name."
    )
    b_tag_working_point: float = Field(..., description="Jets above this value are b-tagged.")
    weight: Literal["EventInfo", "none"] = Field(
        ..., description="'EventInfo': first entry of EventInfoAuxDyn.mcEventWeights; 'none': 1."
    )


class DarkMachinesFormat(Section):
    """Files that `bumpcast convert` made from Dark Machines CSV."""

    kind: Literal["darkmachines"] = "darkmachines"
    tree: str = Field("events", description="Name of the tree in the file.")
    weight: Literal["file", "none"] = Field(
        ..., description="'file': the weight column of the CSV; 'none': 1 for every event."
    )


Format = Annotated[
    DelphesFormat | NanoAODFormat | PhysliteFormat | DarkMachinesFormat,
    Field(discriminator="kind"),
]
