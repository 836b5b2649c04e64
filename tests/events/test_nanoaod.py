from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import NanoEventsFactory

from bumpcast.config.formats import NanoAODFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import open_events, open_tree, reader_for
from bumpcast.events.errors import MissingBranchError, UnsupportedLayoutError

V9 = NanoAODFormat(
    missing_energy="MET",
    b_tag_discriminator="btagDeepFlavB",
    b_tag_working_point=0.25,
    large_jets="FatJet",
    weight="genWeight",
)
V15 = V9.model_copy(
    update={
        "missing_energy": "PuppiMET",
        "b_tag_discriminator": "btagUParTAK4B",
        "large_jet_mass": "msoftdrop",
    }
)


def read(work: WorkItem, fmt: NanoAODFormat) -> ak.Array:
    reader = reader_for(fmt)
    return reader.record(open_events(work, fmt, columns=reader.columns))


@pytest.mark.parametrize(("name", "fmt"), [("nanoaod_v9", V9), ("nanoaod_v15", V15)])
def test_the_record_holds_what_the_branches_hold(
    data: Path, item: Callable[..., WorkItem], name: str, fmt: NanoAODFormat
) -> None:
    path = data / f"{name}.root"
    record = read(item(path, "Events", start=10), fmt)
    with uproot.open(path) as file:
        arrays = file["Events"].arrays(entry_start=10)
    for kind, collection in (
        ("electron", "Electron"),
        ("muon", "Muon"),
        ("photon", "Photon"),
        ("jet", "Jet"),
        ("large_jet", "FatJet"),
    ):
        for field in ("pt", "eta", "phi"):
            assert ak.all(record[kind][field] == arrays[f"{collection}_{field}"])
    assert ak.all(record.large_jet.mass == np.maximum(arrays[f"FatJet_{fmt.large_jet_mass}"], 0))
    assert ak.all(record.jet.btag == (arrays[f"Jet_{fmt.b_tag_discriminator}"] > 0.25))
    assert ak.all(record.met.pt == arrays[f"{fmt.missing_energy}_pt"])
    assert ak.all(record.weight == arrays["genWeight"])
    assert np.all(ak.flatten(record.muon.mass) == 0.10566)


def test_some_jets_are_b_tagged(data: Path, item: Callable[..., WorkItem]) -> None:
    tags = read(item(data / "nanoaod_v15.root", "Events"), V15).jet.btag
    assert 0 < ak.sum(tags) < ak.count(tags)


def test_a_discriminator_that_was_never_filled_is_warned_of(
    data: Path, item: Callable[..., WorkItem], caplog: pytest.LogCaptureFixture
) -> None:
    # as it was published: -3000 throughout
    record = read(item(data / "nanoaod_v9.root", "Events"), V9)
    assert not ak.any(record.jet.btag)
    assert "Jet_btagDeepFlavB is -3000 for all" in caplog.text


@pytest.mark.parametrize(("name", "fmt"), [("nanoaod_v9", V9), ("nanoaod_v15", V15)])
def test_lazy_events_and_those_of_coffea_give_the_same(
    data: Path, item: Callable[..., WorkItem], name: str, fmt: NanoAODFormat
) -> None:
    work = item(data / f"{name}.root", "Events")
    reader = reader_for(fmt)
    expected = read(work, fmt).tolist()
    assert reader.record(open_events(work, fmt)).tolist() == expected
    factory = NanoEventsFactory.from_root({work.filename: "Events"}, schemaclass=reader.schema)
    assert reader.record(factory.events()).tolist() == expected


@pytest.mark.parametrize(
    ("kind", "field", "least"),
    [
        ("electron", "cutBased", 2.0),
        ("electron", "mvaIso_WP90", 1.0),
        ("muon", "tightId", 1.0),
        ("photon", "cutBased", 1.0),
    ],
)
def test_identification_takes_flags_and_whole_numbers(
    data: Path, item: Callable[..., WorkItem], kind: str, field: str, least: float
) -> None:
    path = data / "nanoaod_v15.root"
    fmt = V15.model_copy(
        update={f"{kind}_identification": field, f"{kind}_identification_min": least}
    )
    record = read(item(path, "Events"), fmt)
    with uproot.open(path) as file:
        collection = kind.capitalize()
        arrays = file["Events"].arrays([f"{collection}_pt", f"{collection}_{field}"])
    expected = arrays[f"{collection}_pt"][arrays[f"{collection}_{field}"] >= least]
    assert ak.count(expected) < ak.count(arrays[f"{collection}_pt"])
    assert record[kind].pt.tolist() == expected.tolist()


