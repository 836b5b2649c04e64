"""GeV and m."""

from __future__ import annotations

from dataclasses import replace

import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.units import UnitsError, check_units


def test_gev_and_metres_pass():
    pairs = some_pairs(100)
    check_units(pairs, "a.csv")
    check_units(replace(pairs, lxy=None), "a.csv")
    check_units(pairs.select(slice(0)), "a.csv")


def test_momenta_in_mev():
    pairs = some_pairs(100)
    with pytest.raises(UnitsError, match=r"a\.csv: the median .* MeV .*llp1_pT.* divide by 1000"):
        check_units(replace(pairs, pt=1000 * pairs.pt), "a.csv")


def test_lengths_in_mm():
    pairs = some_pairs(100)
    with pytest.raises(UnitsError, match=r"a\.csv: half of the LLPs decay .* mm .*llp1_Lxy"):
        check_units(replace(pairs, lxy=1000 * pairs.lxy, lz=1000 * pairs.lz), "a.csv")
