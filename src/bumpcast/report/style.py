"""How every picture looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

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
