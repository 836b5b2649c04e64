from __future__ import annotations

import pytest

from bumpcast.execution.counts import Counts
from bumpcast.execution.pace import Pace


def do(counts: Counts, chunks: int, events: int = 100) -> None:
    counts.done += chunks
    counts.entries += chunks * events
    counts.bytes += chunks * 1000


def test_there_is_no_speed_before_the_first_chunk():
    counts = Counts(total=1000, chunks=10, alive=1)
    pace = Pace(counts, now=0.0)
    assert pace.recent(counts, now=5.0) is None
    assert pace.left_s(counts, now=5.0) is None


def test_the_estimate_follows_the_present_speed():
    counts = Counts(total=1_000_000, chunks=10_000, alive=10)
    pace = Pace(counts, now=0.0)
    now = 0.0
    for _ in range(100):  # a hundred seconds of one chunk a second
        now += 1.0
        do(counts, 1)
        pace.note(counts, now)
    for _ in range(40):  # and then forty of them a second
        now += 1.0
        do(counts, 40)
        pace.note(counts, now)
    assert pace.recent(counts, now).events == pytest.approx(4000, rel=0.05)
    assert pace.mean(counts, now).events == pytest.approx(1700 * 100 / 140)
    assert pace.left_s(counts, now) == pytest.approx(counts.to_go / 4000, rel=0.05)


def test_long_chunks_are_seen_over_a_longer_time():
    counts = Counts(total=100_000, chunks=1000, alive=4)
    pace = Pace(counts, now=0.0)
    now = 0.0
    for _ in range(5):  # four workers end their chunks together, every 100 s
        now += 100.0
        do(counts, 4)
        pace.note(counts, now)
    # Just after one such moment, and just before the next.
    assert pace.recent(counts, now + 1).events == pytest.approx(4, rel=0.4)
    assert pace.recent(counts, now + 99).events == pytest.approx(4, rel=0.4)


def test_waiting_for_workers_is_not_work():
    counts = Counts(total=1000, chunks=10, wanted=2)
    pace = Pace(counts, now=0.0)
    counts.waited_s = 60.0
    counts.alive = 2
    do(counts, 5)
    pace.note(counts, now=70.0)
    assert pace.worked_s(counts, now=70.0) == pytest.approx(10.0)
    assert pace.mean(counts, now=70.0).events == pytest.approx(50.0)
    assert pace.left_s(counts, now=70.0) == pytest.approx(10.0)


def test_the_clock_stops_with_the_last_chunk():
    counts = Counts(total=1000, chunks=10, alive=1)
    pace = Pace(counts, now=0.0)
    do(counts, 10)
    pace.note(counts, now=10.0)
    assert pace.mean(counts, now=500.0).events == pytest.approx(100.0)


def test_what_is_done_again_is_work_as_well():
    counts = Counts(total=1000, chunks=10, alive=1)
    pace = Pace(counts, now=0.0)
    do(counts, 10)
    pace.note(counts, now=10.0)
    counts.undo(chunks=10, entries=1000)
    pace.note(counts, now=11.0)
    assert pace.recent(counts, now=20.0).events == pytest.approx(50.0)
    assert pace.left_s(counts, now=20.0) == pytest.approx(20.0)
    do(counts, 10)
    pace.note(counts, now=25.0)
    assert pace.worked_s(counts, now=500.0) == pytest.approx(25.0)
    assert pace.mean(counts, now=500.0).events == pytest.approx(80.0)


def test_memory_does_not_grow():
    counts = Counts(total=10**9, chunks=10**7, alive=2)
    pace = Pace(counts, now=0.0)
    for step in range(50_000):
        do(counts, 1)
        pace.note(counts, now=step * 0.1)
    assert len(pace._samples) < 200
