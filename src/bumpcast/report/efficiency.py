"""The picture of how often a signal is found."""

from __future__ import annotations

from pathlib import Path

from bumpcast.bumps.efficiency import EfficiencyCurve
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture


def save_efficiency(curve: EfficiencyCurve, path: Path) -> Path:
    """Draw an efficiency curve into a file.

    Args:
        curve: How often a signal was found.
        path: Picture to write; its ending says the format.
    """
    names = list(dict.fromkeys(point.histogram for point in curve.points))
    with house_style():
        figure = new_figure(7.0, 5.0)
        axes = figure.add_subplot()
        for number, name in enumerate(names):
            points = [point for point in curve.points if point.histogram == name]
            axes.errorbar(
                [point.expected_z for point in points],
                [point.found for point in points],
                [point.found_error for point in points],
                fmt="o-",
                color=COLOURS[number % len(COLOURS)],
                label=name,
            )
        axes.axvline(curve.threshold, color="0.6", linewidth=1.0, linestyle=":")
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("Significance of the exact likelihood, background known")
        axes.set_ylabel(f"Found with z >= {curve.threshold:g} within one bin")
        axes.set_title(f"{curve.signal} ({curve.search})", y=1.0)
        axes.legend(loc="best")
        save_picture(figure, path)
    return path
