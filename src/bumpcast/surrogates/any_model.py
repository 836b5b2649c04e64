"""Any model by what a user calls it: a trained surrogate, or an efficiency map."""

from __future__ import annotations

from pathlib import Path

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.efficiency import Model
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.maps.files import SUFFIXES, read_map
from bumpcast.surrogates.maps.published import MAPS
from bumpcast.surrogates.model.surrogate import load_surrogate


class UnknownModelError(SurrogateError):
    """There is no such surrogate or map."""


def load_model(asked: str | Path, *, threads: int = 1) -> Model:
    """Return a surrogate or an efficiency map.

    Args:
        asked: The folder of a surrogate; the file of a map, .csv, .json or .json.gz; or the name of
            a published map.
        threads: Of what evaluates a surrogate.

    Raises:
        UnknownModelError: It is none of these.
        SurrogateError: It is one, and cannot be used; the message says why.
    """
    if str(asked) in MAPS:
        return read_map(str(asked))
    path = Path(asked)
    if path.is_dir():
        return load_surrogate(path, threads=threads)
    if path.is_file() and path.name.endswith(SUFFIXES):
        return read_map(path)
    what = "a file of another kind" if path.exists() else "no such folder or file"
    msg = (
        f"{asked}: {what}. A model is the folder of a surrogate (with card.json), a map's file "
        f"({', '.join(SUFFIXES)}), or a published map: {', '.join(MAPS)}. "
        f"{did_you_mean(path.name, MAPS)}"
    )
    raise UnknownModelError(msg)
