"""What is written is read: by uproot, by coffea and by the project's own reader."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import DelphesSchema, NanoEventsFactory

from bumpcast.config import load
from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import WorkItem
from bumpcast.diskio import DiskError
from bumpcast.events import open_events, reader_for
from bumpcast.events.errors import MissingBranchError
from bumpcast.massscan import ScanDelta, Scanner
from bumpcast.objects import build
from bumpcast.simulate.delphes_file.columns import KINDS, CollectionError
from bumpcast.simulate.delphes_file.provenance import Provenance, read_provenance
from bumpcast.simulate.delphes_file.trees import ENTRIES_A_BASKET
from bumpcast.simulate.delphes_file.writing import (
    event_collection,
    weight_collection,
    write_block,
)
from bumpcast.simulate.events import Collection, CrossSection, EventInfo

ROOT = Path(__file__).parents[3]
Collections = Mapping[str, Collection]


@pytest.fixture(scope="module")
def written(
    ttbar: Collections,
    provenance: Callable[..., Provenance],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("written") / "ttbar.root"
    write_block(path, ttbar, provenance(300))
    return path


def stored_name(column: str) -> str:
    return column.replace("[5]", "_5")


def read(path: Path, fmt: DelphesFormat, stop: int) -> ak.Array:
    with uproot.open(path) as file:
        work = WorkItem("sample", str(path), "Delphes", 0, stop, str(file.file.uuid))
    reader = reader_for(fmt)
    return reader.record(open_events(work, fmt, columns=reader.columns))


def test_uproot_reads_every_column_in_delphess_types(written: Path, ttbar: Collections) -> None:
    with uproot.open(written) as file:
        tree = file["Delphes"]
        assert tree.num_entries == 300
        collections = {key.split("/")[0] for key in tree.keys()}  # noqa: SIM118
        assert collections - {f"{n}_size" for n in ttbar} == set(ttbar)
        for name, collection in ttbar.items():
            counts = np.diff(collection.offsets)
            assert np.array_equal(tree[f"{name}_size"].array(library="np"), counts)
            for column, values in collection.columns.items():
                found = tree[f"{name}/{name}.{stored_name(column)}"].array()
                content = ak.to_numpy(ak.flatten(found))
                assert np.array_equal(ak.num(found), counts)
                assert content.dtype == np.dtype(KINDS[name].types[column])
                assert np.array_equal(content, values, equal_nan=True)


def test_the_types_are_those_of_a_file_of_delphes(quickstart: Path, written: Path) -> None:
    with uproot.open(quickstart / "ttbar.root") as theirs, uproot.open(written) as ours:
        for key, branch in ours["Delphes"].iteritems():
            assert theirs["Delphes"][key.replace("_5", "[5]")].typename == branch.typename


@pytest.mark.parametrize("mode", ["virtual", "eager"])
def test_coffea_reads_every_column(written: Path, ttbar: Collections, mode: str) -> None:
    events = NanoEventsFactory.from_root(
        {str(written): "Delphes"}, schemaclass=DelphesSchema, mode=mode
    ).events()
    for name, collection in ttbar.items():
        for column, values in collection.columns.items():
            if column == "E" and name in ("Particle", "Photon"):
                continue  # coffea leaves it out, because its vectors have their own
            found = events[name][stored_name(column)]
            flat = ak.to_numpy(found if found.ndim == 1 else ak.flatten(found))
            assert np.array_equal(flat, values, equal_nan=True), (name, column)
    pairs = events.Jet[ak.num(events.Jet) >= 2]
    assert ak.all((pairs[:, 0] + pairs[:, 1]).mass > 0)
    tau21 = events.FatJet.Tau_5[..., 1] / events.FatJet.Tau_5[..., 0]
    assert ak.count(tau21) == len(ttbar["FatJet"].columns["PT"])


def test_the_projects_reader_gives_the_record_of_the_original(
    quickstart: Path, written: Path
) -> None:
    fmt = load(ROOT / "configs" / "delphes_atlas.toml").formats["delphes"]
    assert isinstance(fmt, DelphesFormat)
    for chosen in (fmt, fmt.model_copy(update={"large_jets": "FatJet"})):
        original = read(quickstart / "ttbar.root", chosen, 300)
        copied = read(written, chosen, 300)
        assert copied.fields == original.fields
        assert ak.almost_equal(copied, original, rtol=0, atol=0)


def test_the_mass_scan_of_a_copy_is_that_of_the_original(
    delphes_collections: Callable[..., dict[str, Collection]],
    provenance: Callable[..., Provenance],
    quickstart: Path,
    tmp_path: Path,
) -> None:
    path = tmp_path / "qstar_1200.root"
    collections = delphes_collections("qstar_1200")
    events = len(collections["Event"])
    write_block(path, collections, provenance(events))
    analysis = load(
        ROOT / "configs" / "quickstart.toml",
        ["scan.combination_max_size=2", "formats.delphes.large_jet_mass=Mass"],
    )
    assert analysis.scan is not None
    assert analysis.binning is not None
    assert analysis.objects is not None
    deltas: list[ScanDelta] = []
    for source in (quickstart / "qstar_1200.root", path):
        record = read(source, analysis.formats["delphes"], events)
        objects = build(record, analysis.objects)
        deltas.append(Scanner(analysis.scan, analysis.binning).fill(objects, np.ones(events)))
    original, copied = deltas
    assert original.counts.sum() > 1000
    for name in ("states", "observables", "offsets", "bins", "counts"):
        assert np.array_equal(getattr(copied, name), getattr(original, name))
    assert np.array_equal(copied.sums(), original.sums())


def test_a_plain_column_is_the_mass_of_large_jets(
    ttbar: Collections, provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    """Groomed masses, which Delphes keeps as four-vectors, are plain columns here."""
    path = tmp_path / "groomed.root"
    jets = ttbar["FatJet"]
    groomed = np.linspace(1, 200, int(jets.offsets[-1]), dtype=np.float32)
    more = Collection(jets.offsets, {**jets.columns, "SoftDroppedMass": groomed})
    write_block(path, {**ttbar, "FatJet": more}, provenance(300))
    fmt = DelphesFormat(
        b_tag_bit=0,
        weight="Event.Weight",
        large_jets="FatJet",
        large_jet_mass="SoftDroppedMass",
    )
    masses = ak.to_numpy(ak.flatten(read(path, fmt, 300).large_jet.mass))
    assert np.array_equal(masses, groomed)
    wrong = fmt.model_copy(update={"large_jet_mass": "SoftDropMass"})
    with pytest.raises(MissingBranchError, match=r"FatJet\.SoftDroppedMass"):
        read(path, wrong, 300)


def test_it_is_no_larger_than_what_delphes_takes_for_the_same_columns(
    delphes_collections: Callable[..., dict[str, Collection]],
    provenance: Callable[..., Provenance],
    quickstart: Path,
    tmp_path: Path,
) -> None:
    path = tmp_path / "ttbar.root"
    collections = delphes_collections("ttbar")
    write_block(path, collections, provenance(len(collections["Event"])))
    with uproot.open(quickstart / "ttbar.root") as theirs, uproot.open(path) as ours:
        keys = [key for key in ours["Delphes"].keys() if "/" in key]  # noqa: SIM118
        size = sum(ours["Delphes"][key].compressed_bytes for key in keys)
        delphes = theirs["Delphes"]
        expected = sum(delphes[key.replace("_5", "[5]")].compressed_bytes for key in keys)
    # with fewer events than a basket holds, what describes the baskets counts
    assert size < 1.15 * expected
    assert path.stat().st_size < (quickstart / "ttbar.root").stat().st_size


def test_long_blocks_have_several_baskets(
    provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    events = 2 * ENTRIES_A_BASKET + 5
    path = tmp_path / "long.root"
    rng = np.random.default_rng(3)
    info = event_info(events)
    counts = rng.poisson(1.0, events)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    jets = {name: rng.normal(size=offsets[-1]) for name in ("PT", "Eta", "Phi", "Mass")}
    jets["Tau[5]"] = rng.normal(size=(offsets[-1], 5))
    made = provenance(events)
    collections = {
        "Event": event_collection(info, made.cross_section),
        "Weight": weight_collection(info),
        "FatJet": Collection(offsets, jets),
    }
    write_block(path, collections, made)
    with uproot.open(path) as file:
        tree = file["Delphes"]
        assert tree["FatJet/FatJet.PT"].num_baskets == 3
        for start, stop in ((0, events), (1999, 2001), (3000, events)):
            found = tree["FatJet/FatJet.Tau_5"].array(entry_start=start, entry_stop=stop)
            expected = jets["Tau[5]"][offsets[start] : offsets[stop]].astype(np.float32)
            assert np.array_equal(ak.to_numpy(ak.flatten(found)), expected)
            assert np.array_equal(ak.num(found), counts[start:stop])
        assert np.array_equal(tree["Event/Event.Number"].array()[:, 0], np.arange(1, events + 1))
        assert np.all(tree["Event/Event.X1"].array()[:, 0] == info.x1.astype(np.float32))


def event_info(events: int) -> EventInfo:
    rng = np.random.default_rng(2)
    names = EventInfo.__slots__
    whole = {"process", "parton1", "parton2", "interactions"}
    return EventInfo(
        **{
            name: rng.integers(0, 9, events).astype(np.int32)
            if name in whole
            else rng.uniform(size=events)
            for name in names
        }
    )


def test_the_cross_section_of_events_is_that_after_filters() -> None:
    cross_section = CrossSection(200.0, 2.0, 1000, 100, 25, {})
    columns = event_collection(event_info(3), cross_section).columns
    assert columns["CrossSection"].tolist() == [50.0] * 3
    assert columns["CrossSectionError"].tolist() == [0.5] * 3


def test_a_block_without_events_has_its_branches(
    ttbar: Collections, provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    path = tmp_path / "empty.root"
    empty = {
        name: Collection(
            np.zeros(1, np.int64), {key: values[:0] for key, values in collection.columns.items()}
        )
        for name, collection in ttbar.items()
    }
    write_block(path, empty, provenance(0))
    with uproot.open(path) as file:
        assert file["Delphes"].num_entries == 0
        assert "FatJet/FatJet.Tau_5" in file["Delphes"]
        assert len(file["Delphes/Jet/Jet.PT"].array()) == 0


def test_the_file_says_where_it_comes_from(
    written: Path, provenance: Callable[..., Provenance]
) -> None:
    assert read_provenance(written) == provenance(300)


def changed(collections: Collections, name: str, **columns: Any) -> dict[str, Collection]:
    collection = collections[name]
    kept = {key: value for key, value in collection.columns.items() if key not in columns}
    new = {key: value for key, value in columns.items() if value is not None}
    return {**collections, name: replace(collection, columns=kept | new)}


def test_what_does_not_fit_is_named(
    ttbar: Collections, provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    path = tmp_path / "bad.root"
    jets = len(ttbar["Jet"].columns["PT"])
    offsets = ttbar["Jet"].offsets
    twice = Collection(np.arange(301) * 2, {"HT": np.ones(600)})
    for collections, message in (
        (changed(ttbar, "Jet", BTag=None), r"Jet: the columns BTag are missing"),
        (changed(ttbar, "Jet", PT=np.ones(3)), rf"Jet\.PT has the shape \(3,\); \({jets},\)"),
        (changed(ttbar, "Jet", **{"Tau[5]": np.ones((jets, 4))}), r"shape \(\d+, 4\); \(\d+, 5\)"),
        (changed(ttbar, "Jet", BTag=np.full(jets, -1)), r"Jet\.BTag holds int64 numbers"),
        (changed(ttbar, "Jet", BTag=np.ones(jets)), r"Jet\.BTag holds float64 numbers"),
        (changed(ttbar, "Jet", Name=np.full(jets, "j")), r"Jet\.Name holds"),
        ({**ttbar, "Jets": ttbar["Jet"]}, r"'Jets' is no collection .*'Jet'"),
        ({**ttbar, "Jet": Collection(offsets[:-1], {})}, r"Jet has 299 events; the block has 300"),
        ({**ttbar, "ScalarHT": twice}, r"ScalarHT: event 0 has 2 objects"),
        ({"Jet": ttbar["Jet"]}, r"'Event' is missing"),
    ):
        with pytest.raises(CollectionError, match=message):
            write_block(path, collections, provenance(300))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_an_error_of_the_disk(
    ttbar: Collections, provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    with pytest.raises(DiskError, match="cannot be written"):
        write_block(tmp_path / "no" / "such.root", ttbar, provenance(300))


def test_nothing_of_it_warns(written: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events = NanoEventsFactory.from_root(
            {str(written): "Delphes"}, schemaclass=DelphesSchema, mode="eager"
        ).events()
    assert len(events) == 300
