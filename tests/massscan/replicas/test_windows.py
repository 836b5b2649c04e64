"""Lists of histograms and their ranges."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.massscan.replicas.windows import Windows, WindowsError


def make(states: list[int], observables: list[int], first: list[int], bins: list[int]) -> Windows:
    return Windows(*(np.array(column, np.int64) for column in (states, observables, first, bins)))


def test_a_list_survives_as_text() -> None:
    random = np.random.default_rng(1)
    states = np.sort(random.integers(0, 2**46, 40).repeat(50))
    observables = np.sort(random.integers(0, 2**59, (40, 50)), axis=1).ravel()
    windows = Windows(states, observables, random.integers(0, 900, 2000), np.full(2000, 31))
    back = Windows.decode(windows.encode())
    assert back.digest == windows.digest
    for name in ("states", "observables", "first", "bins", "offsets"):
        np.testing.assert_array_equal(getattr(back, name), getattr(windows, name))
    assert windows.cells == 62_000


def test_an_empty_list() -> None:
    windows = make([], [], [], [])
    assert len(Windows.decode(windows.encode())) == windows.cells == 0


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([2, 1], [1, 1], [1, 1], [5, 5]), "in the order of their codes"),
        (([1, 1], [3, 3], [1, 1], [5, 5]), "each of them once"),
        (([1], [3], [-1], [5]), "begins at bin 0"),
        (([1], [3], [1], [0]), "at least one bin"),
        (([1], [3], [1], [5, 5]), "1 histograms need as many"),
    ],
)
def test_what_is_no_list_is_refused(columns: tuple[list[int], ...], words: str) -> None:
    with pytest.raises(WindowsError, match=words):
        make(*columns)


def test_a_damaged_text_is_refused() -> None:
    with pytest.raises(WindowsError, match="cannot be read"):
        Windows.decode("not a list")
