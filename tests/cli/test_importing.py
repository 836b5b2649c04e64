"""A run begins fast, and ends cleanly before it has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.toml"


def processes_of(session: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def wait_until(true, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path):
    """Start `bumpcast run` in a session of its own, which has to be empty in the end."""
    started = []

    def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "run.py"), *words, "--output", str(tmp_path / "out")]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
            start_new_session=True,
            env={**os.environ, "BUMPCAST_CACHE": str(tmp_path / "cache"), **(environment or {})},
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        process.wait(60)
        wait_until(lambda process=process: not processes_of(process.pid), 5)
        process.stdout.close()
        process.stderr.close()


def test_the_verb_is_there_before_anything_heavy() -> None:
    script = (
        "import sys, bumpcast.cli.run\n"
        "heavy = {'awkward', 'coffea', 'dask', 'h5py', 'hist', 'numba', 'numpy', 'pandas'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_worker_imports_nothing_that_only_the_end_needs() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bumpcast.config import load\n"
        "from bumpcast.execution import ProcessorSpec\n"
        f"ProcessorSpec.of(load(Path({str(QUICKSTART)!r}))).make()\n"
        "late = {'dask', 'distributed', 'matplotlib', 'pandas'}\n"
        "assert not late & set(sys.modules), late & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def server_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [
        other
        for other in processes_of(process.pid)
        if other.pid != process.pid and "multiprocessing.forkserver" in " ".join(other.cmdline())
    ]


SLOW_IMPORT = """
import sys, time

class Slow:
    def find_spec(self, name, path, target=None):
        if name == "bumpcast.cli.carry_out":
            time.sleep(5)

sys.meta_path.insert(0, Slow())
"""


@pytest.mark.parametrize("after_s", [0.0, 0.7])
def test_ctrl_c_during_the_imports_says_one_line(start, tmp_path: Path, after_s: float) -> None:
    # Python imports it before anything else: however fast the machine, the imports take their time.
    (tmp_path / "sitecustomize.py").write_text(SLOW_IMPORT)
    process = start(str(QUICKSTART), environment={"PYTHONPATH": str(tmp_path)})
    wait_until(lambda: server_of(process), 20)
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("", "Interrupted.\n", 130)


def test_a_mistake_is_told_before_the_imports(start) -> None:
    process = start(str(QUICKSTART), "--set", "processor=nowhere.py:Scan")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "there is no file" in err
    assert "Traceback" not in err


def test_a_missing_file_leaves_no_process(start) -> None:
    process = start(str(QUICKSTART), "--set", 'datasets.ttbar.files=["none.root"]')
    _, err = process.communicate(timeout=30)
    assert process.returncode not in {0, None}
    assert "none.root" in err
    assert "Traceback" not in err
