"""How every picture looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT, TICKRIGHT, TICKUP
from matplotlib.ticker import Locator, NullLocator

COLOURS: Final = (
    "#3f90da", "#ffa90e", "#b9ac70", "#bd1f01", "#832db6",
    "#a96b59", "#92dadd", "#717581", "#e76300", "#94a4a2",
)  # fmt: skip
"""Ten colours that readers with any colour vision tell apart (arXiv:2107.02270)."""

_PARAMETERS: Final[dict[str, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["TeX Gyre Heros", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 11,
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 1.0,
    "axes.labelsize": 12,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.minor.size": 3.5,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the project's style; the user's own settings come back afterwards."""
    # Only known fonts: a missing family would log a warning for each text.
    known = {font.name for font in mpl.font_manager.fontManager.ttflist}
    fonts = [name for name in _PARAMETERS["font.sans-serif"] if name in known]
    parameters: Any = {**_PARAMETERS, "font.sans-serif": fonts}
    with mpl.rc_context(parameters):
        yield


def new_figure(width: float = 7.0, height: float = 5.0) -> Figure:
    """Return a figure that no window system needs to know of.

    Args:
        width: In inches.
        height: In inches.
    """
    return Figure(figsize=(width, height))


def save_picture(figure: Figure, path: Path) -> None:
    """Write a figure of `new_figure` into a file; nothing can be drawn into it any more.

    Args:
        figure: The figure.
        path: Its ending says the format.
    """
    # `savefig` draws everything twice; a canvas's own method does it once.
    canvas: Any = FigureCanvasAgg(figure)
    if path.suffix == ".png":
        figure.set_dpi(mpl.rcParams["savefig.dpi"])
    minor = [
        (axes, axis, axis.get_minor_locator())
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
    ]
    for _, axis, _ in minor:
        axis.set_minor_locator(NullLocator())
    # The size of the axes decides how many ticks they have, and the ticks' labels decide the size.
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    for axes, axis, locator in minor:
        _draw_minor_ticks(axes, axis, locator)
    if path.suffix == ".png":
        canvas.print_png(path)
    else:
        figure.savefig(path)


def _draw_minor_ticks(axes: Axes, axis: XAxis | YAxis, locator: Locator) -> None:
    """Draw an axis's minor ticks as one line of markers on each side.

    A tick of matplotlib's own consists of five artists: making and laying out hundreds of them
    would take most of the time of drawing.
    """
    axis.set_minor_locator(locator)
    low, high = sorted(axis.get_view_interval())
    places = np.asarray(axis.get_minorticklocs())
    places = places[(places >= low) & (places <= high)]
    axis.set_minor_locator(NullLocator())
    along_x = axis is axes.xaxis
    kind = "xtick" if along_x else "ytick"
    # Typed by the names of all settings and markers, which are put together here.
    settings: Any = mpl.rcParams
    sides: Any = (TICKUP, TICKDOWN) if along_x else (TICKRIGHT, TICKLEFT)
    for side, marker in enumerate(sides):
        across = np.full(len(places), float(side))
        line = Line2D(
            places if along_x else across,
            across if along_x else places,
            transform=axes.get_xaxis_transform() if along_x else axes.get_yaxis_transform(),
            linestyle="none",
            color=settings[f"{kind}.color"],
            marker=marker,
            markersize=settings[f"{kind}.minor.size"],
            markeredgewidth=settings[f"{kind}.minor.width"],
            clip_on=False,
            zorder=axis.get_zorder(),
        )
        line.set_in_layout(False)
        axes.add_artist(line)
