"""The picture of a data set's efficiencies against lifetime."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture
from bumpcast.surrogates.sample_curve import SampleCurve

MOST_DECADES: Final = 4.0
"""Efficiencies further below the highest one are not shown."""


def save_lifetime_curve(curve: SampleCurve, path: Path, model: str) -> Path:
    """Draw the efficiencies of a data set into a file.

    Bars are the uncertainty from the number of events, bands that of the model.

    Args:
        curve: The efficiencies.
        path: Picture to write; its ending says the format.
        model: What the efficiencies are of, for the title.
    """
    ctau = curve.ctau_m
    value, statistical, of_model = map(curve.stacked, ("value", "statistical", "model"))
    positive = value[value > 0]
    with house_style():
        figure = new_figure(7.0, 5.0)
        axes = figure.add_subplot()
        axes.set_xscale("log")
        if positive.size:
            axes.set_yscale("log")
            lowest = max(positive.min() / 2, positive.max() * 10**-MOST_DECADES)
            axes.set_ylim(lowest, positive.max() * 3)
        for place, name in enumerate(curve.classes):
            colour = COLOURS[place % len(COLOURS)]
            middle = value[:, place]
            if len(ctau) > 1 and np.isfinite(of_model[:, place]).all():
                low = np.maximum(middle - of_model[:, place], 0.0)
                high = middle + of_model[:, place]
                axes.fill_between(ctau, low, high, color=colour, alpha=0.25, linewidth=0)
            axes.errorbar(
                ctau,
                middle,
                statistical[:, place],
                fmt="o-",
                markersize=4,
                color=colour,
                label=name,
            )
        axes.set_xlabel(r"Mean proper decay length $c\tau$ [m]")
        axes.set_ylabel("Efficiency")
        axes.set_title(f"{curve.label}\n{model}", y=1.0)
        axes.legend(loc="best", title="Class")
        save_picture(figure, path)
    return path
