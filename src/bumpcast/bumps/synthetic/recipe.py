"""What a sample of synthetic histograms is made of."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError

Part = Literal["train", "validation", "test"]

PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
POINTS: Final = 129
"""A curve that was fitted to a spectrum is kept at so many points."""


class RecipeError(BumpcastError):
    """A recipe cannot be followed."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How histograms are drawn; the defaults are the reference's.

    Attributes:
        bins: Least and most number of bins, each equally likely.
        entries: Least and most expected entries a bin. Those of the two ends are drawn with equal
            probability per logarithm.
        x_range: The range of x is two numbers from here, sorted.
        significance: Least and most significance at which a signal is injected, with a known
            background.
        widths_bins: Widths of a signal, each equally likely; standard deviation in bins.
        margin_bins: A signal's bin is at least so many from the first and the last one.
        signal_share: Share of histograms with a signal.
        sum_share: Share whose background is a weighted sum of 2 to 4 functions.
        smoothed_share: Share whose background is a curve that was fitted to a spectrum.
        label_width_bins: Width of the Gaussian whose z is the label.
    """

    bins: tuple[int, int] = (30, 100)
    entries: tuple[float, float] = (10.0, 100_000.0)
    x_range: tuple[float, float] = (1.0, 4000.0)
    significance: tuple[float, float] = (1.0, 20.0)
    widths_bins: tuple[float, ...] = (1.0,)
    margin_bins: int = 0
    signal_share: float = 0.5
    sum_share: float = 0.0
    smoothed_share: float = 0.0
    label_width_bins: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            RecipeError: A range is empty, or a share not one.
        """
        for name in ("bins", "entries", "x_range", "significance"):
            low, high = getattr(self, name)
            if not 0 < low <= high < float("inf"):
                msg = f"{name} of a synthetic sample is {low} to {high}: 0 < low <= high is needed"
                raise RecipeError(msg)
        if not 0 <= self.margin_bins < (self.bins[0] + 1) // 2:
            msg = (
                f"margin_bins of a synthetic sample are {self.margin_bins}: of {self.bins[0]} bins "
                f"some must be left"
            )
            raise RecipeError(msg)
        for name in ("signal_share", "sum_share", "smoothed_share"):
            if not 0 <= getattr(self, name) <= 1:
                msg = f"{name} of a synthetic sample is {getattr(self, name)}: it is from 0 to 1"
                raise RecipeError(msg)
        if self.sum_share + self.smoothed_share > 1:
            msg = "sum_share and smoothed_share of a synthetic sample are more than 1 together"
            raise RecipeError(msg)
        if not self.widths_bins or min(self.widths_bins) <= 0:
            msg = f"widths_bins of a synthetic sample are {self.widths_bins}: give positive numbers"
            raise RecipeError(msg)

    def as_json(self) -> dict[str, Any]:
        """Return the recipe in plain lists and numbers."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Return the recipe of what as_json returned."""
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Smooth curves that were fitted to spectra.

    Attributes:
        names: Of the spectra.
        logs: Logarithms of expected entries a bin at POINTS equal distances from the first to the
            last bin; shape (curves, POINTS).
    """

    names: tuple[str, ...] = ()
    logs: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, POINTS)))

    def of_part(self, part: Part) -> Curves:
        """Return the curves that belong to a part; each name belongs to one, whatever the others.

        Args:
            part: Train has 60 %, validation and test 20 % each.
        """
        chosen = [k for k, name in enumerate(self.names) if _part_of(name) == part]
        return Curves(tuple(self.names[k] for k in chosen), self.logs[chosen])


def _part_of(name: str) -> Part:
    tenth = hashlib.sha256(name.encode()).digest()[0] * 10 // 256
    return "train" if tenth < 6 else "validation" if tenth < 8 else "test"
