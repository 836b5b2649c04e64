"""Limits against lifetime as published with a search's efficiencies.

The layout is that of the benchmarks of ATLAS-EXOT-2019-23 (HEPData ins2043503, doi:
10.17182/hepdata.115578), whose graphs were turned into lists of a JSON object: ``ctau_m``, ``eff``
and ``eff_err_high`` are the efficiency, and

* ``lim_ctau_m``: lifetimes of the limits, of which there are fewer than efficiencies,
* ``lim_y1``: the expected limit. HEPData's graphs add a value's uncertainties in quadrature, and
  ``errs_y1_high`` is 0.97 to 1.03 times the value: what the bands of one and two standard
  deviations of an expected limit, 0.4 and 0.9 times the value upwards, give together,
* ``lim_y2``: the observed limit, which has no uncertainties.

Each times efficiency times luminosity is the same number of events at all lifetimes, but for the
fifth digit, which is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bumpcast.limits.efficiencies import Floats
from bumpcast.limits.efficiency_file import as_numbers, read_columns

CTAU: Final = "lim_ctau_m"
EXPECTED: Final = "lim_y1"
OBSERVED: Final = "lim_y2"


@dataclass(frozen=True, eq=False)
class PublishedLimits:
    """Limits against lifetime.

    Attributes:
        source: What they were read from.
        ctau: Lifetimes c tau in m; (lifetimes,).
        observed: Limits, of a cross-section in pb or of a branching ratio: the file does not say;
            (lifetimes,).
        expected: The same, expected; (lifetimes,).
    """

    source: str
    ctau: Floats
    observed: Floats
    expected: Floats


def read_published(path: Path) -> PublishedLimits:
    """Read published limits.

    Args:
        path: A file with the columns above.

    Raises:
        EfficiencyFileError: It cannot be read, or a column is missing or makes no sense.
    """
    columns = read_columns(path)
    length = len(columns.get(CTAU, ()))
    ctau, observed, expected = (
        as_numbers(path, columns, name, length) for name in (CTAU, OBSERVED, EXPECTED)
    )
    return PublishedLimits(path.name, ctau, observed, expected)
