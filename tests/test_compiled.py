from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from bumpcast import compiled as module
from bumpcast import own_code
from bumpcast.compiled import cache_folder, compiled, was_compiled
from bumpcast.own_code import code_digest


def test_the_chosen_folder_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.setenv("BUMPCAST_CACHE", "")
    assert cache_folder() == tmp_path / "xdg" / "bumpcast"
    monkeypatch.delenv("BUMPCAST_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "bumpcast"


def test_machine_code_is_kept_in_the_chosen_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path))
    before = numba.config.CACHE_DIR

    @compiled
    def doubled(value):  # type: ignore[no-untyped-def]
        return 2 * value

    assert before == numba.config.CACHE_DIR
    assert not was_compiled(__name__)
    assert doubled(21) == 42
    assert was_compiled(__name__)
    assert not was_compiled("bumpcast.simulate")
    kept = tmp_path / "compiled" / code_digest()[:16]
    assert len(list(kept.rglob("*.nbi"))) == len(list(kept.rglob("*.nbc"))) == 1

    assert compiled(doubled.py_func)(21) == 42  # type: ignore[attr-defined]
    assert len(list(kept.rglob("*.nbc"))) == 1


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, whose digest is taken."""
    copy = tmp_path / "bumpcast"
    shutil.copytree(
        Path(own_code.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(own_code, "__file__", str(copy / "own_code.py"))
    return copy


def digest() -> str:
    return code_digest.__wrapped__()  # what it is now, not what it was when first asked


def test_the_digest_does_not_depend_on_the_place(package: Path) -> None:
    before = digest()
    assert before == digest()
    other = package.with_name("elsewhere")
    shutil.copytree(package, other)
    own_code.__file__ = str(other / "own_code.py")
    assert digest() == before


def test_only_source_files_count(package: Path) -> None:
    before = digest()
    (package / "massscan" / "__pycache__").mkdir()
    (package / "massscan" / "__pycache__" / "kernel.cpython-311.pyc").write_bytes(b"\0")
    (package / "notes.txt").write_text("nothing")
    assert digest() == before


@pytest.mark.parametrize("name", ["compiled.py", "massscan/filling/kernel.py", "objects/lists.py"])
def test_a_change_of_code_changes_the_digest(package: Path, name: str) -> None:
    before = digest()
    path = package / name
    path.write_text(path.read_text() + "\n")
    changed = digest()
    assert changed != before
    path.rename(path.with_name("renamed.py"))
    assert digest() not in {before, changed}
    path.with_name("renamed.py").unlink()
    assert digest() not in {before, changed}


def test_the_digest_is_taken_once() -> None:
    assert code_digest() is code_digest()
    assert len(code_digest()) == 64


def test_of_two_processes_one_compiles(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "from bumpcast.compiled import compiled, set_up\n"
        "@compiled\n"
        "def total(values):\n"
        "    result = 0.0\n"
        "    for value in values:\n"
        "        result += value**3\n"
        "    return result\n"
    )
    script = (
        "import numpy, slow\n"
        "slow.set_up()\n"
        "assert slow.total(numpy.ones(3)) == 3.0\n"
        "print(sum(slow.total.stats.cache_misses.values()))\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "BUMPCAST_CACHE": str(tmp_path / "cache")}
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
        for _ in range(2)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in both) == 1


def test_a_lock_that_is_never_given_back_only_delays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "MOST_WAIT_S", 0.2)
    twice = compiled(_twice)
    folder = tmp_path / "compiled" / code_digest()[:16]
    with (folder / f"{_twice.__module__}.{_twice.__qualname__}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        start = time.monotonic()
        assert twice(3) == 6
    assert time.monotonic() - start > 0.2


def _twice(number: int) -> int:
    return 2 * number
