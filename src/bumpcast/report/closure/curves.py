"""Pictures of efficiencies and their relative differences against lifetime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture
from bumpcast.surrogates.closure.closure import Closure
from bumpcast.surrogates.llps import Floats

SEARCH: Final = "#1a1d21"
SURROGATE: Final = COLOURS[0]
MAP: Final = COLOURS[8]
BAND: Final = "#d8dce2"

LARGEST_ERROR: Final = 0.5
"""Relative differences with larger errors are in the table only."""

_SMALL_ERROR: Final = 0.2
"""Those with smaller ones decide how far an axis reaches."""

COLOURED: Final = 8
"""So many samples have a colour of their own."""

WIDTH: Final = 14.0
_MARKERS: Final = "osD^vP*X"
_LIFETIME: Final = r"mean proper decay length $c\tau$ [m]"


def panels(figure: Figure, number: int, rows: int, heights: tuple[float, ...]) -> Any:
    """Return axes (rows, number) whose columns share x.

    Args:
        figure: Where to.
        number: Of columns.
        rows: How many.
        heights: Of the rows, relative.
    """
    return figure.subplots(
        rows, number, sharex="col", squeeze=False, gridspec_kw={"height_ratios": heights}
    )


def width_of(number: int) -> float:
    """Return the width of a figure with some panels side by side, in inches."""
    return min(WIDTH, 1.2 + 3.4 * max(number, 2))


def save_sample(closure: Closure, rows: pd.DataFrame, path: Path) -> None:
    """Draw one sample's efficiencies against lifetime, and below the relative differences.

    Args:
        closure: Its classes and uncertainties.
        rows: Of the sample, from `Closure.table`.
        path: Picture to write.
    """
    classes = closure.classes[1:]
    with house_style():
        figure = new_figure(width_of(len(classes)), 5.4)
        axes = panels(figure, len(classes), 2, (2.1, 1.0))
        for column, name in enumerate(classes):
            of_class = rows[rows["class"] == name].sort_values("ctau_m")
            _efficiencies(axes[0, column], of_class, closure)
            axes[0, column].set_title(name)
            _differences_of_both(axes[1, column], of_class, closure, name)
            axes[1, column].set_xlabel(_LIFETIME)
        axes[0, 0].set_ylabel("efficiency")
        axes[1, 0].set_ylabel("relative\ndifference")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
        save_picture(figure, path)


def save_differences(closure: Closure, path: Path) -> None:
    """Draw the relative differences of all samples against lifetime.

    Args:
        closure: Of samples whose lifetimes are known.
        path: Picture to write.
    """
    table, classes = closure.table, closure.classes[1:]
    prefixes = [("surrogate", "")] + ([("map", "map_")] if closure.other is not None else [])
    with house_style():
        figure = new_figure(width_of(len(classes)), 1.0 + 2.7 * len(prefixes))
        axes = panels(figure, len(classes), len(prefixes), (1.0,) * len(prefixes))
        for column, name in enumerate(classes):
            of_class = table[table["class"] == name]
            limit = difference_limit(of_class, closure.uncertainty[name], [p for _, p in prefixes])
            for row, (what, prefix) in enumerate(prefixes):
                axis = axes[row, column]
                _band(axis, closure.uncertainty[name])
                for number, sample in enumerate(closure.samples):
                    of_sample = of_class[of_class["sample"] == sample]
                    alone = len(closure.samples) > COLOURED
                    draw_differences(
                        axis,
                        of_sample["ctau_m"].to_numpy(),
                        of_sample,
                        prefix,
                        limit,
                        color=COLOURS[0 if alone else number],
                        marker="o" if alone else _MARKERS[number],
                        label=None if alone else sample,
                        alpha=0.4 if alone else 1.0,
                    )
                _difference_axis(axis, limit)
                _lifetime_axis(axis, table)
                if column == 0:
                    axis.set_ylabel(f"{what} / search - 1")
                if row == 0:
                    axis.set_title(name)
            axes[-1, column].set_xlabel(_LIFETIME)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        if labels:
            figure.legend(handles, labels, loc="outside upper right", ncols=min(len(labels), 4))
        save_picture(figure, path)


def difference_limit(rows: pd.DataFrame, uncertainty: float, prefixes: list[str]) -> float:
    """Return how far an axis of relative differences reaches: to what is known, and at most to 1.

    Args:
        rows: What is drawn, from `Closure.table`.
        uncertainty: The card's; NaN: not known.
        prefixes: Of the columns that are drawn, '' or 'map_'.
    """
    largest = [0.1, 2.0 * uncertainty if np.isfinite(uncertainty) else 0.1]
    for prefix in prefixes:
        error = rows[f"{prefix}difference_error"]
        known = rows[error < (_SMALL_ERROR if (error < _SMALL_ERROR).any() else LARGEST_ERROR)]
        reach = known[f"{prefix}difference"].abs() + known[f"{prefix}difference_error"]
        largest += reach.tolist()
    return min(1.1 * max(largest), 1.0)


def draw_differences(
    axis: Axes,
    places: Floats,
    rows: pd.DataFrame,
    prefix: str,
    limit: float,
    *,
    along_y: bool = False,
    **style: Any,
) -> None:
    """Draw relative differences with their errors; those beyond the axis as triangles at its end.

    Args:
        axis: Where to.
        places: Where along the other axis; (rows,).
        rows: From `Closure.table`.
        prefix: Of the columns, '' or 'map_'.
        limit: How far the axis reaches.
        along_y: Whether places are along y.
        style: Of the points.
    """
    value = rows[f"{prefix}difference"].to_numpy()
    error = rows[f"{prefix}difference_error"].to_numpy()
    drawn = error < LARGEST_ERROR
    inside = drawn & (np.abs(value) <= limit)
    along, across = places[inside], value[inside]
    axis.errorbar(
        across if along_y else along,
        along if along_y else across,
        xerr=error[inside] if along_y else None,
        yerr=None if along_y else error[inside],
        linestyle="none",
        markersize=4.5,
        linewidth=1.2,
        **style,
    )
    for beyond, marker in ((value > limit, 2), (value < -limit, 3)):
        if np.any(drawn & beyond):
            at = np.full(
                np.count_nonzero(drawn & beyond), 0.96 * limit * (1 if marker == 2 else -1)
            )
            ends = (places[drawn & beyond], at)
            axis.plot(
                *(ends[::-1] if along_y else ends),
                linestyle="none",
                marker=((">" if marker == 2 else "<") if along_y else "^" if marker == 2 else "v"),
                markersize=6,
                color=style["color"],
                alpha=style.get("alpha"),
                markerfacecolor="none",
            )


def _efficiencies(axis: Axes, rows: pd.DataFrame, closure: Closure) -> None:
    """Draw the search solid, the surrogate dashed and the map dotted."""
    ctau = rows["ctau_m"].to_numpy()
    lines = [
        ("search", "search", "-", "o", SEARCH),
        ("surrogate", "surrogate", "--", "s", SURROGATE),
    ]
    if closure.other is not None:
        lines.append(("map", "map", ":", "^", MAP))
    for column, label, style, marker, colour in lines:
        value = rows[column].to_numpy()
        positive = value > 0
        axis.errorbar(
            ctau[positive],
            value[positive],
            rows[f"{column}_error"].to_numpy()[positive],
            linestyle=style,
            marker=marker,
            markersize=4,
            linewidth=1.6,
            elinewidth=1.0,
            color=colour,
            label=label,
        )
    seen = rows["search"].to_numpy()
    seen = seen[seen > 0]
    _lifetime_axis(axis, rows)
    if any(np.any(rows[column] > 0) for column, *_ in lines):
        axis.set_yscale("log")
    if len(seen):
        axis.set_ylim(0.3 * seen.min(), 3 * seen.max())


def _differences_of_both(axis: Axes, rows: pd.DataFrame, closure: Closure, name: str) -> None:
    uncertainty = closure.uncertainty[name]
    limit = difference_limit(rows, uncertainty, [""])
    _band(axis, uncertainty)
    ctau = rows["ctau_m"].to_numpy()
    if closure.other is not None:
        # A little aside, so that both can be seen.
        draw_differences(axis, 1.06 * ctau, rows, "map_", limit, color=MAP, marker="^")
    draw_differences(axis, ctau, rows, "", limit, color=SURROGATE, marker="s")
    _difference_axis(axis, limit)


def _band(axis: Axes, uncertainty: float) -> None:
    if np.isfinite(uncertainty):
        axis.axhspan(-uncertainty, uncertainty, color=BAND, zorder=0, linewidth=0)


def _lifetime_axis(axis: Axes, rows: pd.DataFrame) -> None:
    """Set it by the lifetimes, whether or not there is anything to draw."""
    axis.set_xscale("log")
    axis.set_xlim(0.7 * rows["ctau_m"].min(), 1.4 * rows["ctau_m"].max())


def _difference_axis(axis: Axes, limit: float) -> None:
    axis.axhline(0.0, color=SEARCH, linewidth=0.8)
    axis.set_ylim(-limit, limit)
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
