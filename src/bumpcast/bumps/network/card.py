"""A trained network on disk: its ONNX file, and the card that says how it was made."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.network.fits.columns import BIN_FEATURES, HISTOGRAM_FEATURES
from bumpcast.bumps.network.graph import onnx_model
from bumpcast.bumps.network.layout import Layout
from bumpcast.bumps.network.network import write_card
from bumpcast.diskio import replacing

FORMAT: Final = "bumpcast network 1"


def write_network(
    path: Path,
    layout: Layout,
    weights: Mapping[str, npt.NDArray[np.float32]],
    made: Mapping[str, Any],
) -> None:
    """Write a network and its card.

    Args:
        path: The ONNX file; the card is beside it with the ending .json.
        layout: Its shape.
        weights: By the names of the layout.
        made: What the card says of how it was made: seed, command, plan, seconds, and so on.
    """
    model = onnx_model(layout, weights).SerializeToString(deterministic=True)
    card: dict[str, Any] = {
        "format": FORMAT,
        "sha256": hashlib.sha256(model).hexdigest(),
        **made,
        "parameters": layout.parameters(),
        "layout": layout.as_json(),
        "bin_features": list(BIN_FEATURES),
        "histogram_features": list(HISTOGRAM_FEATURES),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("bumpcast", "numpy", "numba", "torch", "onnx")},
        },
    }
    with replacing(path) as file:
        file.write(model)
    write_card(path, card)
