from __future__ import annotations

from bumpcast.execution.backends.dask_calls import dashboard_note
from bumpcast.execution.backends.site import PACKAGES, differences, facts


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
