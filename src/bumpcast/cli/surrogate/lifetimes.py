"""How lifetimes are written on the command line."""

from __future__ import annotations

import math
from typing import Any

import click


class LifetimeList(click.ParamType[tuple[float, ...]]):
    """Mean proper decay lengths in m: '0.1,1,10', or '0.1:100:20', 20 from 0.1 to 100 m.

    The latter are even in their logarithm.
    """

    name = "lifetimes"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help calls it."""
        return "LIST"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the lifetimes in m, rising."""
        if isinstance(value, tuple):
            return value
        try:
            lifetimes = _spread(value) if ":" in value else sorted(map(float, value.split(",")))
        except ValueError:
            lifetimes = []
        if not lifetimes or not all(math.isfinite(ctau) and ctau > 0 for ctau in lifetimes):
            message = (
                f"{value!r}: mean proper decay lengths in m, above zero, such as 0.1,1,10 or, for "
                "20 from 0.1 to 100 m, 0.1:100:20"
            )
            self.fail(message, param, ctx)
        return tuple(lifetimes)


def _spread(text: str) -> list[float]:
    low, high, number = text.split(":")
    first, last, points = float(low), float(high), int(number)
    if points < 2 or not 0 < first < last:
        raise ValueError(text)
    step = math.log(last / first) / (points - 1)
    # Six digits: what is printed is what was used.
    return [float(f"{first * math.exp(step * point):.6g}") for point in range(points)]
