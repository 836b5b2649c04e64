"""pyBumpHunter's documented case, and agreement with the likelihood."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, poisson

from bumpcast.bumps.cross_check import CrossCheckError, cross_check
from bumpcast.bumps.likelihood import signed_significances

DATA = Path(__file__).parents[1] / "data" / "pybumphunter_data.csv"


def test_the_documented_case() -> None:
    """The figures that pyBumpHunter's own tests ask for, checked by ATLAS's code in C++."""
    with DATA.open() as file:
        rows = [[float(value) for value in row.values()] for row in csv.DictReader(file)]
    low, high, counts, background = np.array(rows).T
    found = cross_check(
        np.append(low, high[-1:]), counts, background, widths=(2, 6), experiments=10_000, seed=666
    )
    assert (found.location, found.width, found.windows) == (16, 4, 285)
    assert f"{found.p_local:.7f}" == "0.0001734"
    assert found.excess == 208
    assert f"{found.p_global:.5f}" == "0.01770"
    assert found.low == pytest.approx(16 / 3)
    assert found.high == pytest.approx(20 / 3)


def test_the_local_probability_is_that_of_poisson_counts() -> None:
    random = np.random.default_rng(2)
    background = 200.0 * np.exp(-np.arange(40) / 15.0)
    counts = random.poisson(background).astype(float)
    counts[20:23] += 40
    found = cross_check(np.arange(41.0), counts, background, widths=(3, 3), experiments=200)
    assert found.location in (19, 20, 21)
    window = slice(found.location, found.location + 3)
    wanted = poisson.sf(counts[window].sum() - 1, background[window].sum())
    assert found.p_local == pytest.approx(wanted, rel=1e-6)
    assert found.p_global < 0.05


def test_it_finds_what_the_likelihood_finds() -> None:
    random = np.random.default_rng(3)
    background = 500.0 * np.exp(-np.arange(50) / 20.0)
    counts = random.poisson(background).astype(float)
    counts[30:33] += [45, 60, 45]
    z = signed_significances([0, 50], counts, background)
    found = cross_check(np.arange(51.0), counts, background, widths=(2, 5), experiments=500)
    centre = int(np.argmax(z))
    assert found.location <= centre < found.location + found.width
    assert norm.isf(found.p_local) == pytest.approx(z[centre], abs=1.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edges": [0.0, 1.0]}, "30 counts need 31 rising edges"),
        ({"widths": (2, 40)}, "windows of 2 to 40 bins do not fit into 30 bins"),
        ({"counts": [np.nan] * 30}, "counts must be finite and not negative; bin 0 holds nan"),
        ({"background": [-1.0] * 30}, "backgrounds must be finite and not negative"),
    ],
)
def test_what_cannot_be_scanned_is_refused(change: dict[str, object], message: str) -> None:
    case = {
        "edges": np.arange(31.0),
        "counts": np.ones(30),
        "background": np.ones(30),
        "widths": (2, 6),
    }
    with pytest.raises(CrossCheckError, match=message):
        cross_check(**(case | change))  # type: ignore[arg-type]
