"""Truth records: against a plain loop over events, on Delphes's own and on made-up ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from bumpcast.surrogates.lifetime import proper_lengths
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.reading import trees as reading_trees
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpEventError
from bumpcast.surrogates.reading.truth import columns_needed, pairs_of_particles

FILE = Path(__file__).parents[2] / "data" / "delphes_higgs_to_llps.root"
NAMES = ("PID", "M1", "D1", "D2", "PT", "Eta", "Mass", "X", "Y", "Z")
Row = tuple[int, int, int, int, float, float, float, float, float, float]


def record(*events: list[Row]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return offsets and columns of events that are written as rows in the order of `NAMES`."""
    rows = [row for event in events for row in event]
    offsets = np.cumsum([0, *map(len, events)])
    columns = {}
    for number, name in enumerate(NAMES):
        kind = np.int32 if number < 4 else np.float32
        columns[name] = np.array([row[number] for row in rows], kind)
    return offsets, columns


def read(
    *events: list[Row], first: int = 0, source: str = "", **settings: Any
) -> tuple[LlpPairs, np.ndarray]:
    offsets, columns = record(*events)
    options = ReadOptions(**settings)
    numbers = np.arange(first, first + len(events))
    return pairs_of_particles(offsets, columns, options, numbers, source=source)


def decay(
    llp: int = 35, child: int = 5, *, at: int = 0, pt: float = 30.0, mother: int = -1
) -> list[Row]:
    """Return an LLP at rest along the beam and its two daughters, born at (3, 4, -12) mm."""
    return [
        (llp, mother, at + 1, at + 2, pt, 0.0, 20.0, 0.0, 0.0, 0.0),
        (child, at, -1, -1, 0.6 * pt, 0.5, 4.8, 3.0, 4.0, -12.0),
        (-child, at, -1, -1, 0.6 * pt, -0.5, 4.8, 3.0, 4.0, -12.0),
    ]


def plain(event: dict[str, list], llps: tuple[int, ...]) -> list[tuple[float, ...]]:
    """Return pt, eta, mass, |child|, Lxy and Lz of an event's LLPs: the slow way."""
    found = []
    for i, pid in enumerate(event["PID"]):
        if abs(pid) not in llps:
            continue
        first, last = event["D1"][i], event["D2"][i]
        daughters = []
        if 0 <= first < len(event["PID"]) and event["M1"][first] == i:
            daughters = [j for j in range(first, last + 1) if event["M1"][j] == i]
        if any(event["PID"][j] == pid for j in daughters):
            continue
        assert daughters
        birth = daughters[0]
        found.append(
            (
                event["PT"][i],
                event["Eta"][i],
                event["Mass"][i],
                min(abs(event["PID"][j]) for j in daughters),
                np.hypot(event["X"][birth], event["Y"][birth]) / 1000,
                abs(event["Z"][birth]) / 1000,
            )
        )
    return found


def test_delphess_own_record_is_read_as_a_plain_loop_reads_it():
    pairs = read_pairs(FILE, ReadOptions(more=("Event.Number",)))
    with uproot.open(FILE) as file:
        branches = {name: f"Particle/Particle.{name}" for name in NAMES}
        columns = {name: file["Delphes"][key].array() for name, key in branches.items()}
    events = ak.to_list(ak.zip(columns, depth_limit=1))
    expected = np.array([plain(event, (35,)) for event in events])
    found = (pairs.pt, pairs.eta, pairs.mass, pairs.child, pairs.lxy, pairs.lz)
    for number, column in enumerate(found):
        np.testing.assert_allclose(column, expected[:, :, number], rtol=1e-12)
    assert not pairs.copied.any()
    np.testing.assert_array_equal(pairs.weight, 1.0)
    np.testing.assert_array_equal(pairs.more["Event.Number"], np.arange(1, 151))


def test_the_lifetime_of_the_record_comes_back():
    lengths = proper_lengths(read_pairs(FILE))
    assert lengths.mean() == pytest.approx(1.5, abs=3 * 1.5 / np.sqrt(lengths.size))


def test_the_size_of_what_is_read_at_once_changes_nothing(monkeypatch):
    whole = read_pairs(FILE)
    monkeypatch.setattr(reading_trees, "AT_ONCE", 20_000)
    pieces = read_pairs(FILE)
    for name in ("pt", "eta", "mass", "child", "lxy", "lz", "weight", "copied"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))


def test_a_copy_is_not_the_particle():
    copies = [(35, -1, 1, 1, 10.0, 0.0, 20.0, 0, 0, 0), *decay(at=1, mother=0)]
    pairs, _ = read(copies)
    assert pairs.pt.tolist() == [[30.0, 30.0]]
    assert pairs.copied.all()
    assert pairs.lxy.tolist() == [[0.005, 0.005]]
    np.testing.assert_allclose(pairs.lz, 0.012)


def test_the_least_number_among_the_daughters_is_the_decay():
    three = decay(child=15, at=3)
    three[0] = (35, -1, 4, 6, *three[0][4:])
    three.append((-11, 3, -1, -1, 1.0, 0.0, 0.0, 3.0, 4.0, -12.0))
    pairs, _ = read([*decay(child=15), *decay(child=21, at=3)], [*decay(child=4), *three])
    assert pairs.child.tolist() == [[15, 21], [4, 11]]


def test_daughters_that_do_not_stand_side_by_side_are_found():
    event = decay()
    event.insert(2, (22, -1, -1, -1, 5.0, 0.0, 0.0, 1.0, 1.0, 1.0))
    event[0] = (35, -1, 3, 1, *event[0][4:])
    pairs, _ = read(event)
    assert pairs.child[0, 0] == 5
    assert pairs.lxy[0, 0] == pytest.approx(0.005)


