from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import NanoEventsFactory, PHYSLITESchema
from coffea.nanoevents.mapping import SimplePreloadedColumnSource

from bumpcast.config.formats import PhysliteFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import open_events, open_tree, reader_for
from bumpcast.events.errors import MissingBranchError, UnsupportedLayoutError

TAGS = "BTagging_AntiKt4EMPFlowAuxDyn.DL1dv01_pb"
LINK = "AnalysisJetsAuxDyn.btaggingLink/AnalysisJetsAuxDyn.btaggingLink.m_persIndex"
FORMAT = PhysliteFormat(b_tag_branch=TAGS, b_tag_working_point=0.5, weight="EventInfo")
READER = reader_for(FORMAT)


@pytest.fixture
def columns() -> dict[str, ak.Array]:
    """Three events with the branches of PHYSLITE, in MeV."""
    momentum = {
        "pt": ak.Array([[50e3], [], [40e3, 30e3]]),
        "eta": ak.Array([[0.1], [], [1.0, -1.0]]),
        "phi": ak.Array([[3.0], [], [0.0, 1.0]]),
    }
    found = {
        f"Analysis{collection}AuxDyn.{field}": values
        for collection in ("Electrons", "Muons", "Photons", "Jets")
        for field, values in momentum.items()
    }
    charge = ak.Array([[1.0], [], [-1.0, 1.0]])
    names = ak.Array([["RefEle", "Final"], ["Final"], ["RefEle", "RefJet", "Final"]])
    return found | {
        "AnalysisElectronsAuxDyn.charge": charge,
        "AnalysisMuonsAuxDyn.charge": charge,
        "AnalysisJetsAuxDyn.m": ak.Array([[5e3], [], [4e3, 3e3]]),
        TAGS: ak.Array([[0.9], [], [0.1, 0.6]]),
        "MET_Core_AnalysisMETAuxDyn.name": names,
        "MET_Core_AnalysisMETAuxDyn.mpx": ak.Array([[1e3, 30e3], [5e3], [1e3, 2e3, -3e3]]),
        "MET_Core_AnalysisMETAuxDyn.mpy": ak.Array([[2e3, 40e3], [12e3], [1e3, 2e3, 4e3]]),
        "EventInfoAuxDyn.mcEventWeights": ak.Array([[0.5, 9.0], [2.0], [1.0]]),
    }


def events_of(columns: dict[str, ak.Array]) -> ak.Array:
    source = SimplePreloadedColumnSource(columns, "uuid", 3, "/CollectionTree")
    factory = NanoEventsFactory.from_preloaded(
        source, schemaclass=PHYSLITESchema, metadata={"filename": "physlite.root"}
    )
    return factory.events()


def test_the_record_is_in_gev(columns: dict[str, ak.Array]) -> None:
    record = READER.record(events_of(columns))
    assert record.electron.pt.tolist() == [[50.0], [], [40.0, 30.0]]
    assert record.muon.charge.tolist() == [[1.0], [], [-1.0, 1.0]]
    assert np.all(ak.flatten(record.electron.mass) == 0.000511)
    assert record.photon.eta.tolist() == [[0.1], [], [1.0, -1.0]]
    assert record.jet.mass.tolist() == [[5.0], [], [4.0, 3.0]]
    assert record.jet.btag.tolist() == [[True], [], [False, True]]
    assert np.allclose(record.met.pt, [50.0, 13.0, 5.0], rtol=1e-12)
    assert np.allclose(record.met.phi, np.arctan2([40, 12, 4], [30, 5, -3]), rtol=1e-12)
    assert record.weight.tolist() == [0.5, 2.0, 1.0]


def test_another_term_of_the_missing_momentum(columns: dict[str, ak.Array]) -> None:
    name = "MET_Core_AnalysisMETAuxDyn.name"
    columns[name] = ak.Array([["Final", "Muons"], ["Muons"], ["Final", "Muons", "RefEle"]])
    fmt = FORMAT.model_copy(update={"missing_energy_term": "Muons"})
    record = reader_for(fmt).record(events_of(columns))
    assert np.allclose(record.met.pt, [50.0, 13.0, np.hypot(2, 2)])


def test_a_missing_term_is_named_with_those_there_are(columns: dict[str, ak.Array]) -> None:
    fmt = FORMAT.model_copy(update={"missing_energy_term": "RefEles"})
    with pytest.raises(MissingBranchError, match=r"'RefEles'.*event 0.*Did you mean 'RefEle'"):
        reader_for(fmt).record(events_of(columns))


