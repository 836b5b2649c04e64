"""Which generated particles are stored: on Pythia's events and on made-up ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import pythia8mc
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.simulate.events import Collection, Particles
from bumpcast.simulate.truth import ParticleLinkError, particle_collection, stored

TOP_PAIRS = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
LONG_LIVED = (
    "HiggsSM:gg2H = on",
    "25:m0 = 125",
    "25:addChannel = 1 0.1 100 35 35",
    "25:onMode = off",
    "25:onIfMatch = 35 35",
    "35:m0 = 55",
    "35:mWidth = 1e-5",
    "35:doForceWidth = on",
    "35:oneChannel = 1 0.5 100 5 -5",
    "35:addChannel = 1 0.5 100 15 -15",
    "35:tau0 = 1500",
    "35:tauCalc = off",
)
Event = dict[str, list[Any]]


def generate(process: tuple[str, ...], events: int) -> Particles:
    pythia = pythia8mc.Pythia("", False)
    common = ("Print:quiet = on", "Random:setSeed = on", "Random:seed = 5", "Beams:eCM = 13000.")
    for line in (*common, *process):
        assert pythia.readString(line)
    assert pythia.init()
    rows: list[tuple[float, ...]] = []
    offsets = [0]
    while len(offsets) <= events:
        if pythia.next():
            record = pythia.event
            rows += [row(record[place]) for place in range(1, record.size())]
            offsets.append(len(rows))
    return as_particles(np.array(offsets), np.array(rows).T)


def row(particle: Any) -> tuple[float, ...]:
    status = particle.statusHepMC()
    links = (
        particle.mother1(),
        particle.mother2(),
        particle.daughter1(),
        particle.daughter2(),
    )
    return (
        particle.id(),
        status if status in (1, 2, 4) else abs(particle.status()),
        *(link - 1 for link in links),
        round(3 * particle.charge()),
        *(particle.px(), particle.py(), particle.pz(), particle.e(), particle.m()),
        *(particle.xProd(), particle.yProd(), particle.zProd(), particle.tProd()),
    )


def as_particles(offsets: np.ndarray, columns: np.ndarray) -> Particles:
    whole = [column.astype(np.int32) for column in columns[:7]]
    return Particles(offsets.astype(np.int64), *whole, *columns[7:].astype(np.float64))


def first_events(particles: Particles, events: int) -> Particles:
    offsets = particles.offsets[: events + 1]
    columns = (getattr(particles, name)[: offsets[-1]] for name in particles.__slots__[1:])
    return Particles(offsets, *columns)


@pytest.fixture(scope="module")
def top_pairs() -> Particles:
    return generate(TOP_PAIRS, 12)


@pytest.fixture(scope="module")
def long_lived() -> Particles:
    return generate(LONG_LIVED, 12)


def events_of(collection: Collection) -> Iterator[Event]:
    for first, last in zip(collection.offsets, collection.offsets[1:], strict=False):
        yield {name: column[first:last].tolist() for name, column in collection.columns.items()}


def assert_links_hold(m1: list[int], m2: list[int], d1: list[int], d2: list[int]) -> None:
    """What the module says of links, word by word."""
    for place in range(len(m1)):
        assert m1[place] < place
        assert m2[place] == -1 or m2[place] != m1[place]
        daughters = [other for other, mother in enumerate(m1) if mother == place]
        if not daughters:
            daughters = [other for other, mother in enumerate(m2) if mother == place]
            if daughters != list(range(min(daughters, default=0), max(daughters, default=-1) + 1)):
                daughters = []
        if daughters:
            assert daughters == list(range(d1[place], d2[place] + 1))
        else:
            assert (d1[place], d2[place]) == (-1, -1)


# ---- the plain reference -------------------------------------------------------------------------


def quarks(pid: int) -> list[int]:
    """Return the signed quarks of a hadron, the heaviest first in a meson."""
    number, sign = abs(pid), 1 if pid > 0 else -1
    if not 100 < number < 1_000_000 or number // 10 % 10 == 0:
        return []
    digits = [number // 1000 % 10, number // 100 % 10, number // 10 % 10]
    if digits[0]:
        return [sign * digit for digit in digits]
    antiquark_first = digits[1] % 2 == 1
    first, second = digits[1], -digits[2]
    return [-sign * first, -sign * second] if antiquark_first else [sign * first, sign * second]


def heavy_quark(pid: int) -> int:
    return next((q for flavour in (5, 4) for q in quarks(pid) if abs(q) == flavour), 0)


def heavy(pid: int) -> bool:
    number = abs(pid)
    onium_or_diffraction = 9_900_100 <= number < 9_910_000 or 9_940_000 <= number < 9_960_000
    return number in (6, 7, 8, 17, 18, *range(23, 81)) or (
        1_000_000 <= number < 1_000_000_000 and not onium_or_diffraction
    )


def plain(event: Event, keep: str) -> list[tuple[int, int, int, int, int]]:
    """Return place, M1, M2, D1 and D2 of what is stored of an event."""
    pid, mothers = event["pid"], list(zip(event["mother1"], event["mother2"], strict=True))
    copied = {
        mother
        for place, pair in enumerate(mothers)
        for mother in pair
        if mother not in (-1, place) and pid[mother] == pid[place]
    }

    def decays(place: int) -> bool:
        number = pid[place]
        return place not in copied and (
            abs(number) == 15 or heavy(number) or heavy_quark(number) != 0
        )

    def wanted(place: int) -> bool:
        number, status, mother = abs(pid[place]), event["status"][place], mothers[place][0]
        last = place not in copied
        soft = np.hypot(event["px"][place], event["py"][place]) < 5
        return (
            keep == "all"
            or 21 <= abs(status) <= 29
            or (last and (heavy(number) or number in (4, 5, 15)))
            or (11 <= number <= 16 and status == 1)
            or (number == 22 and status == 1 and not (mother >= 0 and quarks(pid[mother]) and soft))
            or heavy_quark(number) != 0
            or (mother >= 0 and decays(mother))
        )

    chosen = [place for place in range(len(pid)) if wanted(place)]
    is_chosen = set(chosen)

    def first_mother(place: int) -> int:
        first, last = mothers[place]
        quark = heavy_quark(pid[place])
        if 0 <= first < last and quark and abs(pid[first]) < 10_000 and not quarks(pid[first]):
            return next((m for m in range(first, last + 1) if pid[m] == quark), first)
        return first

    def ancestor(place: int, mother: int) -> int:
        seen = {place}
        while mother >= 0 and mother not in seen:
            if mother in is_chosen:
                return mother
            seen.add(mother)
            mother = first_mother(mother)
        return -1

    above = {}
    for place in chosen:
        first, second = first_mother(place), mothers[place][1]
        found = [ancestor(place, first), ancestor(place, second) if second != first else -1]
        found = list(dict.fromkeys(mother for mother in found if mother >= 0))
        above[place] = [*found, -1, -1][:2]
    order = [place for place in chosen if above[place][0] < 0]
    waiting = [place for place in chosen if above[place][0] >= 0]
    done = 0
    while waiting:
        if done == len(order):
            above[waiting[0]][0] = -1
            order.append(waiting.pop(0))
        order += [place for place in waiting if above[place][0] == order[done]]
        waiting = [place for place in waiting if above[place][0] != order[done]]
        done += 1
    new = {place: number for number, place in enumerate(order)} | {-1: -1}
    m1, m2 = ([new[above[place][which]] for place in order] for which in (0, 1))
    rows = []
    for number, place in enumerate(order):
        daughters = [d for d, mother in enumerate(m1) if mother == number]
        daughters = daughters or [d for d, mother in enumerate(m2) if mother == number]
        if not daughters or daughters[-1] - daughters[0] + 1 != len(daughters):
            daughters = [-1]
        rows.append((place, m1[number], m2[number], daughters[0], daughters[-1]))
    return rows


def assert_equals_plain(particles: Particles, keep: Any) -> None:
    found = stored(particles, keep)
    columns = (found.place, found.mother1, found.mother2, found.daughter1, found.daughter2)
    for number, (first, last) in enumerate(
        zip(particles.offsets, particles.offsets[1:], strict=False)
    ):
        event = {
            name: getattr(particles, name)[first:last].tolist()
            for name in ("pid", "status", "mother1", "mother2", "px", "py")
        }
        own = slice(found.offsets[number], found.offsets[number + 1])
        rows = [tuple(values) for values in zip(*(c[own].tolist() for c in columns), strict=True)]
        assert rows == [(place + first, *links) for place, *links in plain(event, keep)]


# ---- Pythia's events -----------------------------------------------------------------------------


@pytest.mark.parametrize("process", ["top_pairs", "long_lived"])
def test_equals_the_plain_reference(process: str, request: pytest.FixtureRequest) -> None:
    particles = request.getfixturevalue(process)
    assert_equals_plain(first_events(particles, 4), "truth")
    if process == "long_lived":  # smaller: the reference looks at each pair
        assert_equals_plain(first_events(particles, 1), "all")


@pytest.mark.parametrize("keep", ["truth", "all"])
@pytest.mark.parametrize("process", ["top_pairs", "long_lived"])
def test_links_hold_in_pythias_events(
    process: str, keep: Any, request: pytest.FixtureRequest
) -> None:
    for event in events_of(particle_collection(request.getfixturevalue(process), keep)):
        assert len(event["PID"]) > 10
        if keep == "truth" or len(event["PID"]) < 900:
            assert_links_hold(*(event[name] for name in ("M1", "M2", "D1", "D2")))


def test_all_particles_are_stored_when_they_are_asked_for(top_pairs: Particles) -> None:
    collection = particle_collection(top_pairs, "all")
    assert np.array_equal(collection.offsets, top_pairs.offsets)
    assert sorted(collection.columns["PID"]) == sorted(top_pairs.pid)


def test_truth_is_a_small_part(top_pairs: Particles) -> None:
    kept = particle_collection(top_pairs).offsets[-1] / top_pairs.offsets[-1]
    assert 0.02 < kept < 0.08


def test_stable_leptons_and_neutrinos_are_all_there(top_pairs: Particles) -> None:
    collection = particle_collection(top_pairs)
    for sought in (11, -11, 12, -12, 13, -13, 14, -14, 16, -16):
        in_file = (collection.columns["PID"] == sought) & (collection.columns["Status"] == 1)
        generated = (top_pairs.pid == sought) & (top_pairs.status == 1)
        assert in_file.sum() == generated.sum()


def test_a_top_quark_leads_to_its_decay(top_pairs: Particles) -> None:
    """The last copy of a top is the sum of its daughters; so is that of a W boson."""
    tops = 0
    for event in events_of(particle_collection(top_pairs)):
        for place, pid in enumerate(event["PID"]):
            if abs(pid) not in (6, 24):
                continue
            daughters = range(event["D1"][place], event["D2"][place] + 1)
            pids = [event["PID"][daughter] for daughter in daughters]
            if pid in pids:
                continue
            if abs(pid) == 6:
                assert sorted(map(abs, pids))[1] == 24
                tops += 1
            for name in ("E", "Px", "Py", "Pz"):
                total = sum(event[name][daughter] for daughter in daughters)
                assert total == pytest.approx(event[name][place], rel=1e-4, abs=0.05)
    assert tops == 24


def test_a_hadron_comes_from_the_quark_that_it_holds(top_pairs: Particles) -> None:
    found = 0
    for event in events_of(particle_collection(top_pairs)):
        for place, pid in enumerate(event["PID"]):
            mother = event["M1"][place]
            if mother >= 0 and abs(event["PID"][mother]) == 5 and 5 in map(abs, quarks(pid)):
                assert event["PID"][mother] in quarks(pid)
                found += 1
    assert found >= 20


def test_long_lived_particles_decay_where_their_daughters_are(long_lived: Particles) -> None:
    """Decay lengths in the particle's frame are those of its lifetime, and daughters are named."""
    flights = []
    for event in events_of(particle_collection(long_lived)):
        found = [place for place, pid in enumerate(event["PID"]) if pid == 35]
        assert len(found) == 2
        for place in found:
            assert event["PID"][event["M1"][place]] == 25
            daughters = range(event["D1"][place], event["D2"][place] + 1)
            pids = [event["PID"][daughter] for daughter in daughters]
            assert pids in ([5, -5], [15, -15])
            vertices = {
                tuple(event[axis][daughter] for axis in ("X", "Y", "Z", "T"))
                for daughter in daughters
            }
            (vertex,) = vertices
            start = [event[axis][place] for axis in ("X", "Y", "Z")]
            moved = np.subtract(vertex[:3], start)
            along = [event[axis][place] for axis in ("Px", "Py", "Pz")]
            length = np.linalg.norm(moved)
            assert moved @ along == pytest.approx(length * np.linalg.norm(along), rel=1e-4)
            assert vertex[3] * 2.99792458e11 == pytest.approx(
                length * event["E"][place] / event["P"][place], rel=1e-3
            )
            flights.append(length * event["Mass"][place] / event["P"][place])
    assert 500 < np.mean(flights) < 4500


