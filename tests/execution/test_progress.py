from __future__ import annotations

import itertools
import time

import pytest

from bumpcast.execution.counts import Counts
from bumpcast.execution.pace import Pace
from bumpcast.execution.progress import Lines, describe


def test_a_line_has_all_numbers():
    counts = Counts(total=1000, chunks=10, wanted=3, alive=2, merging=7)
    pace = Pace(counts, now=time.monotonic() - 10)
    counts.entries, counts.bytes, counts.done = 500, 3_000_000, 5
    counts.failed, counts.given_up, counts.repeated, counts.redone = 2, 200, 1, 3
    line = describe(counts, pace)
    start = "500 of 1,000 events (50%); 50 events/s, 300 kB/s; 6 s to go, until "
    end = "; workers 2 of 3; chunks 5 of 10, 2 failed, 4 retried; 7 to merge"
    assert line.startswith(start)
    assert line.endswith(end)
    ended = describe(counts, pace, ended=True)
    assert "50 events/s, 300 kB/s in 10 s" in ended


def test_events_that_are_made_are_neither_read_nor_added_up():
    counts = Counts(total=1000, chunks=10, wanted=3, alive=2, part="block", merges=False)
    pace = Pace(counts, now=time.monotonic() - 10)
    assert "; no block done yet; " in describe(counts, pace)
    counts.entries, counts.done = 500, 5
    line = describe(counts, pace)
    assert line.startswith("500 of 1,000 events (50%); 50 events/s; 10 s to go, until ")
    assert line.endswith("; workers 2 of 3; blocks 5 of 10, 0 failed, 0 retried")


def test_a_run_that_waits_says_for_what():
    class Nobody:
        alive = lost = redone = 0

    counts = Counts(total=1000, wanted=50)
    pace = Pace(counts)
    counts.look_at(Nobody())
    assert "; waiting for workers: 0 of 50 alive, 0 s; workers 0 of 50;" in describe(counts, pace)


def test_lines_are_few():
    written: list[str] = []
    with Lines(written.append, every_s=3600) as lines:
        lines.stage("reading 10 events")
        for done in range(10):
            lines.show(Counts(total=10, entries=done + 1))
    assert len(written) == 2
    assert written[1].startswith("10 of 10 events (100%)")


def test_lines_become_rarer(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    written: list[float] = []
    lines = Lines(lambda line: written.append(now))
    counts = Counts(total=10, alive=1)
    for _ in range(24 * 3600):
        now += 1.0
        lines.show(counts)
    gaps = [after - before for before, after in itertools.pairwise(written)]
    assert gaps[0] == 10.0
    assert max(gaps) <= 601.0
    assert gaps == sorted(gaps)
    assert 150 < len(written) < 250


def test_waiting_and_looking_are_told_before_anything_is_known():
    class Nobody:
        alive = lost = redone = 0

    class Somebody(Nobody):
        alive = 1

    written: list[str] = []
    counts = Counts(wanted=2)
    counts.look_at(Nobody())
    with Lines(written.append, every_s=0.0) as lines:
        lines.show(counts)
        counts.look_at(Somebody())
        counts.files, counts.files_seen = 4000, 1234
        lines.show(counts)
    assert written == ["waiting for workers: 0 of 2 alive, 0 s", "1,234 of 4,000 files"]
