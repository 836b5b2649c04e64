from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

from bumpcast.config.formats import NanoAODFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import open_events, reader_for
from bumpcast.events.errors import BadEventError
from bumpcast.events.record import Lists, first_of_each

FORMAT = NanoAODFormat(
    missing_energy="MET", b_tag_discriminator="btagB", b_tag_working_point=0.5, weight="genWeight"
)
Columns = dict[str, Any]


def test_good_events_pass(
    nanoaod_events: Columns, write_events: Callable[..., Path], item: Callable[..., WorkItem]
) -> None:
    events = open_events(item(write_events(nanoaod_events), "Events"), FORMAT)
    record = reader_for(FORMAT).record(events)
    assert record.jet.btag.tolist() == [[True], [], [False, True], [False]]
    assert record.weight.tolist() == [1.0, 2.0, -1.0, 1.5]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("collection", "field"),
    [
        ("Electron", "pt"),
        ("Muon", "eta"),
        ("Photon", "phi"),
        ("Jet", "mass"),
        ("MET_pt", None),
        ("MET_phi", None),
        ("genWeight", None),
    ],
)
def test_a_value_that_is_not_finite_fails_with_its_place(
    nanoaod_events: Columns,
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
    collection: str,
    field: str | None,
    value: float,
) -> None:
    if field is None:
        nanoaod_events[collection][2] = value
    else:
        lists = nanoaod_events[collection][field].tolist()
        lists[2][1] = value
        nanoaod_events[collection] = nanoaod_events[collection] | {field: ak.Array(lists)}
    path = write_events(nanoaod_events)
    # the range begins later, and the entry is still that of the file
    events = open_events(item(path, "Events", start=1), FORMAT)
    with pytest.raises(
        BadEventError, match=f"entry 2 of the file.*is not finite .{value}."
    ) as caught:
        reader_for(FORMAT).record(events)
    message = str(caught.value)
    assert str(path) in message
    assert collection.split("_")[0] in message
    assert "1 of the entries 1 to 4" in message
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("collection", "field", "value", "message"),
    [
        ("Jet", "pt", -3.0, r"Jet: pt is negative \(-3"),
        ("Jet", "mass", -20.0, r"Jet: mass is negative \(-20"),
        ("MET_pt", None, -1.0, r"MET: pt is negative \(-1"),
    ],
)
def test_negative_momenta_and_masses_fail(
    nanoaod_events: Columns,
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
    collection: str,
    field: str | None,
    value: float,
    message: str,
) -> None:
    if field is None:
        nanoaod_events[collection][0] = value
    else:
        lists = nanoaod_events[collection][field].tolist()
        lists[0][0] = value
        nanoaod_events[collection] = nanoaod_events[collection] | {field: ak.Array(lists)}
    events = open_events(item(write_events(nanoaod_events), "Events"), FORMAT)
    with pytest.raises(BadEventError, match=message):
        reader_for(FORMAT).record(events)


def test_a_mass_a_rounding_below_zero_is_zero(
    nanoaod_events: Columns, write_events: Callable[..., Path], item: Callable[..., WorkItem]
) -> None:
    masses = ak.Array([[-0.01], [], [4.0, 3.0], [2.0]])
    nanoaod_events["Jet"] = nanoaod_events["Jet"] | {"mass": masses}
    events = open_events(item(write_events(nanoaod_events), "Events"), FORMAT)
    record = reader_for(FORMAT).record(events)
    assert record.jet.mass.tolist() == [[0.0], [], [4.0, 3.0], [2.0]]


def test_bad_events_are_left_out_and_counted_if_asked(
    nanoaod_events: Columns,
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
    caplog: pytest.LogCaptureFixture,
) -> None:
    nanoaod_events["MET_pt"][0] = np.nan
    lists = nanoaod_events["Jet"]["pt"].tolist()
    lists[2][0] = -5.0
    nanoaod_events["Jet"] = nanoaod_events["Jet"] | {"pt": ak.Array(lists)}
    events = open_events(item(write_events(nanoaod_events), "Events"), FORMAT)
    with caplog.at_level(logging.WARNING):
        record = reader_for(FORMAT).record(events, "skip")
    assert len(events) - len(record) == 2
    assert "2 of the entries 0 to 4" in caplog.text
    assert record.weight.tolist() == [2.0, 1.5]
    assert record.muon.pt.tolist() == [[], [20.0]]
    lists_of_jets = record.layout["jet"]
    assert isinstance(lists_of_jets, ak.contents.ListOffsetArray)
    assert lists_of_jets.offsets[0] == 0
    assert len(lists_of_jets.content) == lists_of_jets.offsets[-1]
    assert lists_of_jets.content.parameters["__record__"] == "Momentum4D"


def test_selection_of_objects_keeps_their_events() -> None:
    lists = Lists(np.array([0, 2, 2, 3]), {"pt": np.array([1.0, 2.0, 3.0])})
    kept = lists.select(np.array([False, True, True]))
    assert kept.offsets.tolist() == [0, 1, 1, 2]
    assert kept.columns["pt"].tolist() == [2.0, 3.0]


def test_first_of_each_marks_empty_lists() -> None:
    first, empty = first_of_each(np.array([0, 2, 2, 3]), np.array([1.0, 2.0, 3.0]))
    assert first.tolist() == [1.0, 0.0, 3.0]
    assert empty.tolist() == [False, True, False]