def test_what_taus_and_heavy_hadrons_decay_to_is_complete(long_lived: Particles) -> None:
    decays = 0
    for event in events_of(particle_collection(long_lived)):
        for place, pid in enumerate(event["PID"]):
            if abs(pid) not in (15, 511, 521, 531, 411, 421, 431) or event["Status"][place] != 2:
                continue
            daughters = range(event["D1"][place], event["D2"][place] + 1)
            if len(daughters) < 2:
                continue
            energy = sum(event["E"][daughter] for daughter in daughters)
            decays += 1
            assert energy == pytest.approx(event["E"][place], rel=1e-4)
    assert decays > 20


def test_the_columns_are_those_of_delphes(top_pairs: Particles) -> None:
    columns = particle_collection(top_pairs).columns
    assert all(column.dtype in (np.float32, np.int32) for column in columns.values())
    moving = columns["PT"] > 0.0
    np.testing.assert_allclose(
        columns["P"][moving], columns["PT"][moving] * np.cosh(columns["Eta"][moving]), rtol=1e-3
    )
    np.testing.assert_allclose(columns["PT"], np.hypot(columns["Px"], columns["Py"]), rtol=1e-5)
    along = columns["PT"] == 0
    assert along.sum() >= 24
    assert np.array_equal(
        columns["Eta"][along], np.copysign(np.float32(999.9), columns["Pz"][along])
    )
    assert np.array_equal(columns["Rapidity"][along], columns["Eta"][along])
    assert np.all(columns["Charge"][columns["PID"] == 24] == 1)
    assert np.all(columns["Charge"][np.abs(columns["PID"]) == 5] == 0)
    assert np.all(np.isfinite(columns["Rapidity"]))


