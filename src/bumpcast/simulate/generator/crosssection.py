"""Cross-sections: of a block, of many together, and of what a card makes of them."""

from __future__ import annotations

import math
from typing import Any, Final

from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.events import CrossSection

_PB_PER_MB: Final = 1e9


def of_pythia(pythia: Any, accepted: int, kept: int) -> CrossSection:
    """Return what Pythia says of the events it has made.

    Args:
        pythia: The Pythia.
        accepted: Events that came out of it whole, before filters.
        kept: Events that passed the filters.
    """
    info = pythia.infoPython()
    by_process = {
        (code, info.nameProc(code)): (info.sigmaGen(code) * _PB_PER_MB, info.nAccepted(code))
        for code in info.codesHard()
    }
    return CrossSection(
        value=info.sigmaGen() * _PB_PER_MB,
        error=info.sigmaErr() * _PB_PER_MB,
        tried=info.nTried(),
        accepted=accepted,
        kept=kept,
        by_process=by_process,
    )


def filter_efficiency(cross_section: CrossSection) -> tuple[float, float]:
    """Return the share of events that passed the filters, and its binomial error.

    Args:
        cross_section: Of one block or of many.
    """
    if cross_section.accepted == 0:
        return 0.0, 0.0
    share = cross_section.kept / cross_section.accepted
    return share, math.sqrt(share * (1 - share) / cross_section.accepted)


def of_card(card: SimulationCard, cross_section: CrossSection) -> tuple[float, float] | None:
    """Return the cross-section in pb before filters and k-factor, and its error.

    Args:
        card: Its `cross_section_pb` is taken as it is, without an error.
        cross_section: What the generator says.

    Returns:
        None where neither says one, such as for a HepMC file without.
    """
    if card.cross_section_pb is not None:
        return card.cross_section_pb, 0.0
    if not math.isfinite(cross_section.value) or cross_section.value <= 0:
        return None
    return cross_section.value, cross_section.error
