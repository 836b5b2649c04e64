"""The report of efficiencies against lifetime: pictures in its folder, lines on the terminal."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.surrogates.sample_curve import SampleCurve

MOST_WARNINGS: Final = 3
"""Of a data set's lifetimes with a warning so many are told of."""


def prepare_curves(*, plots: bool = True) -> None:
    """Import what `report_curves` imports, at a time when nobody waits for it.

    Args:
        plots: Whether it will draw.
    """
    if plots:
        importlib.import_module("bumpcast.report.lifetime_curve")


def report_curves(
    curves: Sequence[SampleCurve], folder: Path, model: str, *, plots: bool = True
) -> list[str]:
    """Draw the efficiencies of data sets into a results folder.

    Args:
        curves: One of each data set.
        folder: The results folder.
        model: What the efficiencies are of.
        plots: Whether to draw; the lines come in any case.

    Returns:
        Lines to print.
    """
    lines = [line for curve in curves for line in _lines(curve)]
    if plots:
        # matplotlib takes a second, which no worker should wait for.
        from bumpcast.report.lifetime_curve import save_lifetime_curve

        (folder / "plots").mkdir(exist_ok=True)
        for curve in curves:
            path = folder / "plots" / f"efficiency_{curve.name}.png"
            save_lifetime_curve(curve, path, model)
        lines.append(f"Plots: {folder / 'plots'}")
    return lines


def _lines(curve: SampleCurve) -> Iterator[str]:
    count, ctau = curve.efficiencies[0].events, curve.ctau_m
    span = f"c tau = {ctau[0]:g} m" if len(ctau) == 1 else f"c tau = {ctau[0]:g} to {ctau[-1]:g} m"
    yield f"{curve.name}: {count:,} events, {span}"
    value, statistical, of_model = map(curve.stacked, ("value", "statistical", "model"))
    for place, name in enumerate(curve.classes):
        best = int(np.argmax(value[:, place]))
        highest = 100 * value[best, place]
        text = f"  {name}: {highest:.4g} % +- {100 * statistical[best, place]:.2g} (events)"
        if np.isfinite(of_model[best, place]):
            text += f" +- {100 * of_model[best, place]:.2g} (model)"
        if curve.produced is not None:
            text += f", {value[best, place] * curve.produced:,.4g} events expected"
        if len(ctau) > 1:
            text += f", highest, at c tau = {ctau[best]:g} m"
        yield text
    warned = [place for place, one in enumerate(curve.efficiencies) if one.warnings]
    for place in warned[:MOST_WARNINGS]:
        yield f"  at c tau = {ctau[place]:g} m {'; '.join(curve.efficiencies[place].warnings)}"
    if len(warned) > MOST_WARNINGS:
        yield f"  warnings at {len(warned) - MOST_WARNINGS} more lifetimes, see efficiencies.json"
    for note in curve.notes:
        yield f"  {note}"
