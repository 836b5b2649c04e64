"""The loop over pieces of work."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bumpcast.config.cluster import ClusterConfig
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import make_backend
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.pieces import PieceLoop
from bumpcast.execution.progress import Counts, Silent


class PhysicsError(BumpcastError):
    """What a piece of this test may fail with."""


@dataclass(frozen=True)
class Part:
    number: int
    size: int


@dataclass(frozen=True)
class Troubled:
    """Returns texts; some pieces fail, some kill their process, once or always."""

    marks: Path
    fails: int = -1
    breaks: int = -1
    dies_once: int = -1
    dies: int = -1

    def __call__(self, piece: Part) -> str:
        if piece.number == self.fails:
            msg = "no such process"
            raise PhysicsError(msg)
        if piece.number == self.breaks:
            return {}["a key"]
        mark = self.marks / f"{piece.number}"
        if piece.number == self.dies or (piece.number == self.dies_once and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return f"{piece.size} of {piece.number}"


def parts(total: int) -> list[Part]:
    return [Part(number, min(10, total - 10 * number)) for number in range(-(-total // 10))]


def run(work: Troubled, folder: Path, executor: Any, pieces: list[Part]) -> tuple[Any, Any]:
    kept: dict[int, str] = {}
    backend = make_backend(executor, 2, ClusterConfig(), folder)
    try:
        with Interrupts() as interrupts:
            loop = PieceLoop(
                backend,
                work,
                lambda piece, text: kept.update({piece.number: text}),
                interrupts,
                Silent(),
                Counts(),
            )
            loop.run(pieces)
    finally:
        backend.close()
    return loop, kept


@pytest.mark.parametrize("executor", ["iterative", "futures"])
def test_every_piece_is_kept_whoever_does_it(executor, tmp_path):
    loop, kept = run(Troubled(tmp_path), tmp_path, executor, parts(95))
    assert kept == {number: f"{5 if number == 9 else 10} of {number}" for number in range(10)}
    assert loop.counts.entries == 95
    assert not loop.failures


def test_a_piece_that_fails_loses_itself_alone(tmp_path):
    loop, kept = run(Troubled(tmp_path, fails=3, breaks=1), tmp_path, "iterative", parts(50))
    assert set(kept) == {0, 2, 4}
    assert set(loop.failures) == {1, 3}
    assert (loop.failures[3].type, loop.failures[3].message) == ("PhysicsError", "no such process")
    assert loop.failures[1].type == "KeyError"
    assert "a key" in loop.failures[1].traceback
    assert (loop.counts.failed, loop.counts.given_up) == (2, 20)


def test_a_crash_costs_its_piece_and_is_tried_again(tmp_path):
    loop, kept = run(Troubled(tmp_path, dies_once=1, dies=4), tmp_path, "futures", parts(60))
    assert set(kept) == {0, 1, 2, 3, 5}
    assert set(loop.failures) == {4}
    assert loop.failures[4].type == "WorkerDiedError"