def test_daughters_that_their_mother_does_not_name_are_looked_at():
    event = decay()
    event[0] = (35, -1, 700, 701, *event[0][4:])
    pairs, _ = read(event)
    assert pairs.lxy[0, 0] == pytest.approx(0.005)
    # Not a decay: the momentum along the beam is another one, or there are two places.
    elsewhere = [event[0], event[1], (*event[2][:7], 3.0, 4.0, 12.0)]
    forward = [event[0], event[1], (*event[2][:5], 2.5, *event[2][6:])]
    for wrong in (elsewhere, forward):
        with pytest.raises(LlpEventError, match="does not say what LLPs decay to"):
            read(wrong)


def test_a_stable_particle_needs_a_flavour_and_has_no_decay():
    stable = [(35, -1, -1, -1, 30.0, 0.0, 20.0, 0.0, 0.0, 0.0)]
    with pytest.raises(LlpEventError, match=r"of 1 of 2 events, entry 7 first, .* \(child\)"):
        read(decay(), stable, first=6)
    with pytest.raises(LlpEventError, match=r"while it does of others; .* \(decays = False\)"):
        read(decay(), stable, child=15)
    pairs, _ = read(decay(), stable, child=15, decays=False)
    assert pairs.child.tolist() == [[5, 5], [15, 15]]
    assert pairs.lxy is None
    pairs, _ = read(stable, child=15)
    assert (pairs.lxy, pairs.lz) == (None, None)
    assert not {"X", "Y", "Z"} & set(columns_needed(ReadOptions(decays=False)))


def test_events_without_what_is_wanted_are_counted():
    nothing = [(25, -1, -1, -1, 0.0, 0.0, 125.0, 0, 0, 0)]
    three = [*decay(), *decay(at=3), *decay(at=6)]
    message = (
        r"1 of 4 events have no long-lived particle \(\|PDG number\| 35\), entry 12 first; 1 of 4 "
        r"events have more than two .*, entry 13 first\. Choose bad_events = 'skip' \(--bad-"
    )
    with pytest.raises(LlpEventError, match=message):
        read(decay(), decay(), nothing, three, first=10)
    pairs, good = read(decay(), nothing, three, decay(pt=40.0), bad_events="skip")
    assert good.tolist() == [True, False, False, True]
    assert pairs.pt[:, 0].tolist() == [30.0, 40.0]
    with pytest.raises(LlpEventError, match=r"The records hold particles of \|PDG numbers\| 25"):
        read(nothing, nothing, bad_events="skip")


def test_two_different_particles_come_in_an_order_that_is_drawn():
    events = [[*decay(35, 5), *decay(36, 15, at=3)] for _ in range(2000)]
    pairs, _ = read(*events, llp_pdg=(35, 36), source="file")
    first = pairs.child[:, 0] == 5
    assert (pairs.child.sum(axis=1) == 20).all()
    assert abs(first.mean() - 0.5) < 5 * 0.5 / np.sqrt(len(first))
    again, _ = read(*events[:500], llp_pdg=(35, 36), source="file", first=700)
    np.testing.assert_array_equal(again.child, pairs.child[700:1200])
    for other in ({"seed": 2}, {"source": "other file"}):
        settings = {"source": "file", **other}
        changed, _ = read(*events, llp_pdg=(35, 36), **settings)
        assert not np.array_equal(changed.child, pairs.child)
    equal = [[*decay(35, 5), *decay(-35, 15, at=3)] for _ in range(50)]
    pairs, _ = read(*equal)
    assert (pairs.child == [5, 15]).all()


def test_the_boson_is_the_hardest_one_that_is_not_a_decay():
    event = [
        *decay(child=23),
        (24, -1, 4, 4, 90.0, 1.0, 80.0, 0, 0, 0),
        (24, 3, -1, -1, 50.0, 1.5, 80.0, 0, 0, 0),
        (23, -1, -1, -1, 40.0, -1.0, 91.0, 0, 0, 0),
        (24, 1, -1, -1, 99.0, 0.1, 80.0, 3, 4, -12),
    ]
    pairs, _ = read(event, boson=True)
    assert pairs.boson_pt.tolist() == [50.0]
    assert pairs.boson_eta.tolist() == [1.5]
    assert read(event, boson=True, boson_pdg=(23,))[0].boson_pt.tolist() == [40.0]
    assert read(event)[0].boson_pt is None
    with pytest.raises(LlpEventError, match=r"1 of 2 events have no vector boson .* entry 1 first"):
        read(event, decay(), boson=True)
    assert read(event, decay(), boson=True, bad_events="skip")[1].tolist() == [True, False]


def test_units_of_a_record_may_be_others():
    pairs, _ = read(decay(), momentum_unit="MeV", length_unit="m")
    assert pairs.pt[0, 0] == pytest.approx(0.03)
    assert pairs.lxy[0, 0] == pytest.approx(5.0)


def test_a_column_that_is_missing_is_named():
    offsets, columns = record(decay())
    del columns["Mass"]
    with pytest.raises(LlpColumnError, match=r"no column Particle\.Mass"):
        pairs_of_particles(offsets, columns, ReadOptions(), np.arange(1))
    with pytest.raises(LlpColumnError, match=r"no branch 'Event\.Numbr'. Did you mean"):
        read_pairs(FILE, ReadOptions(more=("Event.Numbr",)))
    with pytest.raises(LlpColumnError, match=r"Particle\.PID: \d+ values in entry 0"):
        read_pairs(FILE, ReadOptions(more=("Particle.PID",)))
