"""Files that Delphes wrote, and with which settings their events were generated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.detectors import load_detector
from bumpcast.config.simulate import SimulationCard

PROJECT: Final = Path(__file__).parents[2]
DETECTORS: Final = PROJECT / "configs/simulate/detectors"

_SAID_OTHERWISE: Final = ("print:quiet", "beams:ecm", "random:setseed", "random:seed")
"""Settings that a card has keys of its own for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of Delphes.

    Attributes:
        name: That of the file, without 'delphes_'.
        process: What was generated, in words.
        file: The file.
        events: How many it holds.
        settings: Pythia's, in their order; energy and seed are not among them.
        energy_tev: Of the two protons together.
        seed: Pythia's.
        delphes_card: Name of the detector's card.
        generator: Program and version.
        delphes: Version that wrote the file.
    """

    name: str
    process: str
    file: Path
    events: int
    settings: tuple[str, ...]
    energy_tev: float
    seed: int
    delphes_card: str
    generator: str
    delphes: str

    @classmethod
    def parse(cls, entry: dict[str, Any], folder: Path) -> Self:
        """Return the sample of an entry of a samples.json in a folder."""
        values = dict(line.replace(" ", "").split("=", 1) for line in entry["pythia"])
        lowered = {key.lower(): value for key, value in values.items()}
        settings = tuple(
            line
            for line in entry["pythia"]
            if line.split("=")[0].strip().lower() not in _SAID_OTHERWISE
        )
        return cls(
            name=Path(entry["file"]).stem.removeprefix("delphes_"),
            process=entry["process"],
            file=folder / entry["file"],
            events=entry["events"],
            settings=settings,
            energy_tev=float(lowered["beams:ecm"]) / 1000,
            seed=int(lowered["random:seed"]),
            delphes_card=entry["card"],
            generator=entry["generator"],
            delphes=entry["detector"],
        )

    @property
    def experiment(self) -> str:
        """Whose detector Delphes simulated: 'atlas' or 'cms'."""
        return "cms" if "CMS" in self.delphes_card else "atlas"

    def card(self) -> SimulationCard:
        """Return the same process as a card of ours."""
        detector = "atlas_llp" if "LLP" in self.delphes_card else self.experiment
        return SimulationCard(
            name=self.name,
            description=self.process,
            kind="background",
            energy_tev=self.energy_tev,
            common=[],
            pythia=list(self.settings),
            detector=str(DETECTORS / f"{detector}.toml"),
        )

    def detector(self) -> DetectorConfig:
        """Return the detector that the sample's card of Delphes has; jets of CMS have R = 0.5."""
        detector = load_detector(self.card().detector or "")
        if self.experiment != "cms":
            return detector
        wide = {"radius": 0.5}
        jets = detector.jets.model_copy(
            update={
                "small": detector.jets.small.model_copy(update=wide),
                "generator": detector.jets.generator.model_copy(update=wide),
            }
        )
        return detector.model_copy(update={"jets": jets})


def read_samples(places: Iterable[Path]) -> list[Sample]:
    """Return the samples of some folders.

    Args:
        places: Files samples.json, or folders in which one lies.

    Raises:
        FileNotFoundError: A place has none, or one of its files of Delphes is not there.
    """
    found = []
    for place in places:
        path = place / "samples.json" if place.is_dir() else place
        for entry in json.loads(path.read_text()):
            sample = Sample.parse(entry, path.parent.resolve())
            if not sample.file.exists():
                msg = f"{path} speaks of {sample.file.name}, which is not beside it"
                raise FileNotFoundError(msg)
            found.append(sample)
    return found
