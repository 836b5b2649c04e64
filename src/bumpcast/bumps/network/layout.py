"""The network's shape, which its weights, its training and its ONNX graph agree on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from bumpcast.bumps.network.fits.columns import BIN_FEATURES, HISTOGRAM_FEATURES, OTHER_Z

NEAR: Final = 6.0
"""By which another z differs from the first at the most, for the layers."""

FARTHEST: Final = 70.0
"""The same where the network's z is an average of them."""

LEAST_Z: Final = -10.0
MOST_Z: Final = 60.0
"""No first z is lower or larger, nor what the network says of a bin by much."""

SEEN_Z: Final = 30.0
"""The layers see no larger one."""

HIDDEN: Final = -1e4
"""Added where no bin is, so that it is not the largest."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Residual convolutions over bins, each told of the whole histogram.

    Attributes:
        channels: Of every layer.
        kernel: Bins that a convolution joins; odd.
        dilations: Distance of these bins, one a layer.
    """

    channels: int = 32
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2, 4, 8)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all weights by name, convolutions as (out, in, kernel)."""
        wide = self.channels
        found: dict[str, tuple[int, ...]] = {
            "bins.weight": (wide, len(BIN_FEATURES) + OTHER_Z, 1),
            "bins.bias": (wide,),
            "histogram.weight": (wide, len(HISTOGRAM_FEATURES)),
        }
        for k in range(len(self.dilations)):
            found[f"layer{k}.weight"] = (wide, wide, self.kernel)
            found[f"layer{k}.bias"] = (wide,)
            found[f"layer{k}.context"] = (wide, 2 * wide)
        found["last.weight"] = (wide, wide, 1)
        found["last.bias"] = (wide,)
        found["heads.weight"] = (OTHER_Z + 3, wide, 1)
        found["heads.bias"] = (OTHER_Z + 3,)
        return found

    def parameters(self) -> int:
        """Return the number of weights."""
        total = 0
        for shape in self.shapes().values():
            size = 1
            for length in shape:
                size *= length
            total += size
        return total

    def as_json(self) -> dict[str, Any]:
        """Return the layout in plain lists and numbers."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Layout:
        """Return the layout of what as_json returned."""
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)
