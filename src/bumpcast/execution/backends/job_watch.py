"""Keeping an eye on a run's jobs in the queue of a batch system."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import Standing

_MOST_TOLD = 5
"""So many jobs of a kind are told of one by one; of more, their number."""


class JobWatch:
    """Asks the queue now and then, beside the run, and says what is new.

    Args:
        name: What to call the batch system.
        standings: Returns how jobs stand.
        idle_s: A job that is idle for longer is told of, in seconds.
        tell: Is given a line to show to the user.
    """

    def __init__(
        self,
        name: str,
        standings: Callable[[Collection[str]], Mapping[str, Standing]],
        idle_s: float,
        tell: Callable[[str], None],
    ) -> None:
        self._name = name
        self._standings = standings
        self._idle_s = idle_s
        self._tell = tell
        # A queue under load may take half a minute to answer, and the run goes on meanwhile.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="queue")
        self._asked: tuple[tuple[str, ...], Future[Any]] | None = None
        self._last = -math.inf
        self._idle_since: dict[str, float] = {}
        self._told: dict[str, set[str]] = {"held": set(), "idle": set()}
        self._answers = True

    def look(self, jobs: Collection[str], alive: Collection[str], every_s: float) -> list[str]:
        """Tell what is new, and return the jobs that are gone and have no worker.

        Args:
            jobs: Numbers of the jobs that were submitted.
            alive: Those of which there are workers.
            every_s: Seconds between questions to the queue.
        """
        gone: list[str] = []
        if self._asked is not None and self._asked[1].done():
            asked, answer = self._asked
            self._asked = None
            self._last = time.monotonic()
            try:
                standings = answer.result()
            except BatchError as error:
                if self._answers:
                    self._answers = False
                    self._tell(f"{error} (workers that are there go on)")
            else:
                self._answers = True
                gone = self._news(asked, standings, alive)
        if self._asked is None and jobs and time.monotonic() - self._last >= every_s:
            asked = tuple(jobs)
            self._asked = asked, self._thread.submit(self._standings, asked)
        return gone

    def close(self) -> None:
        """Ask no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _news(
        self, asked: Collection[str], standings: Mapping[str, Standing], alive: Collection[str]
    ) -> list[str]:
        gone: list[str] = []
        now = time.monotonic()
        new: dict[str, list[str]] = {"held": [], "idle": []}
        for number in asked:
            standing = standings.get(number)
            state = "gone" if standing is None else standing.state
            if state != "idle":
                self._idle_since.pop(number, None)
            if state == "gone" and number not in alive:
                gone.append(number)
            elif standing is not None and state == "held":
                new["held"].append(f"job {number} is {standing.words}")
                self._skip_told("held", number, new)
            elif standing is not None and state == "idle":
                since = self._idle_since.setdefault(number, now)
                if now - since >= self._idle_s:
                    new["idle"].append(
                        f"job {number} has been idle for {now - since:.0f} s{standing.words[4:]}"
                    )
                    self._skip_told("idle", number, new)
        advice = {
            "held": "until it is released it brings no worker",
            "idle": "no slot is free for it, or none has what it asks for",
        }
        for kind, lines in new.items():
            for line in lines[:_MOST_TOLD]:
                self._tell(f"{self._name}: {line}; {advice[kind]}")
            if len(lines) > _MOST_TOLD:
                self._tell(f"{self._name}: and {len(lines) - _MOST_TOLD} more jobs are {kind}")
        return gone

    def _skip_told(self, kind: str, number: str, new: dict[str, list[str]]) -> None:
        """Take back the newest line of a kind if its job has been told of before."""
        if number in self._told[kind]:
            new[kind].pop()
        self._told[kind].add(number)
