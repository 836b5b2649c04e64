"""Pictures of samples without lifetimes, of reliability, and of what features are worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from bumpcast.report.closure.curves import (
    BAND,
    MAP,
    SEARCH,
    SURROGATE,
    difference_limit,
    draw_differences,
    panels,
    width_of,
)
from bumpcast.report.closure.words import with_error
from bumpcast.report.style import house_style, new_figure, save_picture
from bumpcast.surrogates.closure.closure import Closure
from bumpcast.surrogates.closure.importance import Importance
from bumpcast.surrogates.closure.reliability import Reliability
from bumpcast.surrogates.features import FEATURES

_RATIO_LIMIT: Final = 0.6


def save_samples(closure: Closure, rows: pd.DataFrame, path: Path) -> None:
    """Draw the relative differences sample by sample, for samples of one lifetime.

    Args:
        closure: Its classes and uncertainties.
        rows: From `Closure.table`; samples in the order in which they are to be drawn, from above.
        path: Picture to write.
    """
    classes = closure.classes[1:]
    samples = list(dict.fromkeys(rows["sample"]))
    prefixes = [""] + (["map_"] if closure.other is not None else [])
    with house_style():
        figure = new_figure(width_of(len(classes)), 1.6 + 0.32 * max(len(samples), 3))
        axes = figure.subplots(1, len(classes), sharey=True, squeeze=False)[0]
        for axis, name in zip(axes, classes, strict=True):
            of_class = rows[rows["class"] == name]
            place = of_class["sample"].map(samples.index).to_numpy(np.float64)
            uncertainty = closure.uncertainty[name]
            limit = difference_limit(of_class, uncertainty, prefixes)
            if np.isfinite(uncertainty):
                axis.axvspan(-uncertainty, uncertainty, color=BAND, zorder=0, linewidth=0)
            axis.axvline(0.0, color=SEARCH, linewidth=0.8)
            for prefix, shift, colour, marker, label in (
                ("", -0.12, SURROGATE, "s", "surrogate"),
                ("map_", 0.16, MAP, "^", "map"),
            ):
                if prefix in prefixes:
                    draw_differences(
                        axis,
                        place + shift,
                        of_class,
                        prefix,
                        limit,
                        along_y=True,
                        color=colour,
                        marker=marker,
                        label=label,
                    )
            axis.set_xlim(-limit, limit)
            axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axis.set_xlabel("relative difference")
            axis.set_title(name)
        axes[0].set_yticks(range(len(samples)), samples)
        axes[0].set_ylim(len(samples) - 0.5, -0.5)
        for axis in axes:
            axis.tick_params(axis="y", which="both", length=0)
            axis.yaxis.set_tick_params(which="minor", length=0)
            axis.yaxis.minorticks_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2)
        save_picture(figure, path)


def save_reliability(closure: Closure, path: Path) -> None:
    """Draw how often the search selects what a model gives some probability, class by class.

    Args:
        closure: What to draw.
        path: Picture to write.
    """
    classes = closure.classes[1:]
    with house_style():
        figure = new_figure(width_of(len(classes)), 5.4)
        axes = panels(figure, len(classes), 2, (2.1, 1.0))
        for column, name in enumerate(classes):
            main, ratio = axes[:, column]
            if closure.other is not None and name in closure.other.reliability:
                _reliability(main, ratio, closure.other.reliability[name], "map", "^", MAP)
            if name in closure.surrogate.reliability:
                found = closure.surrogate.reliability[name]
                _reliability(main, ratio, found, "surrogate", "s", SURROGATE)
            if main.has_data():
                _diagonal(main)
            ratio.axhline(0.0, color=SEARCH, linewidth=0.8)
            ratio.set_ylim(-_RATIO_LIMIT, _RATIO_LIMIT)
            ratio.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            ratio.set_xlabel("predicted probability")
            main.set_title(name)
        axes[0, 0].set_ylabel("observed frequency")
        axes[1, 0].set_ylabel("observed /\npredicted - 1")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2)
        save_picture(figure, path)


def save_importance(found: Sequence[Importance], path: Path) -> None:
    """Draw what each quantity is worth.

    Args:
        found: Most first.
        path: Picture to write.
    """
    with house_style():
        figure = new_figure(10.5, 1.2 + 0.38 * max(len(found), 3))
        axis = figure.subplots()
        places = np.arange(len(found))
        values = 1e3 * np.array([one.increase for one in found])
        axis.barh(places, values, color=SURROGATE, height=0.62)
        largest = max(float(values.max()), 1e-12)
        for place, value, one in zip(places, values, found, strict=True):
            axis.text(
                max(value, 0.0) + 0.01 * largest,
                float(place),
                with_error(value, 1e3 * one.deviation),
                va="center",
                fontsize=10,
            )
        axis.set_yticks(places, [described(one) for one in found])
        axis.set_ylim(len(found) - 0.5, -0.5)
        axis.set_xlim(min(0.0, 1.1 * float(values.min())), 1.35 * largest)
        axis.set_xlabel(r"increase of the cross-entropy [$10^{-3}$]")
        axis.tick_params(axis="y", which="both", length=0)
        axis.yaxis.minorticks_off()
        save_picture(figure, path)


def described(one: Importance) -> str:
    """Return a quantity with its meaning, such as 'pT: transverse momentum [GeV]'."""
    feature = FEATURES.get(one.features[0])
    if feature is None:
        return one.quantity
    meaning = feature.meaning if feature.quantity is None else feature.quantity.meaning
    unit = f" [{feature.unit}]" if feature.unit else ""
    return f"{one.quantity}: {meaning}{unit}" if meaning != one.quantity else f"{meaning}{unit}"


def _reliability(
    main: Axes, ratio: Axes, found: Reliability, label: str, marker: str, colour: str
) -> None:
    if not len(found.events):
        return
    seen = found.observed > 0
    style: dict[str, Any] = {
        "linestyle": "none",
        "marker": marker,
        "markersize": 4.5,
        "color": colour,
    }
    main.errorbar(
        found.predicted[seen],
        found.observed[seen],
        np.abs([(found.observed - found.low)[seen], (found.high - found.observed)[seen]]),
        label=label,
        **style,
    )
    # None were selected: an arrow from where their share is below.
    if not seen.all():
        main.errorbar(
            found.predicted[~seen],
            found.high[~seen],
            yerr=0.4 * found.high[~seen],
            uplims=True,
            linestyle="none",
            color=colour,
        )
    relative = found.observed / found.predicted - 1
    low, high = found.low / found.predicted - 1, found.high / found.predicted - 1
    inside = np.abs(relative) < _RATIO_LIMIT
    ratio.errorbar(
        found.predicted[inside],
        relative[inside],
        np.abs([(relative - low)[inside], (high - relative)[inside]]),
        **style,
    )
    for beyond, sign in ((relative >= _RATIO_LIMIT, 1), (relative <= -_RATIO_LIMIT, -1)):
        ratio.plot(
            found.predicted[beyond],
            np.full(np.count_nonzero(beyond), 0.93 * sign * _RATIO_LIMIT),
            linestyle="none",
            marker="^" if sign > 0 else "v",
            markerfacecolor="none",
            color=colour,
        )


def _diagonal(axis: Axes) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    low = min(axis.get_xlim()[0], axis.get_ylim()[0])
    high = max(axis.get_xlim()[1], axis.get_ylim()[1])
    axis.plot([low, high], [low, high], color=SEARCH, linewidth=0.8)
    axis.set_xlim(low, high)
    axis.set_ylim(low, high)
