"""The process card: what is generated, and how."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from bumpcast.config.base import SafeName, Section
from bumpcast.config.errors import Origin
from bumpcast.config.keys import KeyPath

COMMON_SETTINGS: Final = (
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Tune:pp = 14",
)
"""Particles that fly further than 10 mm on average are left to the detector; Monash 2013 tune."""

NO_DETECTOR: Final = "none"
"""In the place of a detector's file: only the truth is written."""

_TAKEN: Final = {
    "random:seed": "the seed of the run is given with --seed",
    "random:setseed": "the seed of the run is given with --seed",
    "beams:ecm": "the key 'energy_tev' says it",
    "beams:frametype": "the key 'lhe' says where events are read from",
    "beams:lhef": "the key 'lhe' says where events are read from",
    "beams:lhefheader": "the key 'lhe' says where events are read from",
    "beams:nskiplhefatinit": "each block reads its own share of the file",
    "slha:file": "the key 'slha' says it",
    "print:quiet": "Pythia's messages are needed where it refuses a card",
}
_SETTING = re.compile(r"^\s*([A-Za-z0-9+\-]+(:[^\s=]+)+)(\s*=\s*|\s+)(\S.*)$")


def _is_setting(text: str) -> str:
    found = _SETTING.match(text)
    if found is None:
        msg = f"{text!r} must be a setting as Pythia writes it, such as 'Top:gg2ttbar = on'"
        raise ValueError(msg)
    reason = _TAKEN.get(found[1].lower())
    if reason is not None:
        msg = f"{found[1]} cannot be set here: {reason}"
        raise ValueError(msg)
    return text


Setting = Annotated[str, AfterValidator(_is_setting)]
"""One line as Pythia writes it: 'Group:name = value' or '25:m0 = 125.'."""


class GeneratorFilter(Section):
    """An event is kept when it has enough particles of a kind: an item of [[filters]]."""

    pid: list[int] = Field(
        ..., min_length=1, description="PDG numbers; each stands for the antiparticle as well."
    )
    antiparticles: bool = Field(
        True, description="False: a number stands only for itself, so that -6 is the antitop."
    )
    at_least: int = Field(1, ge=1, description="So many of them an event must have.")
    min_pt: float = Field(0.0, ge=0, description="Transverse momentum in GeV.")
    max_abs_eta: float | None = Field(
        None, gt=0, description="Largest |pseudorapidity|; absent: any."
    )
    stage: Literal["final", "hard"] = Field(
        "final",
        description="'final': stable particles; 'hard': what leaves the hard process and the "
        "decays of its resonances, before showers.",
    )


class SimulationCard(Section):
    """One process card, merged, rendered and checked; from TOML with `load_card`."""

    name: SafeName = Field(..., description="Names the process; letters, digits, '-', '_'.")
    kind: Literal["background", "signal"] = Field(
        ..., description="'background' or 'signal': what its events are in an analysis."
    )
    label: str | None = Field(None, description="How plots call it; absent: the data set's name.")
    description: str = Field("", description="What the card makes, in words.")
    parameters: dict[SafeName, float | str] = Field(
        default_factory=dict,
        description="Values for templates, such as '{{ parameters.mass }}' in a setting.",
    )
    energy_tev: float = Field(13.0, gt=0, description="Energy of the two protons together, in TeV.")
    common: list[Setting] = Field(
        default_factory=lambda: list(COMMON_SETTINGS),
        description="Pythia settings of every card, read before those of `pythia`.",
    )
    pythia: list[Setting] = Field(
        default_factory=list,
        description="Settings as Pythia writes them, in the order in which it reads them.",
    )
    slha: str | None = Field(
        None,
        min_length=1,
        description="SUSY Les Houches spectrum and decays: a file, or the text itself.",
    )
    lhe: str | None = Field(
        None,
        min_length=1,
        description="Les Houches event file (plain or .gz) to shower instead of a process.",
    )
    hepmc: str | None = Field(
        None,
        min_length=1,
        description="HepMC3 file (plain or .gz) of complete events instead of Pythia's.",
    )
    filters: list[GeneratorFilter] = Field(
        default_factory=list, description="Events are kept that pass all of them."
    )
    cross_section_pb: float | None = Field(
        None,
        gt=0,
        description="In pb and before filters, instead of what the generator computes; for files "
        "that do not say it.",
    )
    k_factor: float | None = Field(
        None,
        gt=0,
        description="Higher-order correction to the cross-section; absent: none is made.",
    )
    detector: str | None = Field(
        None,
        min_length=1,
        description="Detector to simulate: a file; 'none': the generated particles alone.",
    )

    _origins: dict[KeyPath, Origin] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.lhe is not None and self.hepmc is not None:
            msg = "events come from one source: give 'lhe' or 'hepmc', not both"
            raise ValueError(msg)
        if self.hepmc is not None and (self.pythia or self.slha is not None):
            msg = "events of a HepMC file are complete: leave 'pythia' and 'slha' out"
            raise ValueError(msg)
        if self.hepmc is None and self.lhe is None and not self.pythia:
            msg = "nothing to generate: 'pythia' must switch a process on, or give 'lhe' or 'hepmc'"
            raise ValueError(msg)
        return self

    def settings(self) -> list[tuple[KeyPath, str]]:
        """Return the settings in the order in which Pythia reads them, each with its key."""
        return [
            ((table, str(number)), setting)
            for table, settings in (("common", self.common), ("pythia", self.pythia))
            for number, setting in enumerate(settings)
        ]

    def slha_is_text(self) -> bool:
        """Tell whether `slha` is the spectrum itself and no file name."""
        return self.slha is not None and is_slha_text(self.slha)

    def with_origins(self, origins: dict[KeyPath, Origin]) -> Self:
        """Return the same card that knows where its keys were written.

        Args:
            origins: By the path of the key; items of a list end in their number.
        """
        card = self.model_copy()
        card._origins = dict(origins)
        return card

    def origin_of(self, key: KeyPath) -> Origin:
        """Return where a key, or else the innermost table or list that holds it, was written."""
        for length in range(len(key), 0, -1):
            if key[:length] in self._origins:
                return self._origins[key[:length]]
        return self._origins.get((), Origin(None))

    def __eq__(self, other: Any) -> bool:
        """Compare what is generated, not where it was written."""
        if not isinstance(other, SimulationCard):
            return NotImplemented
        return self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


def is_slha_text(text: str) -> bool:
    """Tell whether a text is a SLHA spectrum and no file name."""
    return "\n" in text.strip() or text.lstrip().lower().startswith(("block ", "decay "))
