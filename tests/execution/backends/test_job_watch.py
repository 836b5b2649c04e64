from __future__ import annotations

from collections.abc import Collection, Mapping

from pool_tools import wait_until

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import Standing
from bumpcast.execution.backends.job_watch import JobWatch


class Queue:
    """A queue that says what a test wants."""

    def __init__(self) -> None:
        self.jobs: dict[str, Standing] = {}
        self.asked = 0
        self.is_down = False

    def standings(self, numbers: Collection[str]) -> Mapping[str, Standing]:
        self.asked += 1
        if self.is_down:
            msg = "HTCondor's queue cannot be reached"
            raise BatchError(msg)
        return {number: job for number, job in self.jobs.items() if number in numbers}


def watch(
    queue: Queue, jobs: list[str], alive: Collection[str] = (), *, looks: int = 3, idle_s=0.0
):
    """Return what is told, and which jobs are said to be gone, after so many looks."""
    told: list[str] = []
    gone: set[str] = set()
    watched = JobWatch("HTCondor", queue.standings, idle_s, told.append)

    def enough() -> bool:
        gone.update(watched.look(jobs, alive, 0.0))
        return queue.asked > looks

    assert wait_until(enough, 10)
    watched.close()
    return told, gone


def test_jobs_that_run_are_nothing_to_tell() -> None:
    queue = Queue()
    queue.jobs = {"1.0": Standing("running", "running")}
    assert watch(queue, ["1.0"]) == ([], set())


def test_a_held_job_is_told_once_with_its_reason() -> None:
    queue = Queue()
    queue.jobs = {"1.0": Standing("held", "held: no disk")}
    told, gone = watch(queue, ["1.0"])
    assert told == ["HTCondor: job 1.0 is held: no disk; until it is released it brings no worker"]
    assert gone == set()


def test_a_job_that_is_idle_for_long_is_told_once() -> None:
    queue = Queue()
    queue.jobs = {"1.0": Standing("idle", "idle")}
    told, _ = watch(queue, ["1.0"])
    assert len(told) == 1
    assert told[0].startswith("HTCondor: job 1.0 has been idle for 0 s; no slot is free for it")
    assert watch(queue, ["1.0"], looks=6, idle_s=60.0)[0] == []


def test_of_many_jobs_the_number_is_told() -> None:
    queue = Queue()
    queue.jobs = {f"{number}.0": Standing("held", "held: no disk") for number in range(9)}
    told, _ = watch(queue, list(queue.jobs))
    assert len(told) == 6
    assert told[-1] == "HTCondor: and 4 more jobs are held"


def test_a_job_that_is_gone_is_said_unless_its_worker_is_there() -> None:
    queue = Queue()
    queue.jobs = {"1.0": Standing("running", "running"), "4.0": Standing("gone", "completed")}
    _, gone = watch(queue, ["1.0", "2.0", "3.0", "4.0"], alive=["3.0"])
    assert gone == {"2.0", "4.0"}


def test_a_queue_that_does_not_answer_is_told_once_and_nobody_is_gone() -> None:
    queue = Queue()
    queue.is_down = True
    told, gone = watch(queue, ["1.0"])
    assert told == ["HTCondor's queue cannot be reached (workers that are there go on)"]
    assert gone == set()
