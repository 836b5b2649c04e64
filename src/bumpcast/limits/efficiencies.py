"""Efficiencies of a signal against its lifetime, region by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.errors import did_you_mean
from bumpcast.limits.errors import LimitError

Floats = npt.NDArray[np.float64]

ONLY = ""
"""Name of the region where a search has but one."""


class EfficiencyError(LimitError):
    """Efficiencies cannot be what they are said to be, or one is missing."""


@dataclass(frozen=True, eq=False)
class RegionEfficiency:
    """Which part of a signal's events a region selects.

    Attributes:
        values: Efficiencies, from 0 to 1; (lifetimes,).
        error: Their statistical uncertainties, absolute; (lifetimes,). None: not known.
        model_error: Those of the surrogate or map that they come from, absolute; (lifetimes,).
            None: not known.
    """

    values: Floats
    error: Floats | None = None
    model_error: Floats | None = None

    @property
    def relative_error(self) -> Floats:
        """Both uncertainties together over the efficiency; NaN where that is 0; (lifetimes,)."""
        total = np.zeros(len(self.values))
        for error in (self.error, self.model_error):
            total = total if error is None else np.hypot(total, error)
        relative = np.full(len(total), np.nan)
        np.divide(total, self.values, out=relative, where=self.values > 0)
        return relative


@dataclass(frozen=True, eq=False)
class LifetimeEfficiencies:
    """Efficiencies against lifetime.

    Attributes:
        source: What they were read from, for messages.
        ctau: Mean proper decay lengths c tau in m, rising; (lifetimes,).
        regions: Efficiencies by region; `ONLY` is the region of a search with but one.
        notes: What had to be said of the file, a line each.

    Raises:
        EfficiencyError: A number cannot be; the message says where.
    """

    source: str
    ctau: Floats
    regions: Mapping[str, RegionEfficiency]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check("ctau_m", self.ctau, self.ctau > 0, "a lifetime is above 0 m")
        rising = np.diff(self.ctau, prepend=0.0) > 0
        self._check("ctau_m", self.ctau, rising, "lifetimes rise from row to row")
        for name, region in self.regions.items():
            word = column_name(name)
            possible = (region.values >= 0) & (region.values <= 1)
            self._check(word, region.values, possible, "an efficiency is from 0 to 1")
            for error, ending in ((region.error, "_error"), (region.model_error, "_model_error")):
                if error is not None:
                    rule = "an uncertainty is absolute and not negative"
                    self._check(word + ending, error, error >= 0, rule)

    def __len__(self) -> int:
        return len(self.ctau)

    def region(self, name: str | None) -> RegionEfficiency:
        """Return the efficiencies of one region.

        Args:
            name: The region; None: the only one.

        Raises:
            EfficiencyError: There is no such region, or none is named and there are several.
        """
        if name is None:
            if len(self.regions) > 1:
                known = ", ".join(self.regions)
                msg = (
                    f"{self.source} has efficiencies of several regions ({known}): say which one "
                    "the counted events are of (--region)"
                )
                raise EfficiencyError(msg)
            return next(iter(self.regions.values()))
        if name not in self.regions:
            known = did_you_mean(name, [region for region in self.regions if region])
            msg = f"{self.source} has no efficiencies of region {name!r}. {known}"
            raise EfficiencyError(msg)
        return self.regions[name]

    def _check(self, column: str, values: Floats, right: npt.NDArray[np.bool_], rule: str) -> None:
        wrong = ~(right & np.isfinite(values))
        if wrong.any():
            row = int(np.argmax(wrong))
            msg = (
                f"{self.source}: {column} is {values[row]:g} at lifetime {row + 1} (c tau = "
                f"{self.ctau[row]:g} m); {rule}"
            )
            raise EfficiencyError(msg)


def column_name(region: str) -> str:
    """Return the column of a region's efficiencies."""
    return f"efficiency_{region}" if region else "efficiency"
