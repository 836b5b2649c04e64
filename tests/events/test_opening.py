from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import awkward as ak
import pytest

from bumpcast.config.formats import DelphesFormat, NanoAODFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import open_events, reader_for
from bumpcast.events import opening as opening_module
from bumpcast.events.errors import MissingBranchError

DELPHES = DelphesFormat(b_tag_bit=0, weight="Event.Weight")
NANOAOD = NanoAODFormat(
    missing_energy="MET", b_tag_discriminator="btagB", b_tag_working_point=0.5, weight="genWeight"
)


def test_metadata_says_what_the_events_are(quickstart: Path, item: Callable[..., WorkItem]) -> None:
    work = item(quickstart / "ttbar.root", start=10, stop=30)
    for columns in (None, reader_for(DELPHES).columns, ["Jet/Jet.PT"]):
        events = open_events(work, DELPHES, columns=columns)
        assert len(events) == 20
        assert {key: events.metadata[key] for key in ("entrystart", "entrystop", "treename")} == {
            "entrystart": 10,
            "entrystop": 30,
            "treename": "Delphes",
        }
        assert events.metadata["dataset"] == "sample"
        assert events.metadata["filename"] == work.filename
        assert events.metadata["fileuuid"] == work.fileuuid


def test_chosen_columns_are_all_there_is(quickstart: Path, item: Callable[..., WorkItem]) -> None:
    work = item(quickstart / "ttbar.root")
    events = open_events(work, DELPHES, columns=["Jet/Jet.PT", "Jet/Jet.BTag"])
    assert "Muon" not in events.fields
    assert {"PT", "BTag"} <= set(events.Jet.fields)
    everything = open_events(work, DELPHES)
    assert ak.all(events.Jet.PT == everything.Jet.PT)
    # the four-vector works all the same
    assert ak.all(events.Jet.mass == everything.Jet.Mass)


def test_a_form_is_built_once_for_all_files_of_a_layout(
    quickstart: Path, item: Callable[..., WorkItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "_forms", {})
    reader = reader_for(DELPHES)
    for path in sorted(quickstart.glob("*.root")):
        open_events(item(path), DELPHES, columns=reader.columns)
    assert len(opening_module._forms) == 1


def test_metadata_of_one_work_item_does_not_leak_into_another(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = item(quickstart / "ttbar.root", start=0, stop=10)
    first = open_events(work, DELPHES)
    open_events(item(quickstart / "qcd_pt300.root"), DELPHES)
    assert first.metadata["filename"].endswith("ttbar.root")


def test_a_column_that_does_not_exist_is_named(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = item(quickstart / "ttbar.root")
    with pytest.raises(MissingBranchError, match=r"ttbar\.root, tree 'Delphes'.*'Jet/Jet\.PT'"):
        open_events(work, DELPHES, columns=["Jet/Jet.Pt"])


def test_branches_of_one_name_but_another_type_have_their_own_form(
    nanoaod_events: dict[str, object],
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
) -> None:
    reader = reader_for(NANOAOD)
    float64 = write_events(nanoaod_events, name="float64.root")
    jets = dict(nanoaod_events["Jet"])  # type: ignore[call-overload]
    jets["pt"] = ak.values_astype(jets["pt"], "float32")
    float32 = write_events(nanoaod_events | {"Jet": jets}, name="float32.root")
    records = [
        reader.record(open_events(item(path, "Events"), NANOAOD, columns=reader.columns))
        for path in (float64, float32)
    ]
    assert records[0].tolist() == records[1].tolist()


def test_an_empty_range_is_no_error(quickstart: Path, item: Callable[..., WorkItem]) -> None:
    reader = reader_for(DELPHES)
    work = item(quickstart / "ttbar.root", start=5, stop=5)
    assert len(reader.record(open_events(work, DELPHES, columns=reader.columns))) == 0
