from __future__ import annotations

import pytest

from bumpcast.execution.folder import Lock, OutputError, choose_folder
from bumpcast.execution.ledger import LEDGER


@pytest.fixture
def choose(tmp_path):
    def chosen(output=None, *, resume=False, overwrite=False):
        base = tmp_path / "results"
        return choose_folder("toy", output, resume=resume, overwrite=overwrite, base=base)

    return chosen


def test_a_new_number_each_time(choose):
    for name in ("toy", "toy-2", "toy-3"):
        folder = choose()
        assert folder.name == name
        assert folder.is_dir()
        (folder / LEDGER).touch()
    assert choose(resume=True).name == "toy-3"
    assert choose(overwrite=True).name == "toy-3"
    assert list(choose(overwrite=True).iterdir()) == []


def test_a_run_is_only_replaced_when_asked_to(choose, tmp_path):
    folder = choose(tmp_path / "mine")
    (folder / LEDGER).touch()
    (folder / "plots").mkdir()
    (folder / "plots" / "a.png").touch()
    with pytest.raises(OutputError, match="already holds a run"):
        choose(folder)
    assert choose(folder, resume=True) == folder
    assert (folder / "plots" / "a.png").exists()
    choose(folder, overwrite=True)
    assert list(folder.iterdir()) == []


def test_what_is_no_run_is_never_deleted(choose, tmp_path):
    (tmp_path / "thesis.tex").touch()
    for flags in ({}, {"overwrite": True}):
        with pytest.raises(OutputError, match="is not empty and holds no run"):
            choose(tmp_path, **flags)
    with pytest.raises(OutputError, match="holds no run to resume"):
        choose(tmp_path, resume=True)
    with pytest.raises(OutputError, match="is a file"):
        choose(tmp_path / "thesis.tex")
    with pytest.raises(OutputError, match="choose one"):
        choose(resume=True, overwrite=True)
    with pytest.raises(OutputError, match="no run of 'toy'"):
        choose(resume=True)


def test_what_a_run_left_that_was_killed_early_is_no_hindrance(choose, tmp_path):
    folder = tmp_path / "mine"
    (folder / ".tls").mkdir(parents=True)
    (folder / "logs").mkdir()
    for name in ("worker-1.0.err", "worker-1.log", "dask-worker-7.out"):
        (folder / "logs" / name).touch()
    assert choose(folder) == folder
    assert choose(folder, overwrite=True) == folder
    # A folder of that name that holds something else is the user's.
    (folder / "logs" / "notes.txt").touch()
    with pytest.raises(OutputError, match="is not empty and holds no run"):
        choose(folder)


def test_two_runs_cannot_share_a_folder(tmp_path):
    with Lock(tmp_path), pytest.raises(OutputError, match="another process"), Lock(tmp_path):
        pass
    with Lock(tmp_path):
        pass
