"""A look at whether momenta are in GeV and lengths in m, as everything here takes for granted."""

from __future__ import annotations

from typing import Final

import numpy as np

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import LlpPairs

HIGHEST_MEDIAN_PT_GEV: Final = 3000.0
"""No sample of the LHC has half its long-lived particles above this."""

LONGEST_MEDIAN_DECAY_M: Final = 100.0
"""A detector sees next to nothing of a sample half of whose decays are further away."""


class UnitsError(SurrogateError):
    """Values are so large that they must be in another unit."""


def check_units(pairs: LlpPairs, where: str) -> None:
    """Do nothing if medians are such as GeV and m give.

    Args:
        pairs: The events; none pass.
        where: What they were read from, for the message.

    Raises:
        UnitsError: The median transverse momentum looks like MeV, or the median decay like mm.
    """
    if not len(pairs):
        return
    pt = float(np.median(pairs.pt))
    if pt > HIGHEST_MEDIAN_PT_GEV:
        msg = (
            f"{where}: the median transverse momentum of the LLPs is {pt:,.0f}, which looks like "
            f"MeV (llp1_pT, llp2_pT); features are in GeV: divide by 1000"
        )
        raise UnitsError(msg)
    if pairs.lxy is not None and pairs.lz is not None:
        distance = float(np.median(np.hypot(pairs.lxy, pairs.lz)))
        if distance > LONGEST_MEDIAN_DECAY_M:
            msg = (
                f"{where}: half of the LLPs decay more than {distance:,.0f} away, which looks like "
                f"mm (llp1_Lxy, llp1_Lz, ...); features are in m: divide by 1000"
            )
            raise UnitsError(msg)
