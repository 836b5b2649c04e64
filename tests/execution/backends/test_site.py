from __future__ import annotations

from pathlib import Path

import pytest

from bumpcast.execution.backends.dask_calls import dashboard_note
from bumpcast.execution.backends.site import PACKAGES, differences, facts, judge, look_around


def test_equal_environments_do_not_differ() -> None:
    assert differences(facts(), facts()) == []
    assert set(PACKAGES) < set(facts())


def test_what_differs_or_is_missing_is_named() -> None:
    here = {"Python": "3.12", "numpy": "2.1.0", "uproot": "5.6.0"}
    there = {"Python": "3.11", "numpy": "2.1.0"}
    assert differences(here, there) == [
        "Python is 3.11 there and 3.12 here",
        "uproot is missing there and 5.6.0 here",
    ]


def test_the_dashboard_comes_with_the_way_to_it() -> None:
    note = dashboard_note("http://127.0.0.1:8787/status")
    assert note.startswith("Dask dashboard: http://127.0.0.1:8787/status (from elsewhere: ssh -N ")
    assert "-L 8787:127.0.0.1:8787 " in note


def test_what_is_right_passes_every_check(tmp_path: Path) -> None:
    file = tmp_path / "a.root"
    file.write_bytes(b"root")
    checks = judge(facts(), look_around([str(file)], threads=1))
    assert {check.name for check in checks} == {*facts(), "threads", "scratch space", "input"}
    assert all(check.passed for check in checks)


def test_what_is_not_right_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "nowhere"))
    missing, remote = tmp_path / "b.root", "nosuch://host/c.root"
    found = look_around([str(missing), remote], threads=4)
    details = [check.detail for check in judge(facts(), found) if not check.passed]
    assert details[0].startswith("4 calls at a time")
    assert details[1] == f"{tmp_path}/nowhere cannot be written: No such file or directory"
    assert details[2] == f"the input {missing} cannot be read there: No such file or directory"
    assert details[3].startswith(f"the input {remote} cannot be read there: ")
    assert len(details) == 4
