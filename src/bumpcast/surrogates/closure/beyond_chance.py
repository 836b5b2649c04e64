"""How far a model is off beyond what the number of compared events explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Spread:
    """The relative differences of one class, all groups together.

    Attributes:
        groups: How many have a difference: the search selects something there.
        all: Root mean square of the differences, chance included.
        beyond: The same without chance; zero where chance explains all of it.
        below: Where `beyond` is below with 95 % confidence, as far as chance can tell.
        chi2: Sum of (difference / its error)^2 over the groups with an error above zero.
        degrees: How many these are.
    """

    groups: int
    all: float
    beyond: float
    below: float
    chi2: float
    degrees: int


def spread_of(table: pd.DataFrame, name: str) -> Spread:
    """Return how far a model is off in one class.

    With d_i the relative differences, e_i their errors and n_i the events that the search selected,
    beyond^2 = sum(n_i (d_i^2 - e_i^2)) / sum(n_i): chance adds e_i^2 to d_i^2 on average. For
    Gaussian d_i the variance of beyond^2 is sum(n_i^2 (2 e_i^4 + 4 e_i^2 beyond^2)) / sum(n_i)^2.

    Args:
        table: From `comparing.compare`.
        name: The class.
    """
    rows = table[(table["class"] == name) & table["difference"].notna()]
    if not len(rows):
        return Spread(0, np.nan, np.nan, np.nan, np.nan, 0)
    counts = (rows["search"] * rows["events"]).to_numpy()
    share = counts / counts.sum()
    squares = rows["difference"].to_numpy() ** 2
    chance = rows["difference_error"].to_numpy() ** 2
    excess = float(share @ (squares - chance))
    known = max(excess, 0.0)
    deviation = np.sqrt(np.sum(share**2 * (2 * chance**2 + 4 * chance * known)))
    certain = chance > 0
    return Spread(
        groups=len(rows),
        all=float(np.sqrt(share @ squares)),
        beyond=float(np.sqrt(known)),
        below=float(np.sqrt(known + 1.645 * deviation)),
        chi2=float(np.sum(squares[certain] / chance[certain])),
        degrees=int(np.count_nonzero(certain)),
    )


def spreads_of(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, Spread]:
    """Return `spread_of` of each selected class.

    Args:
        table: From `comparing.compare`.
        classes: All of them, first 'not selected'.
    """
    return {name: spread_of(table, name) for name in classes[1:]}


@dataclass(frozen=True)
class Factor:
    """By how much one model is further off than another.

    Attributes:
        value: The ratio of both `Spread.beyond`; where chance explains all that one of them is off,
            `Spread.below` was taken for it.
        relation: '=' for the ratio, '>' where it is at least so large, '<' where at most.
    """

    value: float
    relation: Literal["=", ">", "<"] = "="


def factor(worse: Spread, better: Spread) -> Factor | None:
    """Return by which factor one model is further off than another; None where nobody can tell.

    Args:
        worse: How far the one is off, such as a map.
        better: How far the other is.
    """
    if worse.beyond > 0 and better.beyond > 0:
        return Factor(worse.beyond / better.beyond)
    if worse.beyond > 0 and better.below > 0:
        return Factor(worse.beyond / better.below, ">")
    if better.beyond > 0 and worse.below > 0:
        return Factor(worse.below / better.beyond, "<")
    return None
