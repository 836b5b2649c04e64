"""Numbers and sentences of a closure, as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from bumpcast.surrogates.closure.beyond_chance import Factor, Spread
from bumpcast.surrogates.closure.closure import Closure
from bumpcast.surrogates.llps import Floats

NOTHING: Final = "-"

USUAL: Final = (
    "What is usual: in region A the published surrogate of CalRatio + 2 jets gives 0.09 % for ggH "
    "125 → 55 55 GeV at c tau = 5.32 m, where the full analysis has 0.10 %, and 2.46 % for "
    "600 → 275 275 GeV at 4.288 m, where it has 2.8 %; that of CalRatio + W for axion-like "
    "particles is 0 to 17 % below in the regions A to D (arXiv:2502.10231)."
)


def percent(value: float, error: float = math.nan, *, signed: bool = False) -> str:
    """Return a share in percent, with as many digits as its error tells.

    Args:
        value: Such as 0.028.
        error: Its standard deviation; NaN or zero: not known, and three digits are shown.
        signed: Whether a plus is written.
    """
    return with_error(100 * value, 100 * error, signed=signed)


def with_error(value: float, error: float = math.nan, *, signed: bool = False) -> str:
    """Return a number with as many digits as its error tells; see `percent`."""
    if math.isnan(value):
        return NOTHING
    sign = "+" if signed else ""
    if not error > 0:
        return f"{value:{sign}.3g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:{sign}.{digits}f} ± {error:.{digits}f}"


def lifetime(ctau_m: float) -> str:
    """Return a lifetime's number in m; nothing where it is not known."""
    return NOTHING if math.isnan(ctau_m) else f"{ctau_m:.4g}"


def row_words(row: Any, *, with_map: bool) -> dict[str, str]:
    """Return what a table of people shows of a row, by heading.

    Args:
        row: Of `Closure.table`, from its `to_dict("records")`.
        with_map: Whether there are the columns of a map.
    """
    words = {
        "sample": str(row["sample"]),
        "c tau [m]": lifetime(row["ctau_m"]),
        "class": str(row["class"]),
        "events": f"{row['events']:,}",
        "search [%]": percent(row["search"], row["search_error"]),
        "surrogate [%]": percent(row["surrogate"], row["surrogate_error"]),
        "difference [%]": percent(row["difference"], row["difference_error"], signed=True),
        "sigma": NOTHING if math.isnan(row["pull"]) else f"{row['pull']:+.1f}",
    }
    if with_map:
        words["map [%]"] = percent(row["map"], row["map_error"])
        words["map difference [%]"] = percent(
            row["map_difference"], row["map_difference_error"], signed=True
        )
    words["outside [%]"] = percent(row["outside"])
    words[""] = marks(row)
    return words


def marks(row: Any) -> str:
    """Return the signs of a row whose difference is large: ▲ beyond uncertainty, ◆ significant."""
    return ("▲" if row["beyond_uncertainty"] else "") + ("◆" if row["significant"] else "")


def deviations(table: pd.DataFrame, closure: Closure) -> Floats:
    """Return how bad each row is: |difference| by its uncertainty and chance together.

    Args:
        table: From `Closure.table`.
        closure: The same.

    Returns:
        (rows,); -1 where the search selects nothing.
    """
    allowed = table["class"].map(dict(closure.uncertainty)).fillna(0.0).to_numpy(np.float64)
    both = np.hypot(allowed, table["difference_error"].to_numpy())
    result = np.full(len(table), -1.0)
    np.divide(np.abs(table["difference"].to_numpy()), both, out=result, where=both > 0)
    return result


def factor_words(found: Factor | None) -> str:
    """Return by which factor a map is further off, such as '12' or '> 5.3'."""
    if found is None:
        return NOTHING
    return f"{found.relation} {found.value:.2g}".removeprefix("= ")


def spread_words(spread: Spread) -> str:
    """Return how far a model is off beyond chance in percent, such as '3.1' or '< 2.0'."""
    if not spread.groups or math.isnan(spread.beyond):
        return NOTHING
    return f"{100 * spread.beyond:.2g}" if spread.beyond > 0 else f"< {100 * spread.below:.2g}"


def chi2_words(spread: Spread) -> str:
    """Return chi-square and number of groups."""
    return f"{spread.chi2:.1f} / {spread.degrees}" if spread.degrees else NOTHING


def verdict(closure: Closure) -> list[str]:
    """Return how good the model is, and by which factor the map is worse, a sentence each."""
    classes = closure.classes[1:]
    sentences = [
        "Relative differences from the search, root mean square beyond statistics: "
        + _listed([f"{name} {spread_words(closure.surrogate.spreads[name])} %" for name in classes])
        + "."
    ]
    if closure.other is None:
        return sentences
    known = [name for name in classes if closure.other.spreads[name].groups]
    sentences.append(
        "Those of the map: "
        + _listed([f"{name} {spread_words(closure.other.spreads[name])} %" for name in known])
        + "."
    )
    worse, better, same = [], [], []
    for name, found in closure.factors().items():
        if name not in known:
            continue
        if found is not None and found.value > 1 and found.relation != "<":
            least = "at least " if found.relation == ">" else ""
            worse.append(f"{name} by {least}a factor {found.value:.2g}")
        elif found is not None and found.value < 1 and found.relation != ">":
            least = "at least " if found.relation == "<" else ""
            better.append(f"{name} by {least}a factor {1 / found.value:.2g}")
        else:
            same.append(name)
    if worse:
        sentences.append(f"The map is worse in {_listed(worse)}.")
    if better:
        sentences.append(f"The map is better in {_listed(better)}.")
    if same:
        sentences.append(f"Chance hides which of both is better in {_listed(same)}.")
    return sentences


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
