"""Events of another generator, written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

CROSS_SECTION = 12.5
HEAD = f"""<LesHouchesEvents version="1.0">
<init>
2212 2212 6500. 6500. 0 0 247000 247000 3 1
{CROSS_SECTION} 0.1 {CROSS_SECTION} 7
</init>
"""


def _event(number: int) -> str:
    """Return u ubar -> Z -> mu mu with a mass that tells the events apart."""
    mass, boost = 80.0 + number, 0.1 * (number - 5)
    half = mass / 2
    up, down = half * math.exp(boost), half * math.exp(-boost)
    angle = 0.3 + 0.2 * number
    px, pz = half * math.sin(angle), half * math.cos(angle)
    cosh, sinh = math.cosh(boost), math.sinh(boost)
    rows = [
        (2, -1, 0, 0, 501, 0, 0.0, 0.0, up, up, 0.0),
        (-2, -1, 0, 0, 0, 501, 0.0, 0.0, -down, down, 0.0),
        (23, 2, 1, 2, 0, 0, 0.0, 0.0, up - down, up + down, mass),
        (13, 1, 3, 3, 0, 0, px, 0.0, cosh * pz + sinh * half, cosh * half + sinh * pz, 0.0),
        (-13, 1, 3, 3, 0, 0, -px, 0.0, -cosh * pz + sinh * half, cosh * half - sinh * pz, 0.0),
    ]
    lines = [
        " ".join([*map(str, row[:6]), *(f"{value:.12e}" for value in row[6:]), "0. 9."])
        for row in rows
    ]
    return "\n".join(["<event>", f"5 7 1.0 {mass} 0.0078 0.118", *lines, "</event>", ""])


@pytest.fixture(scope="session")
def lhe_text() -> Callable[[int], str]:
    """Return a function that makes an LHE file of so many Z bosons of 80 GeV, 81 GeV, ..."""

    def make(events: int) -> str:
        return HEAD + "".join(map(_event, range(events))) + "</LesHouchesEvents>\n"

    return make
