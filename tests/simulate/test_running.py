"""The loop over blocks, with blocks that need no generator."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends import make_backend
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.progress import Counts, Silent
from bumpcast.execution.records import ErrorRecord
from bumpcast.simulate.blocks import Block, BlockFolder, BlockRecord, cut
from bumpcast.simulate.events import CrossSection
from bumpcast.simulate.running import BlockLoop, Made

SECTION = CrossSection(1.0, 0.1, 10, 10, 10, {})


@dataclass(frozen=True)
class Troubled:
    """Makes blocks of text; some fail, some kill their process, once or always."""

    marks: Path
    fails: int = -1
    dies_once: int = -1
    dies: int = -1

    def __call__(self, block: Block) -> Made:
        if block.number == self.fails:
            return Made(error=ErrorRecord("PhysicsError", "no such process"))
        mark = self.marks / f"{block.number}"
        if block.number == self.dies or (block.number == self.dies_once and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        record = BlockRecord(block.number, block.events, SECTION, {}, "here")
        return Made(record, f"events from {block.first}".encode())


def run(make: Troubled, folder: BlockFolder, executor: str, blocks: list[Block]) -> BlockLoop:
    backend = make_backend(executor, 2, ClusterConfig(), folder.folder)  # type: ignore[arg-type]
    try:
        with Interrupts() as interrupts:
            loop = BlockLoop(backend, make, folder, interrupts, Silent(), Counts())
            loop.run(blocks)
    finally:
        backend.close()
    return loop


@pytest.mark.parametrize("executor", ["iterative", "futures"])
def test_every_block_is_kept_whoever_makes_it(executor, tmp_path):
    folder = BlockFolder(tmp_path / "blocks")
    loop = run(Troubled(tmp_path), folder, executor, cut(95, 10))
    assert set(folder.done()) == set(range(10))
    assert folder.file(9).read_bytes() == b"events from 90"
    assert loop.counts.entries == 95
    assert loop.counts.bytes == sum(folder.file(number).stat().st_size for number in range(10))
    assert not loop.failures


def test_a_block_that_fails_loses_itself_alone(tmp_path):
    folder = BlockFolder(tmp_path / "blocks")
    loop = run(Troubled(tmp_path, fails=3), folder, "iterative", cut(50, 10))
    assert set(folder.done()) == {0, 1, 2, 4}
    assert loop.failures == {3: ErrorRecord("PhysicsError", "no such process")}
    assert (loop.counts.failed, loop.counts.given_up) == (1, 10)


def test_a_crash_costs_its_block_and_is_tried_again(tmp_path):
    folder = BlockFolder(tmp_path / "blocks")
    loop = run(Troubled(tmp_path, dies_once=1, dies=4), folder, "futures", cut(60, 10))
    assert set(folder.done()) == {0, 1, 2, 3, 5}
    assert set(loop.failures) == {4}
    assert loop.failures[4].type == "WorkerDiedError"
