from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bumpcast.report.site.columns import decoded, exactly, in_few_bytes, in_ratios, in_steps


def test_whole_numbers_take_as_few_bytes_as_the_largest_needs():
    for most, kind in ((255, "u1"), (256, "u2"), (65_535, "u2"), (65_536, "u4"), (2**32 - 1, "u4")):
        column = in_few_bytes([0, most])
        assert column["type"] == kind
        assert decoded(column).tolist() == [0, most]


@pytest.mark.parametrize("values", [[0.5, 3], [-1, 2], [2.0**40, 1]])
def test_what_is_no_small_whole_number_is_a_float(values):
    column = in_few_bytes(values)
    assert column["type"] == "f4"
    assert decoded(column).tolist() == values


def test_nothing_is_an_empty_column():
    assert decoded(in_few_bytes([])).tolist() == []
    assert decoded(in_steps(np.array([]))).tolist() == []
    assert decoded(in_ratios(np.array([]))).tolist() == []


def test_bytes_are_little_endian():
    assert exactly([1], "u4")["bytes"] == "AQAAAA=="


@given(arrays(float, 20, elements=st.floats(-31, 31) | st.just(np.nan)))
def test_significances_are_kept_to_the_thousandth(values):
    np.testing.assert_allclose(decoded(in_steps(values)), values, atol=0.000501)


def test_large_significances_coarsen_the_steps():
    values = np.array([-320.0, 0.05, 320.0, np.nan, np.inf])
    found = decoded(in_steps(values))
    np.testing.assert_allclose(found[:3], values[:3], atol=0.005)
    assert np.isnan(found[3:]).all()


@given(arrays(float, 20, elements=st.floats(1e-3, 1e6) | st.sampled_from([0.0, np.nan])))
def test_backgrounds_are_kept_to_a_ten_thousandth(values):
    found = decoded(in_ratios(values))
    np.testing.assert_allclose(found, values, rtol=2e-4)
    assert (found[values == 0] == 0).all()


def test_no_background_at_all_and_one_value_alone():
    assert np.isnan(decoded(in_ratios(np.full(3, np.nan)))).all()
    assert decoded(in_ratios(np.zeros(2))).tolist() == [0, 0]
    np.testing.assert_allclose(decoded(in_ratios(np.full(2, 7.5))), 7.5)
    assert np.isnan(decoded(in_ratios(np.array([-1.0, np.inf])))).all()
