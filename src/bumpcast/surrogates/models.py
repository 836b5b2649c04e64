"""What a user calls a model: a surrogate's folder, an efficiency map's file, or a published map."""

from __future__ import annotations

from pathlib import Path

from bumpcast.surrogates.efficiency import Model
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.maps.files import read_map
from bumpcast.surrogates.maps.published import MAPS
from bumpcast.surrogates.model.card import CARD
from bumpcast.surrogates.model.surrogate import load_surrogate


class ModelNameError(SurrogateError):
    """There is no such model."""


def open_model(name: str, *, threads: int = 1) -> Model:
    """Return a model.

    Args:
        name: A folder with card.json, a file of an efficiency map, or the name of a published map.
        threads: Of what evaluates it.

    Raises:
        ModelNameError: There is neither.
        SurrogateError: It cannot be read.
    """
    path = Path(name)
    if path.is_dir():
        return load_surrogate(path, threads=threads)
    if path.is_file() and path.name == CARD:
        return load_surrogate(path.parent, threads=threads)
    if path.is_file() or name in MAPS:
        return read_map(name)
    msg = (
        f"{name}: is no folder of a surrogate, no file of an efficiency map, and no published map "
        f"({', '.join(MAPS)})"
    )
    raise ModelNameError(msg)
