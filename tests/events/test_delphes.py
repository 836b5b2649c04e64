from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import DelphesSchema, NanoEventsFactory
from coffea.processor import IterativeExecutor, ProcessorABC, Runner

from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import open_events, open_tree, reader_for
from bumpcast.events.delphes import DelphesEventsSchema
from bumpcast.events.errors import MissingBranchError

FORMAT = DelphesFormat(b_tag_bit=0, weight="Event.Weight", large_jets="FatJet")


def read(work: WorkItem, fmt: DelphesFormat) -> ak.Array:
    reader = reader_for(fmt)
    return reader.record(open_events(work, fmt, columns=reader.columns))


def test_the_record_holds_what_the_branches_hold(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    path = quickstart / "ttbar.root"
    record = read(item(path, start=100, stop=900), FORMAT)
    with uproot.open(path) as file:
        arrays = {
            key.split("/")[-1]: branch.array(entry_start=100, entry_stop=900)
            for key, branch in file["Delphes"].iteritems()
            if key.endswith((".PT", ".Eta", ".Phi", ".Mass", ".MET", ".Charge", "Jet.BTag"))
        }
    for name, collection in (
        ("electron", "Electron"),
        ("muon", "Muon"),
        ("photon", "Photon"),
        ("jet", "Jet"),
        ("large_jet", "FatJet"),
    ):
        for field, source in (("pt", "PT"), ("eta", "Eta"), ("phi", "Phi")):
            assert ak.all(record[name][field] == arrays[f"{collection}.{source}"])
    # a rounding below zero is zero
    assert ak.min(arrays["Jet.Mass"]) > -0.5
    assert ak.all(record.jet.mass == np.maximum(arrays["Jet.Mass"], 0))
    assert ak.all(record.muon.charge == arrays["Muon.Charge"])
    assert ak.all(record.jet.btag == (arrays["Jet.BTag"] & 1 == 1))
    assert ak.all(record.met.pt == arrays["MissingET.MET"][:, 0])
    assert ak.all(record.met.phi == arrays["MissingET.Phi"][:, 0])
    assert np.all(record.weight == 1)


def test_the_record_is_flat_float64(quickstart: Path, item: Callable[..., WorkItem]) -> None:
    record = read(item(quickstart / "ttbar.root", start=7, stop=107), FORMAT)
    lists_of_objects = ["electron", "muon", "photon", "jet", "large_jet"]
    assert record.fields == [*lists_of_objects, "met", "weight", "entry"]
    assert record.entry.tolist() == list(range(7, 107))
    for name in lists_of_objects:
        lists = record.layout[name]
        assert isinstance(lists, ak.contents.ListOffsetArray)
        assert lists.offsets.dtype == np.int64
        assert lists.offsets[0] == 0
        assert len(lists) == 100
        assert lists.content.parameters["__record__"] == "Momentum4D"
        assert len(lists.content) == lists.offsets[-1]
        for field in ("pt", "eta", "phi", "mass"):
            values = lists.content[field].data
            assert values.dtype == np.float64
            assert values.flags.c_contiguous
    assert record.layout["jet"].content["btag"].data.dtype == np.bool_


def test_leptons_have_their_masses_and_lists_are_vectors(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    record = read(item(quickstart / "zprime_ll_400.root"), FORMAT)
    assert np.all(ak.flatten(record.electron.mass) == 0.000511)
    assert np.all(ak.flatten(record.muon.mass) == 0.10566)
    assert np.all(ak.flatten(record.photon.mass) == 0)
    pairs = record.muon[ak.num(record.muon) == 2]
    masses = (pairs[:, 0] + pairs[:, 1]).mass
    assert 350 < np.median(masses) < 450


def test_large_jets_are_absent_unless_they_are_named(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    fmt = FORMAT.model_copy(update={"large_jets": None})
    assert "large_jet" not in read(item(quickstart / "ttbar.root"), fmt).fields
    assert not any("FatJet" in key for key in reader_for(fmt).columns(_keys(quickstart)))


@pytest.mark.parametrize("groomed", ["SoftDroppedP4", "TrimmedP4", "PrunedP4"])
def test_the_groomed_mass_is_that_of_the_first_vector(
    quickstart: Path, item: Callable[..., WorkItem], groomed: str
) -> None:
    path = quickstart / "qcd_pt300.root"
    record = read(item(path), FORMAT.model_copy(update={"large_jet_mass": groomed}))
    with uproot.open(path) as file:
        vectors = file[f"Delphes/FatJet/FatJet.{groomed}[5]"].array()[..., 0]
    squared = vectors.fE**2 - vectors.fP.fX**2 - vectors.fP.fY**2 - vectors.fP.fZ**2
    expected = np.sqrt(np.maximum(ak.to_numpy(ak.flatten(squared)), 0))
    assert np.allclose(ak.flatten(record.large_jet.mass), expected, rtol=1e-12, atol=1e-4)
    assert ak.min(record.large_jet.mass) >= 0


@pytest.mark.parametrize("weight", ["Event.Weight", "Weight.Weight", "none"])
def test_weights_alone_are_the_weights_of_the_record(
    quickstart: Path, item: Callable[..., WorkItem], weight: str
) -> None:
    fmt = FORMAT.model_copy(update={"weight": weight})
    work = item(quickstart / "ttbar.root")
    weights = reader_for(fmt).generator_weights(open_tree(work), 5, 50)
    assert weights.dtype == np.float64
    assert np.array_equal(weights, ak.to_numpy(read(work, fmt).weight)[5:50])


def test_the_bit_of_the_b_tag_is_the_one_that_is_asked_for(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = item(quickstart / "ttbar.root")
    assert ak.any(read(work, FORMAT).jet.btag)
    assert not ak.any(read(work, FORMAT.model_copy(update={"b_tag_bit": 5})).jet.btag)


def _keys(quickstart: Path) -> list[str]:
    with uproot.open(quickstart / "ttbar.root") as file:
        return list(file["Delphes"].keys())


@pytest.mark.parametrize(
    ("change", "remove", "message"),
    [
        ({}, "Jet/Jet.BTag", r"no branch 'Jet\.BTag'.*'jets'.*Did you mean .*'Jet\.BTagPhys'"),
        ({"large_jets": "AK8"}, None, "no branch 'AK8'.*'large_jets'"),
        ({"photons": "Photons"}, None, "no branch 'Photons'.*'photons'.*Did you mean 'Photon'"),
        ({"weight": "Weight.Weight"}, "Weight/Weight.Weight", r"no branch 'Weight\.Weight'"),
    ],
)
def test_a_missing_branch_is_named_with_its_key(
    quickstart: Path, change: dict[str, Any], remove: str | None, message: str
) -> None:
    keys = [key for key in _keys(quickstart) if key != remove]
    reader = reader_for(FORMAT.model_copy(update=change))
    with pytest.raises(MissingBranchError, match=message):
        reader.columns(keys)


def test_the_missing_momentum_of_the_schema_is_right(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    events = open_events(item(quickstart / "dy_m100.root"), FORMAT)
    assert ak.all(ak.materialize(events.MissingET.pt) == ak.materialize(events.MissingET.MET))


def test_references_can_be_materialised(quickstart: Path, item: Callable[..., WorkItem]) -> None:
    events = open_events(item(quickstart / "zprime_ll_400.root"), FORMAT)
    assert "fBits" not in events.Muon.fields
    assert len(ak.materialize(events.Muon)) == 400


def _form(branches: dict[str, str]) -> dict[str, Any]:
    """A base form as coffea makes it: lists, or numbers for the sizes."""
    contents = []
    for key, kind in branches.items():
        form: dict[str, Any] = {
            "class": "NumpyArray",
            "primitive": "float32" if kind == "list" else "int32",
            "form_key": f"{key}%2C%21load",
            "parameters": {"__doc__": key},
        }
        if kind == "list":
            form["form_key"] += "%2C%21content"
            form = {
                "class": "ListOffsetArray",
                "offsets": "i64",
                "content": form,
                "form_key": f"{key}%2C%21load",
            }
        contents.append(form)
    return {
        "class": "RecordArray",
        "fields": list(branches),
        "contents": contents,
        "parameters": {"__doc__": "", "metadata": {}},
        "form_key": None,
    }


def test_old_files_without_a_track_mass_open() -> None:
    fields = ("PT", "Eta", "Phi")
    branches = {f"Track/Track.{field}": "list" for field in fields} | {"Track_size": "number"}
    with pytest.raises(KeyError, match="Mass"):
        DelphesSchema(_form(branches))
    form = DelphesEventsSchema(_form(branches)).form
    track = form["contents"][form["fields"].index("Track")]
    assert track["content"]["fields"] == list(fields)
    assert track["content"]["parameters"]["__record__"] == "NanoCollection"


def test_a_branch_without_a_size_stays_as_it_is() -> None:
    branches = {"Jet_size": "number", "Jet/Jet.PT": "list", "RunNumber": "number"}
    with pytest.raises(KeyError):
        DelphesSchema(_form(branches))
    form = DelphesEventsSchema(_form(branches)).form
    assert form["contents"][form["fields"].index("RunNumber")]["class"] == "NumpyArray"


class Sum(ProcessorABC):  # type: ignore[misc]
    def __init__(self, fmt: DelphesFormat) -> None:
        self.fmt = fmt

    def process(self, events: ak.Array) -> dict[str, float]:
        record = reader_for(self.fmt).record(events)
        return {"events": len(record), "pt": float(ak.sum(record.jet.pt))}

    def postprocess(self, accumulator: Any) -> Any:
        return accumulator


@pytest.mark.parametrize("schema", [DelphesSchema, DelphesEventsSchema])
def test_coffeas_own_runner_gives_the_same(
    quickstart: Path, item: Callable[..., WorkItem], schema: type
) -> None:
    path = str(quickstart / "ttbar.root")
    runner = Runner(IterativeExecutor(status=False), schema=schema, chunksize=700)
    items = list(runner.preprocess({"tt": {"files": {path: "Delphes"}}}))
    output = runner(items, Sum(FORMAT))
    record = read(item(path), FORMAT)
    assert output["events"] == len(record)
    assert output["pt"] == pytest.approx(ak.sum(record.jet.pt), rel=1e-12)


def test_events_of_coffeas_factory_give_the_same(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    path = str(quickstart / "zprime_ll_400.root")
    events = NanoEventsFactory.from_root({path: "Delphes"}, schemaclass=DelphesSchema).events()
    fmt = FORMAT.model_copy(update={"large_jet_mass": "TrimmedP4"})
    assert reader_for(fmt).record(events).tolist() == read(item(path), fmt).tolist()