def test_identification_of_jets_keeps_their_b_tags(
    data: Path, item: Callable[..., WorkItem]
) -> None:
    fmt = V9.model_copy(update={"jet_identification": "jetId", "jet_identification_min": 2.0})
    path = data / "nanoaod_v9.root"
    jets = read(item(path, "Events"), fmt).jet
    with uproot.open(path) as file:
        arrays = file["Events"].arrays(["Jet_jetId", "Jet_btagDeepFlavB"])
    expected = (arrays.Jet_btagDeepFlavB > 0.25)[arrays.Jet_jetId >= 2]
    assert jets.btag.tolist() == expected.tolist()


def test_only_configured_branches_are_needed(data: Path, item: Callable[..., WorkItem]) -> None:
    reader = reader_for(V9.model_copy(update={"large_jets": None, "weight": "none"}))
    tree = open_tree(item(data / "nanoaod_v9.root", "Events"))
    columns = reader.columns(tree.keys())
    assert not any(key.startswith("FatJet") for key in columns)
    assert "genWeight" not in columns
    assert "Jet_jetId" not in columns


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"missing_energy": "MET"},
            r"no missing momentum 'MET'.*There are: 'PFMET', 'PuppiMET', 'RawPFMET'",
        ),
        (
            {"b_tag_discriminator": "btagDeepB"},
            r"no branch 'Jet\.btagDeepB'.*'b_tag_discriminator'.*'Jet\.btagDeepFlavB'",
        ),
        ({"large_jet_mass": "msofdrop"}, r"'large_jet_mass'.*'FatJet\.msoftdrop'"),
        ({"jets": "Jets"}, r"no branch 'Jets'.*'jets'.*'Jet'"),
        ({"jet_identification": "jetId"}, r"no branch 'Jet\.jetId'.*'jet_identification'"),
        ({"weight": "genWeigt"}, r"'genWeigt'.*'weight'.*'genWeight'"),
    ],
)
def test_what_a_version_lacks_is_named_with_file_key_and_neighbours(
    data: Path, item: Callable[..., WorkItem], change: dict[str, Any], message: str
) -> None:
    path = data / "nanoaod_v15.root"
    with pytest.raises(MissingBranchError, match=message) as caught:
        read(item(path, "Events"), V15.model_copy(update=change))
    assert str(path) in str(caught.value)
    assert "'Events'" in str(caught.value)


def test_a_missing_field_of_lazy_events_is_named(data: Path, item: Callable[..., WorkItem]) -> None:
    work = item(data / "nanoaod_v15.root", "Events")
    events = open_events(work, V15)
    fmt = V15.model_copy(update={"b_tag_discriminator": "btagDeepB"})
    with pytest.raises(MissingBranchError, match=r"v15\.root.*'Jet\.btagDeepB'"):
        reader_for(fmt).record(events)


def test_a_list_where_one_value_belongs_is_an_error(
    nanoaod_events: dict[str, Any],
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
) -> None:
    nanoaod_events["Gen"] = {"weights": ak.Array([[1.0], [], [1.0, 2.0], [1.0]])}
    path = write_events(nanoaod_events)
    fmt = V9.model_copy(
        update={"b_tag_discriminator": "btagB", "large_jets": None, "weight": "nothing"}
    )
    events = open_events(item(path, "Events"), fmt)
    with pytest.raises(MissingBranchError, match="'nothing'"):
        reader_for(fmt).record(events)
    one_each = nanoaod_events | {"Muon_pt": np.ones(4)}
    del one_each["Muon"]
    one_each |= {f"Muon_{field}": np.ones(4) for field in ("eta", "phi", "charge")}
    path = write_events(one_each, name="one.root")
    with pytest.raises(UnsupportedLayoutError, match=r"Muon\.pt holds one value an event"):
        reader_for(fmt).record(open_events(item(path, "Events"), fmt))
