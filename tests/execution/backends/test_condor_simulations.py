"""Simulations on a real HTCondor pool: the same events as here, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import uproot
from click.testing import CliRunner
from pool_tools import ON_THIS_MACHINE, queue, wait_until

from bumpcast.cli.main import main
from bumpcast.config.cards import load_card
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.counts import Counts
from bumpcast.execution.progress import Silent
from bumpcast.simulate import simulation
from bumpcast.simulate.simulation import blocks_of, simulate

ROOT = Path(__file__).parents[3]
CARD = ROOT / "configs" / "simulate" / "zjets_ll.toml"
# That of the session: each worker would else compile everything anew.
CACHE = os.environ.get("BUMPCAST_CACHE")
EVENTS, SEED = 15, 5


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "EVENTS", 3)
    if CACHE is None:
        monkeypatch.delenv("BUMPCAST_CACHE", raising=False)
    else:
        monkeypatch.setenv("BUMPCAST_CACHE", CACHE)


@pytest.fixture
def pool(htcondor_pool: Any) -> Iterator[Any]:
    """The pool, in whose queue no job is left."""
    yield htcondor_pool
    assert wait_until(lambda: not queue(), 30), queue()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """What the events are without a cluster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "EVENTS", 3)
        path = tmp_path_factory.mktemp("here") / "z.root"
        assert simulate(load_card(CARD), EVENTS, SEED, path, executor="iterative").complete
    return columns(path)


def columns(path: Path) -> dict[str, list[object]]:
    with uproot.open(path) as file:
        tree = file["Delphes"]
        return {key: tree[key].array().to_list() for key in tree.keys(recursive=True)}


class AfterFirstBlock(Silent):
    """Does something when the first block is done, and notes the counts."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do
        self.counts = Counts()
        self.done_then = 0

    def show(self, counts: Counts) -> None:
        self.counts = counts
        if counts.done and not self.done_then:
            self.done_then = counts.done
            self._do()


def test_the_command_makes_the_same_events_on_a_cluster(
    pool: Any, here: dict[str, list[object]], tmp_path: Path
) -> None:
    output = tmp_path / "z.root"
    command = ["simulate", str(CARD), "--events", str(EVENTS), "--seed", str(SEED)]
    command += ["--executor", "dask-condor", "--site", "testpool", "--workers", "2"]
    command += ["--json", "-o", str(output)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["complete"]
    assert columns(output) == here
    assert not blocks_of(output).exists()


def test_a_killed_worker_costs_its_block_which_is_made_again(
    pool: Any, here: dict[str, list[object]], tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill() -> None:
        (worker, *_) = [
            process
            for number in pool.processes()
            if "distributed.cli.dask_worker"
            in " ".join((process := psutil.Process(number)).cmdline())
        ]
        killed.append(worker.pid)
        worker.kill()

    watch = AfterFirstBlock(kill)
    output = tmp_path / "z.root"
    summary = simulate(
        load_card(CARD),
        EVENTS,
        SEED,
        output,
        executor="dask-condor",
        workers=2,
        cluster=ClusterConfig.model_validate(ON_THIS_MACHINE),
        progress=watch,
    )
    assert len(killed) == 1
    assert summary.complete
    assert summary.failures == {}
    assert watch.counts.lost == 1
    assert watch.counts.redone <= 1
    assert columns(output) == here


def test_what_a_cluster_began_is_resumed_elsewhere(
    pool: Any, here: dict[str, list[object]], tmp_path: Path
) -> None:
    output = tmp_path / "z.root"
    watch = AfterFirstBlock(lambda: os.kill(os.getpid(), signal.SIGINT))
    begun = simulate(
        load_card(CARD),
        EVENTS,
        SEED,
        output,
        executor="dask-condor",
        workers=2,
        cluster=ClusterConfig.model_validate(ON_THIS_MACHINE),
        progress=watch,
    )
    assert begun.interrupted
    assert not begun.complete
    assert not output.exists()
    resumed = simulate(load_card(CARD), EVENTS, SEED, output, executor="iterative", resume=True)
    assert resumed.complete
    assert resumed.events_resumed == begun.events_made >= 3
    assert columns(output) == here
