"""The events of a file of Delphes once more, and what our detector makes of them.

Pythia gives the same events for the same settings and seed. So one Pythia makes all events of a
file, and the detector's random numbers are all that differs; they can be drawn several times.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import fields
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.against_delphes.samples import Sample
from bumpcast.config.dump import dumps
from bumpcast.diskio import replacing, write_atomically
from bumpcast.own_code import code_digest
from bumpcast.simulate.delphes_file.joining import join
from bumpcast.simulate.delphes_file.provenance import Block, Provenance
from bumpcast.simulate.delphes_file.writing import (
    event_collection,
    weight_collection,
    write_block,
)
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.detector.reconstruct import reconstruct
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.events import CrossSection, EventInfo, GeneratorEvents, Particles
from bumpcast.simulate.generator.batch import ParticleProperties, info_from, particles_from
from bumpcast.simulate.generator.crosssection import of_pythia
from bumpcast.simulate.generator.pythia import generator
from bumpcast.simulate.truth import particle_collection

AT_ONCE: Final = 250
"""Events of a block."""


def simulated(
    sample: Sample,
    events: int,
    detector_seeds: Sequence[int],
    cache: Path,
    generated: Path | None = None,
) -> list[Path]:
    """Return files of a sample's first events, one for each seed of the detector.

    Args:
        sample: Which events; those of Delphes's file.
        events: How many.
        detector_seeds: Of the detector's random numbers.
        cache: Folder of the files; what is there of the same code is not made again.
        generated: Folder in which generated events are kept, 100 kB each; absent: none are kept.
    """
    cache.mkdir(parents=True, exist_ok=True)
    what = {
        "code": code_digest(),
        "card": sample.card().model_dump(mode="json"),
        "seed": sample.seed,
        "events": events,
        "detector": sample.detector().model_dump(mode="json"),
    }
    digest = _digest(what)
    paths = {seed: cache / f"{sample.name}-{digest}-{seed}.root" for seed in detector_seeds}
    missing = {seed: path for seed, path in paths.items() if not path.exists()}
    if missing:
        _simulate(sample, _generated(sample, events, generated), missing)
    return list(paths.values())


def _digest(what: dict[str, Any]) -> str:
    return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def _simulate(sample: Sample, blocks: Iterator[GeneratorEvents], outputs: dict[int, Path]) -> None:
    detector = sample.detector()
    tables = DetectorTables.of(detector)
    card = dumps(sample.card().model_dump(mode="json", exclude_none=True))
    parts: dict[int, list[tuple[Path, Provenance]]] = {seed: [] for seed in outputs}
    with tempfile.TemporaryDirectory() as folder:
        first = 0
        for number, events in enumerate(blocks):
            same = {
                "Event": event_collection(events.info, events.cross_section, first + 1),
                "Weight": weight_collection(events.info),
                "Particle": particle_collection(events.particles),
            }
            for seed in outputs:
                found = reconstruct(events.particles, tables, key(seed, number))
                provenance = Provenance(
                    card=card,
                    seed=seed,
                    blocks=(Block(number, sample.seed, len(events)),),
                    cross_section=events.cross_section,
                    settings={"detector": detector.model_dump(mode="json")},
                    versions={name: version(name) for name in ("bumpcast", "pythia8mc")},
                )
                path = Path(folder) / f"{seed}-{number}.root"
                write_block(path, {**same, **found}, provenance)
                parts[seed].append((path, provenance))
            first += len(events)
        for seed, output in outputs.items():
            join([path for path, _ in parts[seed]], output)


def _generated(sample: Sample, events: int, folder: Path | None) -> Iterator[GeneratorEvents]:
    """Give a sample's first events block by block, from the disk if they are there."""
    if folder is None:
        yield from _generate(sample, events)
        return
    card = sample.card()
    what = {
        "pythia": [version("pythia8mc"), card.energy_tev, *card.common, *card.pythia],
        "seed": sample.seed,
    }
    place = folder / _digest(what)
    place.mkdir(parents=True, exist_ok=True)
    kept = _kept(place, events)
    if kept is not None:
        yield from map(_load, kept)
        return
    names = []
    first = 0
    for block in _generate(sample, events):
        names.append(f"{first:06d}-{len(block)}.npz")
        _save(block, place / names[-1])
        first += len(block)
        yield block
    write_atomically(place / f"{events}.json", json.dumps(names).encode())


def _kept(place: Path, events: int) -> list[Path] | None:
    """Return the files of the first events, if there are such: more may have been made."""
    for contents in place.glob("*.json"):
        names = json.loads(contents.read_text())
        ends = np.cumsum([int(Path(name).stem.split("-")[1]) for name in names]).tolist()
        if events in ends:
            return [place / name for name in names[: ends.index(events) + 1]]
    return None


def _generate(sample: Sample, events: int) -> Iterator[GeneratorEvents]:
    with ExitStack() as stack:
        made = stack.enter_context(generator(sample.card(), sample.seed))
        properties = ParticleProperties(made.pythia.particleData)
        done = 0
        while done < events:
            batch, notes = made.next_batch(min(AT_ONCE, events - done))
            done += len(batch)
            yield GeneratorEvents(
                particles_from(batch, properties),
                info_from(batch, notes),
                # of these events alone nothing is known
                of_pythia(made.pythia, len(batch), len(batch)),
            )


def _save(events: GeneratorEvents, path: Path) -> None:
    section = events.cross_section
    columns = {
        f"{group}_{one.name}": getattr(values, one.name)
        for group, values in (("particles", events.particles), ("info", events.info))
        for one in fields(values)
    }
    numbers = (section.value, section.error, section.tried, section.accepted, section.kept)
    with replacing(path) as file:
        np.savez(file, **columns, cross_section=np.array(numbers))


def _load(path: Path) -> GeneratorEvents:
    with np.load(path, allow_pickle=False) as stored:
        value, error, tried, accepted, kept = stored["cross_section"].tolist()
        return GeneratorEvents(
            Particles(**{one.name: stored[f"particles_{one.name}"] for one in fields(Particles)}),
            EventInfo(**{one.name: stored[f"info_{one.name}"] for one in fields(EventInfo)}),
            CrossSection(value, error, int(tried), int(accepted), int(kept), {}),
        )
