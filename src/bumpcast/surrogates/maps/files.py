"""Any efficiency map by what a user calls it: a published one's name, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bumpcast.surrogates.maps import correctionlib_file
from bumpcast.surrogates.maps.binning import PUBLISHED, LlpBinning
from bumpcast.surrogates.maps.correctionlib_file import (
    read_map_correctionlib,
    write_map_correctionlib,
)
from bumpcast.surrogates.maps.csv_file import read_map_csv, write_map_csv
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap, EfficiencyMapError
from bumpcast.surrogates.maps.published import MAPS, published_map

TABLE: Final = ".csv"

SUFFIXES: Final = (TABLE, *correctionlib_file.SUFFIXES)
"""How the name of a map's file ends."""


class MapFileError(EfficiencyMapError):
    """There is no such map."""


def read_map(asked: str | Path, binning: LlpBinning | None = None) -> EfficiencyMap:
    """Return a map.

    Args:
        asked: The name of a published map, of `MAPS`; or a file, .csv in the published layout, or
            .json or .json.gz as `write_map` writes it.
        binning: The bins of a .csv file, which only names them; None: the published ones.

    Raises:
        MapFileError: There is no such map or file, or bins are given for one that has its own.
        EfficiencyMapError: The file holds none.
    """
    name = str(asked)
    path = Path(asked)
    if name not in MAPS and not (name.endswith(SUFFIXES) and path.is_file()):
        what = "no such file" if name.endswith(SUFFIXES) else "neither a published map nor a file"
        msg = (
            f"{name}: {what}; files of maps end in {', '.join(SUFFIXES)}, and published maps are "
            f"{' and '.join(MAPS)}"
        )
        raise MapFileError(msg)
    if name.endswith(TABLE):
        return read_map_csv(path, binning or PUBLISHED)
    if binning is not None:
        msg = f"{name} has its own bins; they can be given only for a table ({TABLE})"
        raise MapFileError(msg)
    return published_map(name) if name in MAPS else read_map_correctionlib(path)


def write_map(path: Path, efficiency_map: EfficiencyMap) -> tuple[str, ...]:
    """Write a map.

    Args:
        path: .csv in the published layout, or .json or .json.gz for correctionlib.
        efficiency_map: The map.

    Returns:
        What of the map the file does not hold, a sentence each.

    Raises:
        MapFileError: The name ends otherwise.
        DiskError: The file cannot be written.
    """
    check_map_name(path)
    if path.suffix != TABLE:
        write_map_correctionlib(path, efficiency_map)
        return ()
    write_map_csv(path, efficiency_map)
    known = {
        "its description": bool(efficiency_map.description),
        "the statistical errors": efficiency_map.errors is not None,
        "which pairs of bins were reached": efficiency_map.filled is not None,
        "its uncertainty": efficiency_map.relative_uncertainty is not None,
        "for which samples it is": efficiency_map.mean_lxy_m is not None,
        "the bins' edges, which have to be given to read it": efficiency_map.binning != PUBLISHED,
    }
    lost = [what for what, is_known in known.items() if is_known]
    return (f"a table does not hold {', '.join(lost)}; .json does",) if lost else ()


def check_map_name(path: Path) -> None:
    """Do nothing if a map can be written to a file of this name.

    Raises:
        MapFileError: The name ends otherwise.
    """
    if not path.name.endswith(SUFFIXES):
        msg = f"{path}: a map's file ends in {', '.join(SUFFIXES)}"
        raise MapFileError(msg)
