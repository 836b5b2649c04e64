from __future__ import annotations

from datetime import datetime

import pytest

from bumpcast.execution.amounts import brief, briefest, duration, size, time_of_day


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (3.42, "3.4"), (999, "999"), (12_345, "12,345"), (999_499, "999,499"),
        (999_500, "1.00 M"), (1_234_567, "1.23 M"), (99_960_000, "100 M"), (2.5e10, "25.0 G"),
    ],
)  # fmt: skip
def test_numbers_stay_short(value, text):
    assert brief(value) == text
    assert len(text) <= 7


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10.0k"), (999_500, "1.00M"), (9_999_999_999, "10.0G")],
)
def test_numbers_become_shorter_still(value, text):
    assert briefest(value) == text
    assert len(text) <= 5


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 kB"), (62_400, "62 kB"), (45_100_000, "45.1 MB"), (1.5e9, "1.50 GB")],
)
def test_sizes_have_a_unit(value, text):
    assert size(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"), (59.6, "1 min 0 s"), (75, "1 min 15 s"), (724, "12 min"),
        (12_000, "3 h 20 min"), (86_390, "1 d 0 h"), (187_200, "2 d 4 h"),
    ],
)  # fmt: skip
def test_time_spans_have_two_units(seconds, text):
    assert duration(seconds) == text


def test_the_day_is_named_unless_it_is_today():
    now = datetime(2026, 5, 4, 22, 30)
    assert time_of_day(now, 3600) == "23:30"
    assert time_of_day(now, 7200) == "Tue 00:30"
    assert time_of_day(now, 10 * 86400) == "2026-05-14 22:30"