# ---- made-up events ------------------------------------------------------------------------------

PIDS = (1, 5, -5, 4, 21, 22, 25, 35, 6, 24, 11, -15, 511, -511, 521, 411, 5122, 443, 211, 2212)


def made_up(events: list[list[tuple[int, int, int, int, float]]]) -> Particles:
    rows = [row for event in events for row in event]
    columns = np.zeros((16, len(rows)))
    for which, values in zip((0, 1, 2, 3, 7), np.array(rows).reshape(-1, 5).T, strict=True):
        columns[which] = values
    return as_particles(np.cumsum([0, *map(len, events)]), columns)


@st.composite
def histories(draw: Callable[..., Any]) -> Particles:
    """Events of any mothers at all, rings of mothers included."""
    events = []
    for _ in range(draw(st.integers(0, 3))):
        size = draw(st.integers(0, 12))
        link = st.integers(-1, size - 1)
        one = st.tuples(
            st.sampled_from(PIDS),
            st.sampled_from((1, 2, 23, 62, 71)),
            link,
            link,
            st.sampled_from((1.0, 9.0)),
        )
        events.append(draw(st.lists(one, min_size=size, max_size=size)))
    return made_up(events)


@given(histories(), st.sampled_from(["truth", "all"]))
@settings(max_examples=150)
def test_links_hold_whatever_the_mothers_are(particles: Particles, keep: Any) -> None:
    found = stored(particles, keep)
    assert len(set(found.place.tolist())) == len(found.place)
    for first, last in zip(found.offsets, found.offsets[1:], strict=False):
        links = (found.mother1, found.mother2, found.daughter1, found.daughter2)
        assert_links_hold(*(link[first:last].tolist() for link in links))
    assert_equals_plain(particles, keep)


def test_a_link_out_of_its_event_is_named(top_pairs: Particles) -> None:
    mother1 = top_pairs.mother1.copy()
    place = int(top_pairs.offsets[3]) + 7
    mother1[place] = 100_000
    with pytest.raises(ParticleLinkError, match=r"event 3: particle 7 of .*100000"):
        stored(replace(top_pairs, mother1=mother1))
