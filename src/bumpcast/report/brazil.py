"""The picture of limits against lifetime, with the bands of what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from bumpcast.limits.curve import LimitCurve
from bumpcast.limits.excluded import ExcludedRange
from bumpcast.limits.published import PublishedLimits
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture

Floats = npt.NDArray[np.float64]

BANDS: Final = {1: "#00c800", 2: "#ffd500"}
"""Green for one standard deviation and yellow for two, as everybody draws them."""

MOST_DECADES: Final = 4.0
"""Limits further above the lowest one are outside: a search says nothing there."""

_MODEL: Final = COLOURS[3]
_PUBLISHED: Final = COLOURS[0]


def save_brazil(
    curve: LimitCurve,
    path: Path,
    *,
    cross_section: float | None = None,
    excluded: Sequence[ExcludedRange] = (),
    published: PublishedLimits | None = None,
    title: str = "",
) -> Path:
    """Draw limits into a file: observed solid, expected dashed, with its bands.

    Args:
        curve: The limits.
        path: Picture to write; its ending says the format.
        cross_section: A model's cross-section times branching ratio in pb, drawn as a line.
        excluded: Lifetimes that are excluded for it, marked on the line.
        published: Limits to compare with, in the unit that the curve's are shown in.
        title: What the limits are of.
    """
    with house_style():
        figure = new_figure(7.0, 5.5)
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        if curve.expected is not None:
            _draw_expected(axes, curve.ctau, curve.shown[:, 1:])
        _draw_line(
            axes,
            curve.ctau,
            curve.shown[:, 0],
            "-",
            color="black",
            linewidth=1.8,
            label="Observed" if curve.expected is not None else "Limit",
        )
        if published is not None:
            _draw_published(axes, published)
        if cross_section is not None:
            _draw_model(axes, curve, cross_section / (curve.per or 1.0), excluded)
        _set_ranges(axes, curve, cross_section)
        axes.set_xlabel(r"$c\tau$ [m]")
        axes.set_ylabel(
            r"95% CL upper limit on $\sigma \times B$ [pb]"
            if curve.per is None
            else f"95% CL upper limit on $B$, for $\\sigma$ = {curve.per:g} pb"
        )
        axes.set_title(title)
        axes.set_title(f"{curve.luminosity:g} fb$^{{-1}}$", loc="right", fontsize=11)
        _draw_legend(axes)
        save_picture(figure, path)
    return path


def _draw_expected(axes: Axes, ctau: Floats, expected: Floats) -> None:
    for sigmas in (2, 1):
        low, high = expected[:, 2 - sigmas], expected[:, 2 + sigmas]
        known = np.isfinite(low) & np.isfinite(high)
        axes.fill_between(
            ctau,
            np.where(known, low, 1.0),
            np.where(known, high, 1.0),
            where=known.tolist(),
            color=BANDS[sigmas],
            linewidth=0.0,
            label=f"Expected {_band(sigmas)}",
        )
    _draw_line(
        axes, ctau, expected[:, 2], "--", color="black", linewidth=1.4, label="Expected, median"
    )


def _band(sigmas: int) -> str:
    return rf"$\pm$ {sigmas}$\sigma$"


def _draw_line(
    axes: Axes, ctau: Floats, limits: Floats, line: str, *, color: str, linewidth: float, label: str
) -> None:
    """Draw limits; where there is none is a gap."""
    known = np.where(np.isfinite(limits), limits, np.nan)
    marker = "o" if len(ctau) == 1 else ""
    axes.plot(
        ctau, known, linestyle=line, marker=marker, color=color, linewidth=linewidth, label=label
    )


def _draw_published(axes: Axes, published: PublishedLimits) -> None:
    for limits, line, word in (
        (published.observed, "-", "observed"),
        (published.expected, "--", "expected"),
    ):
        label = f"Published, {word}"
        _draw_line(axes, published.ctau, limits, line, color=_PUBLISHED, linewidth=1.4, label=label)


def _draw_model(
    axes: Axes, curve: LimitCurve, value: float, excluded: Sequence[ExcludedRange]
) -> None:
    word = f"$\\sigma \\times B$ = {value:.3g} pb" if curve.per is None else f"$B$ = {value:.3g}"
    axes.axhline(value, color=_MODEL, linewidth=1.4, linestyle="-.", label=f"Model, {word}")
    for number, each in enumerate(excluded):
        axes.plot(
            [each.low, each.high],
            [value, value],
            color=_MODEL,
            linewidth=4.0,
            solid_capstyle="butt",
            label="" if number else "Excluded",
        )


def _set_ranges(axes: Axes, curve: LimitCurve, cross_section: float | None) -> None:
    """Show what matters, with room for the legend above."""
    limits = curve.shown[np.isfinite(curve.shown)]
    if len(limits):
        low = float(limits.min())
        high = min(float(limits.max()), low * 10**MOST_DECADES)
        if cross_section is not None:
            value = cross_section / (curve.per or 1.0)
            low, high = min(low, value), max(high, value)
        decades = np.log10(high / low)
        low, high = low / 10 ** (0.15 + 0.03 * decades), high * 10 ** (0.25 + 0.35 * decades)
        axes.set_ylim(low, high)
        visible = curve.ctau[np.any(curve.shown < high, axis=1)]
        if len(visible) > 1:
            axes.set_xlim(visible[0], visible[-1])


def _draw_legend(axes: Axes) -> None:
    """Tell what is what: lines before bands, over what runs through."""
    handles, labels = axes.get_legend_handles_labels()
    bands = [f"Expected {_band(sigmas)}" for sigmas in BANDS]
    first = ["Observed", "Limit", "Expected, median", *bands]
    rank = {label: place for place, label in enumerate(first)}
    order = sorted(range(len(labels)), key=lambda number: rank.get(labels[number], len(first)))
    axes.legend(
        [handles[number] for number in order],
        [labels[number] for number in order],
        loc="upper center",
        ncols=2,
        frameon=True,
        framealpha=1.0,
        edgecolor="none",
    )
