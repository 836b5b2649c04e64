"""Runs that join a Dask cluster of separate processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uproot
from click.testing import CliRunner
from pool_tools import Notes, wait_until

from bumpcast.cli.main import main
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution import run
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.certificates import make_certificates
from bumpcast.execution.backends.dask_join import DaskJoinBackend

Start = Callable[..., None]
CARD = Path(__file__).parents[3] / "configs" / "simulate" / "zjets_ll.toml"
CACHE = os.environ.get("BUMPCAST_CACHE")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts 'dask scheduler' or 'dask worker'; all end with the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin(program: str, *arguments: str, **environment: str) -> None:
        module = f"distributed.cli.dask_{program}"
        command = [sys.executable, "-m", module, "--host", "127.0.0.1", *arguments]
        with (tmp_path / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=tmp_path, env=os.environ | environment
            )
        processes.append(process)

    yield begin
    for process in reversed(processes):
        process.kill()
    for process in reversed(processes):
        process.wait(30)


@pytest.fixture
def scheduler_file(tmp_path: Path, start: Start) -> Path:
    """The scheduler file of a running scheduler without workers."""
    path = tmp_path / "scheduler.json"
    start("scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0",
          "--scheduler-file", str(path))  # fmt: skip
    assert wait_until(lambda: path.exists() and bool(path.read_text()), 30)
    return path


def worker(start: Start, scheduler_file: Path, *more: str, **environment: str) -> None:
    start("worker", "--scheduler-file", str(scheduler_file), "--nthreads", "1", "--no-nanny",
          "--no-dashboard", *more, **environment)  # fmt: skip


def test_a_run_joins_a_cluster_and_leaves_it_running(
    on_cluster: Any, make_analysis: Any, start: Start, scheduler_file: Path, tmp_path: Path
) -> None:
    here = run(make_analysis(), tmp_path / "here")
    for _ in range(2):
        worker(start, scheduler_file)
    notes = Notes()
    analysis = on_cluster(cluster={"scheduler": str(scheduler_file)}, executor="dask")
    there = run(analysis, tmp_path / "there", progress=notes)
    assert there.complete
    assert there.output == here.output
    assert there.executor == "dask"
    assert notes.has("Dask dashboard: http://127.0.0.1:")
    assert not notes.has("Dask dashboard: http://127.0.0.1:8787")

    address = DaskJoinBackend(analysis.cluster, ())
    try:
        assert wait_until(lambda: not address.wait((), 0.1) and address.workers == 2, 20)
    finally:
        address.close()


def test_a_simulation_joins_a_cluster(
    start: Start, scheduler_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # That of the session: the worker would else compile everything anew.
    if CACHE is None:
        monkeypatch.delenv("BUMPCAST_CACHE")
    else:
        monkeypatch.setenv("BUMPCAST_CACHE", CACHE)
    worker(start, scheduler_file)
    places = {"here": "--executor=iterative", "there": f"--scheduler={scheduler_file}"}
    for name, place in places.items():
        command = ["simulate", str(CARD), "--events", "3", place, "--no-progress"]
        result = CliRunner().invoke(main, [*command, "-o", str(tmp_path / f"{name}.root")])
        assert result.exit_code == 0, result.output
    momenta = []
    for name in ("here", "there"):
        with uproot.open(tmp_path / f"{name}.root") as file:
            momenta.append(file["Delphes"]["Jet/Jet.PT"].array().to_list())
    assert momenta[0] == momenta[1]
    assert len(momenta[0]) == 3


def test_a_worker_that_is_not_like_the_driver_is_told(
    on_cluster: Any, start: Start, scheduler_file: Path, tmp_path: Path
) -> None:
    worker(start, scheduler_file, "--nthreads", "3")
    analysis = on_cluster(cluster={"scheduler": str(scheduler_file)}, executor="dask")
    with pytest.raises(BackendError, match=r"the worker tcp://.* 3 calls at a time.*--nthreads 1"):
        run(analysis, tmp_path / "run")


def test_a_worker_without_the_package_is_told(
    on_cluster: Any, start: Start, scheduler_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "other" / "bumpcast").mkdir(parents=True)
    (tmp_path / "other" / "bumpcast" / "__init__.py").touch()
    worker(start, scheduler_file, PYTHONPATH=str(tmp_path / "other"))
    analysis = on_cluster(cluster={"scheduler": str(scheduler_file)}, executor="dask")
    with pytest.raises(BackendError, match="it cannot run this package's code: "):
        run(analysis, tmp_path / "run")


def test_a_cluster_without_workers_is_told(
    on_cluster: Any, scheduler_file: Path, tmp_path: Path
) -> None:
    table = {"scheduler": str(scheduler_file), "wait_s": 1.0}
    with pytest.raises(BackendError, match=r"no worker for 1 s at tcp://127.*dask worker"):
        run(on_cluster(cluster=table, executor="dask"), tmp_path / "run")


def test_a_cluster_behind_certificates_is_joined_with_them(
    on_cluster: Any, make_analysis: Any, start: Start, tmp_path: Path
) -> None:
    _, files = make_certificates(tmp_path, travel=False)
    tls = [
        word
        for option, path in zip(("--tls-ca-file", "--tls-cert", "--tls-key"), files, strict=True)
        for word in (option, str(path))
    ]
    path = tmp_path / "scheduler.json"
    start("scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--protocol", "tls",
          "--scheduler-file", str(path), *tls)  # fmt: skip
    assert wait_until(lambda: path.exists() and bool(path.read_text()), 30)
    worker(start, path, *tls, "--protocol", "tls")
    table = {"scheduler": str(path)}
    with pytest.raises(BackendError, match=r"tls://.* wants a certificate"):
        DaskJoinBackend(ClusterConfig.model_validate(table), ())
    table |= dict(zip(("tls_ca", "tls_cert", "tls_key"), map(str, files), strict=True))
    there = run(on_cluster(cluster=table, executor="dask"), tmp_path / "there")
    assert there.output == run(make_analysis(), tmp_path / "here").output


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (None, "say which with --scheduler"),
        ("/no/such.json", "the scheduler file /no/such.json cannot be read"),
        ("tls://127.0.0.1:1", "wants a certificate"),
        ("tcp://127.0.0.1:1", "no Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_a_scheduler_that_cannot_be_joined_is_told(
    monkeypatch: pytest.MonkeyPatch, scheduler: str | None, message: str
) -> None:
    monkeypatch.setattr("bumpcast.execution.backends.dask_join._CONNECT_S", 1)
    with pytest.raises(BackendError, match=message):
        DaskJoinBackend(ClusterConfig(scheduler=scheduler), ())


def test_another_file_is_no_scheduler_file(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text("[]")
    with pytest.raises(BackendError, match="is no scheduler file of Dask"):
        DaskJoinBackend(ClusterConfig(scheduler=str(path)), ())


def test_the_command_line_takes_a_scheduler_and_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", "--output", "out", "--no-progress", "--site", "testpool"]
    result = CliRunner().invoke(main, [*words, "--scheduler", "none.json"])
    assert result.exit_code == 1
    assert f"the scheduler file {tmp_path}/none.json cannot be read" in result.stderr
    result = CliRunner().invoke(main, [*words[:-1], "testpoll"])
    assert result.exit_code == 2
    assert "Did you mean 'testpool'?" in result.stderr