def test_b_tags_follow_the_links_of_the_jets(columns: dict[str, ak.Array]) -> None:
    prefix = "AnalysisJetsAuxDyn.btaggingLink.m_pers"
    columns[f"{prefix}Index"] = ak.Array([[0], [], [1, 0]])
    columns[f"{prefix}Key"] = ak.Array([[7], [], [7, 7]])
    assert READER.record(events_of(columns)).jet.btag.tolist() == [[True], [], [True, False]]
    columns[f"{prefix}Index"] = ak.Array([[0], [], [1, 2]])
    with pytest.raises(UnsupportedLayoutError, match="points outside"):
        READER.record(events_of(columns))


def test_b_tags_that_fit_no_jet_are_an_error(columns: dict[str, ak.Array]) -> None:
    columns[TAGS] = ak.Array([[0.9], [0.2], [0.1, 0.6]])
    with pytest.raises(UnsupportedLayoutError, match="does not hold one value a jet"):
        READER.record(events_of(columns))


def test_columns_are_found_below_their_parents(columns: dict[str, ak.Array]) -> None:
    keys = [*columns, LINK, "AnalysisTauJetsAuxDyn.pt"]
    assert READER.columns(keys) == frozenset({*columns, LINK})
    with pytest.raises(MissingBranchError, match=r"'Electrons\.charge'.*'electrons'"):
        READER.columns([key for key in keys if key != "AnalysisElectronsAuxDyn.charge"])
    with pytest.raises(MissingBranchError, match="'b_tag_branch'"):
        READER.columns([key for key in keys if key != TAGS])


def test_a_file_is_read_up_to_what_it_lacks(
    columns: dict[str, ak.Array],
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
) -> None:
    # uproot writes no vectors of strings, so the file cannot have the names of the terms
    name = "MET_Core_AnalysisMETAuxDyn.name"
    written: dict[str, Any] = {key: value for key, value in columns.items() if key != name}
    path = write_events(written, "CollectionTree")
    work = item(path, "CollectionTree")
    with pytest.raises(MissingBranchError, match=r"'MET_Core_MET\.name'"):
        open_events(work, FORMAT, columns=READER.columns)
    chosen = ["AnalysisJetsAuxDyn.pt", "AnalysisJetsAuxDyn.m"]
    events = open_events(work, FORMAT, columns=chosen)
    assert events.Jets.m.tolist() == [[5e3], [], [4e3, 3e3]]
    assert READER.generator_weights(open_tree(work), 0, 3).tolist() == [0.5, 2.0, 1.0]


FILE = Path(__file__).parents[1] / "data" / "physlite_layout.root"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("start", "stop"), [(0, 40), (5, 40), (7, 31)])
@pytest.mark.parametrize("tags", [TAGS, "AnalysisJetsAuxDyn.DL1dv01_pb"])
def test_a_file_that_root_wrote(at_once: bool, start: int, stop: int, tags: str) -> None:
    fmt = FORMAT.model_copy(update={"b_tag_branch": tags, "large_jets": "LargeRJets"})
    reader = reader_for(fmt)
    item = WorkItem("sample", str(FILE), "CollectionTree", start, stop, "")
    record = reader.record(open_events(item, fmt, columns=reader.columns if at_once else None))
    with uproot.open(FILE) as file:
        tree = file["CollectionTree"]
        plain = tree.arrays(filter_branch=lambda branch: "Link" not in branch.name)[start:stop]
    for name, collection in (
        ("electron", "Electrons"),
        ("jet", "Jets"),
        ("large_jet", "LargeRJets"),
    ):
        pt, eta = (plain[f"Analysis{collection}AuxDyn.{field}"] for field in ("pt", "eta"))
        assert ak.all(record[name].pt == ak.values_astype(pt, np.float64) * 1e-3)
        assert ak.all(record[name].eta == eta)
    assert ak.all(record.jet.btag == (plain["AnalysisJetsAuxDyn.DL1dv01_pb"] > 0.5))
    assert record.weight.tolist() == plain["EventInfoAuxDyn.mcEventWeights"][:, 0].tolist()
    final = [names.index("Final") for names in plain["MET_Core_AnalysisMETAuxDyn.name"].to_list()]
    x, y = (plain[f"MET_Core_AnalysisMETAuxDyn.mp{axis}"] for axis in "xy")
    expected = np.hypot(*(np.array([e[i] for e, i in zip(c, final, strict=True)]) for c in (x, y)))
    assert np.allclose(record.met.pt, expected * 1e-3, rtol=1e-12)
