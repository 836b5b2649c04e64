"""From what the calorimeters and trackers saw to jets with their tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.config.detector_jets import JetSettings
from bumpcast.simulate.detector.grouping import selected
from bumpcast.simulate.detector.jets.clustering import find_clusters
from bumpcast.simulate.detector.jets.columns import Columns, columns, substructure_columns
from bumpcast.simulate.detector.jets.energy_scale import calibrate
from bumpcast.simulate.detector.jets.flavour import jet_flavours, tau_charges
from bumpcast.simulate.detector.jets.large_jets import substructure
from bumpcast.simulate.detector.jets.overlap import Mask, unique_jets, unique_objects
from bumpcast.simulate.detector.jets.recombination import ANTI_KT
from bumpcast.simulate.detector.jets.scalar_ht import scalar_ht
from bumpcast.simulate.detector.jets.sources import JetSources
from bumpcast.simulate.detector.jets.tagging import b_tags, draw, tau_tags
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.events import Collection, Offsets, Particles


@dataclass(frozen=True, slots=True)
class Jets:
    """What came of them.

    Attributes:
        jets: Branch Jet.
        large: Branch FatJet.
        generator: Branch GenJet.
        scalar_ht: Branch ScalarHT.
        photons: Which of the isolated photons stay after the removal of overlaps.
        electrons: Which of the electrons.
        muons: Which of the muons.
    """

    jets: Collection
    large: Collection
    generator: Collection
    scalar_ht: Collection
    photons: Mask
    electrons: Mask
    muons: Mask


def find_jets(
    sources: JetSources, particles: Particles, settings: JetSettings, key: np.uint64
) -> Jets:
    """Find, calibrate and tag the jets of a block of events, and remove overlaps.

    Args:
        sources: What the detector saw, from `sources.jet_sources`.
        particles: The generated particles.
        settings: Of the detector.
        key: Of the block's random numbers.
    """
    small = settings.small
    inputs = sources.inputs[small.inputs]
    found = find_clusters(inputs.momenta, ANTI_KT, small.radius, small.pt_min_GeV)
    calibrated = calibrate(found.momenta, settings.energy_scale)
    table = columns(found, inputs, calibrated)

    drawn = draw(calibrated, key)
    flavour = jet_flavours(calibrated, particles, settings.flavour)
    table["Flavor"] = flavour.astype(np.uint32)
    # Delphes's two other definitions of flavour need an LHE record; without, all jets are light.
    unknown = np.zeros_like(flavour)
    for i, (name, by) in enumerate(
        (("BTag", flavour), ("BTagAlgo", unknown), ("BTagPhys", unknown))
    ):
        table[name] = b_tags(calibrated, by, settings.b_tag, drawn[:, i]).astype(np.uint32)
    taus = tau_tags(
        calibrated,
        tau_charges(calibrated, particles, settings.tau_tag),
        sources.tracks,
        settings.tau_tag,
        drawn[:, 3:],
    )
    table["TauTag"] = taus.tag.astype(np.uint32)
    table["TauFlavor"] = taus.flavour.astype(np.uint32)
    table["TauWeight"] = taus.weight.astype(np.float32)
    table["Charge"] = taus.charge

    isolated = (sources.photons, sources.electrons, sources.muons)
    if settings.remove_overlap:
        taken = np.zeros(_labels(inputs, *isolated), dtype=np.bool_)
        kept = [unique_objects(objects, taken) for objects in isolated]
        unique = unique_jets(found, inputs, taken)
    else:
        kept = [np.ones(len(objects.momenta.px), dtype=np.bool_) for objects in isolated]
        unique = np.ones(len(flavour), dtype=np.bool_)
    jets = _by_falling_pt(found.momenta.offsets, table, unique)

    large = settings.large
    large_inputs = sources.inputs[large.inputs]
    large_found = find_clusters(large_inputs.momenta, ANTI_KT, large.radius, large.pt_min_GeV)
    large_table = columns(large_found, large_inputs, large_found.momenta)
    large_table |= substructure_columns(substructure(large_found, large_inputs.momenta, large))

    generator = settings.generator
    visible = DetectorObjects.visible(particles)
    generated = find_clusters(visible.momenta, ANTI_KT, generator.radius, generator.pt_min_GeV)
    summed = [(jets.offsets, jets.columns["PT"].astype(np.float64))]
    for objects, mask in zip(isolated, kept, strict=True):
        summed.append((selected(objects.momenta.offsets, mask), objects.momenta.pt[mask]))
    return Jets(
        jets=jets,
        large=Collection(large_found.momenta.offsets, large_table),
        generator=Collection(
            generated.momenta.offsets, columns(generated, visible, generated.momenta)
        ),
        scalar_ht=scalar_ht(len(particles), summed),
        photons=kept[0],
        electrons=kept[1],
        muons=kept[2],
    )


def _by_falling_pt(offsets: Offsets, table: Columns, mask: Mask) -> Collection:
    """Return the objects that a mask leaves; the energy scale may have changed their order."""
    event = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    order = np.lexsort((-table["PT"], event))
    order = order[mask[order]]
    return Collection(
        selected(offsets, mask), {name: column[order] for name, column in table.items()}
    )


def _labels(*collections: DetectorObjects) -> int:
    """Return one more than the highest label of what objects stem from."""
    return 1 + max(int(objects.particles.max(initial=-1)) for objects in collections)
