from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bumpcast
from bumpcast.errors import BumpcastError, did_you_mean, nearest

KINDS = ("Electron", "Muon", "Photon", "Jet", "FatJet", "MissingET")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Electrons", ["Electron"]),
        ("electron", ["Electron"]),
        ("MUON", ["Muon"]),
        ("jet", ["Jet", "FatJet"]),
        ("xyz", []),
        ("", []),
    ],
)
def test_nearest(name: str, expected: list[str]) -> None:
    assert nearest(name, KINDS) == expected


def test_the_nearest_are_bounded_and_best_first() -> None:
    candidates = ["mass1", "mass12", "mass123", "mass1234"]
    assert nearest("mass12", candidates) == ["mass12", "mass123", "mass1"]
    assert nearest("mass12", candidates, most=1) == ["mass12"]


@pytest.mark.parametrize(
    ("name", "candidates", "sentence"),
    [
        ("Electrons", KINDS, "Did you mean 'Electron'?"),
        ("jet", KINDS, "Did you mean 'Jet' or 'FatJet'?"),
        ("x", ["b", "a", "b"], "Known names: 'a', 'b'."),
        ("x", [], "There are none."),
        (
            "x",
            [f"{n:03}" for n in range(15)],
            "Known names: " + ", ".join(f"'{n:03}'" for n in range(12)) + " and 3 more.",
        ),
        ("x", [f"{n:03}" for n in range(12)], "'010', '011'."),
    ],
)
def test_did_you_mean(name: str, candidates: list[str], sentence: str) -> None:
    assert did_you_mean(name, candidates).endswith(sentence)


@given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=20))
def test_a_sentence_for_any_names(name: str, candidates: list[str]) -> None:
    assert set(nearest(name, candidates)) <= set(candidates)
    assert did_you_mean(name, candidates)[-1] in ".?"
    if name in candidates:
        assert name in nearest(name, candidates) or name == ""


def all_errors() -> list[type[Exception]]:
    """Return every exception that a module of the package defines for others to see."""
    found = []
    for info in pkgutil.walk_packages(bumpcast.__path__, "bumpcast."):
        module = importlib.import_module(info.name)
        for name, value in inspect.getmembers(module, inspect.isclass):
            mine = value.__module__ == info.name and not name.startswith("_")
            if mine and issubclass(value, Exception):
                found.append(value)
    return found


def test_every_public_error_is_named_and_described() -> None:
    errors = all_errors()
    assert len(errors) > 10
    for error in errors:
        assert error.__name__.endswith("Error"), error
        assert error.__doc__, error


def test_errors_leave_with_a_code() -> None:
    assert BumpcastError.exit_code == 1
    assert all(error.exit_code > 0 for error in all_errors() if issubclass(error, BumpcastError))
