from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from bumpcast.execution.counts import Counts
from bumpcast.execution.records import ErrorRecord, ItemRecord


@dataclass
class Workers:
    alive: int
    lost: int = 0
    redone: int = 0


def record(status="done", attempts=1):
    error = None if attempts == 1 else ErrorRecord("OSError", "the network is down")
    seen = 100 if status == "done" else 0
    return ItemRecord(
        0, "ttbar", "a.root", 0, 100, status, seen, attempts, bytes_read=7, error=error
    )


def test_what_became_of_chunks_is_counted():
    counts = Counts(total=1000, resumed=200, chunks=10, done=2)
    for one in (record(), record(attempts=2), record("failed", attempts=3)):
        counts.take(one)
    assert (counts.done, counts.failed, counts.retried) == (4, 1, 2)
    assert (counts.seen, counts.given_up, counts.to_go) == (400, 100, 500)
    assert counts.bytes == 21


def test_tasks_of_dead_workers_count_as_retried():
    counts = Counts()
    counts.take(record(attempts=2))
    counts.look_at(Workers(alive=1, lost=2, redone=3))
    assert (counts.alive, counts.lost, counts.retried) == (1, 2, 4)


def test_results_that_are_lost_are_taken_back():
    counts = Counts(total=1000, chunks=10)
    for _ in range(4):
        counts.take(record())
    counts.undo(chunks=3, entries=300)
    assert (counts.done, counts.seen, counts.to_go, counts.retried) == (1, 100, 900, 3)


def test_only_time_without_workers_is_waiting():
    counts = Counts(wanted=5)
    assert counts.waiting_s() is None
    counts.look_at(Workers(alive=0))
    time.sleep(0.05)
    counts.look_at(Workers(alive=0))
    assert counts.waiting_s() >= 0.05
    counts.look_at(Workers(alive=1))
    assert counts.waiting_s() is None
    waited = counts.waited_s
    assert waited == pytest.approx(0.05, abs=0.05)
    time.sleep(0.02)
    counts.look_at(Workers(alive=0))
    assert counts.waited_s == waited
