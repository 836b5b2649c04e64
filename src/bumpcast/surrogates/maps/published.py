"""What ATLAS published of the search ATLAS-EXOT-2019-23: two efficiency maps, and curves.

The search is arXiv:2203.01009, the data are HEPData ins2043503, and arXiv:2412.13976 says how good
the maps are and for which samples they may be used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Floats
from bumpcast.surrogates.maps.csv_file import read_map_csv
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap

DATA: Final = Path(__file__).parents[1] / "data"

MEAN_LXY_M: Final = (0.25, 16.0)
"""Means of a sample's Lxy in m, of LLPs with |eta| < 1.5, for which the maps were validated."""

MEAN_LZ_M: Final = (0.55, 28.0)
"""Means of Lz in m of the other LLPs."""


class PublishedDataError(SurrogateError):
    """There are no such published data."""


@dataclass(frozen=True)
class _MapCard:
    """What is known of a published map besides its numbers."""

    file: str
    relative_uncertainty: float
    accuracy: str


_MAPS: Final[Mapping[str, _MapCard]] = {
    "high-ET": _MapCard(
        "atlas_exot_2019_23_high_et.csv",
        0.25,
        "accurate to 25 % where an efficiency is above 0.5 %",
    ),
    "low-ET": _MapCard(
        "atlas_exot_2019_23_low_et.csv",
        0.33,
        "accurate to 33 % where an efficiency is above 0.15 %, to a factor of 3 elsewhere",
    ),
}

MAPS: Final = tuple(_MAPS)
"""The names of the published maps, one of each selection."""


def published_map(name: str) -> EfficiencyMap:
    """Return a published map, of region A.

    Args:
        name: Of `MAPS`.

    Raises:
        PublishedDataError: There is none of this name.
    """
    if name not in _MAPS:
        msg = f"there is no published map {name!r}. {did_you_mean(name, _MAPS)}"
        raise PublishedDataError(msg)
    card = _MAPS[name]
    return read_map_csv(
        DATA / card.file,
        name=name,
        description=(
            f"ATLAS-EXOT-2019-23 (arXiv:2203.01009), {name} selection, region A, as published in "
            f"HEPData ins2043503; {card.accuracy} (arXiv:2412.13976). Too high where LLPs decay "
            "close to the beam."
        ),
        relative_uncertainty=(card.relative_uncertainty,),
        mean_lxy_m=MEAN_LXY_M,
        mean_lz_m=MEAN_LZ_M,
    )


@dataclass(frozen=True, eq=False)
class PublishedCurve:
    """Efficiencies and limits against lifetime of one model: a scalar Phi that decays to two LLPs.

    Attributes:
        name: Both masses in GeV, as 'Phi_LLP'.
        selection: The map of the same selection; of `MAPS`.
        mediator_GeV: Mass of Phi in GeV.
        llp_GeV: Mass of the LLPs in GeV.
        ctau_m: Mean proper decay lengths in m of the efficiencies; (points,).
        efficiency: In region A; (points,).
        efficiency_error: Their uncertainties upward; (points,).
        limit_ctau_m: Mean proper decay lengths in m of the limits; (limits,).
        limit: Upper limits at 95 % CL on cross-section times branching ratio in pb; where
            ``limit_is_of_branching``, on the branching ratio of a Higgs boson; (limits,). It is the
            first column of limits of HEPData, which alone has errors.
        limit_error: Its error upward; (limits,). HEPData's files add up all bands there are.
        other_limit: The second column, without errors; (limits,).
        limit_is_of_branching: Whether limits are on a branching ratio.
    """

    name: str
    selection: str
    mediator_GeV: float
    llp_GeV: float
    ctau_m: Floats
    efficiency: Floats
    efficiency_error: Floats
    limit_ctau_m: Floats
    limit: Floats
    limit_error: Floats
    other_limit: Floats
    limit_is_of_branching: bool

    def efficiency_at(self, ctau_m: float) -> float:
        """Return the efficiency at a lifetime, with logarithms of both interpolated.

        Args:
            ctau_m: Mean proper decay length in m.

        Raises:
            PublishedDataError: The curve does not go so far.
        """
        low, high = float(self.ctau_m[0]), float(self.ctau_m[-1])
        if not low <= ctau_m <= high:
            msg = (
                f"the published curve of {self.name} goes from c tau = {low:g} to {high:g} m: "
                f"{ctau_m:g} m is not in it"
            )
            raise PublishedDataError(msg)
        logarithm = np.interp(math.log(ctau_m), np.log(self.ctau_m), np.log(self.efficiency))
        return math.exp(float(logarithm))


_CURVES: Final[Mapping[str, str]] = {
    "400_100": "high-ET",
    "1000_275": "high-ET",
    "125_55": "low-ET",
}

CURVES: Final = tuple(_CURVES)
"""The names of the published curves: masses of Phi and LLP in GeV."""

_HIGGS_GeV: Final = 125.0


def published_curve(name: str) -> PublishedCurve:
    """Return a published curve.

    Args:
        name: Of `CURVES`.

    Raises:
        PublishedDataError: There is none of this name.
    """
    if name not in _CURVES:
        msg = f"there is no published curve {name!r}. {did_you_mean(name, _CURVES)}"
        raise PublishedDataError(msg)
    text = (DATA / f"atlas_exot_2019_23_{name}.json").read_text(encoding="utf-8")
    columns: dict[str, Any] = {key: np.array(values) for key, values in json.loads(text).items()}
    mediator, llp = (float(mass) for mass in name.split("_"))
    return PublishedCurve(
        name=name,
        selection=_CURVES[name],
        mediator_GeV=mediator,
        llp_GeV=llp,
        ctau_m=columns["ctau_m"],
        efficiency=columns["eff"],
        efficiency_error=columns["eff_err_high"],
        limit_ctau_m=columns["lim_ctau_m"],
        limit=columns["lim_y1"],
        limit_error=columns["errs_y1_high"],
        other_limit=columns["lim_y2"],
        limit_is_of_branching=mediator == _HIGGS_GeV,
    )
