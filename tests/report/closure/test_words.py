"""Numbers and sentences of a closure."""

from __future__ import annotations

import math

import pytest

from bumpcast.report.closure.words import factor_words, percent, spread_words, verdict
from bumpcast.surrogates.closure.beyond_chance import Factor, Spread
from bumpcast.surrogates.closure.closure import measure
from tests.surrogates.closure.toys import Toy, toy_events


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.028, 0.0005), "2.800 ± 0.050"),
        ((-0.17, 0.021), "-17.0 ± 2.1"),
        ((0.5, 0.23), "50 ± 23"),
        ((0.0246,), "2.46"),
        ((0.0, 0.0), "0"),
        ((math.nan, 0.1), "-"),
        ((3.0, 1.5), "300 ± 150"),
    ],
)
def test_percent(numbers, text):
    assert percent(*numbers) == text


def test_a_plus_is_written_where_asked():
    assert percent(0.17, 0.02, signed=True) == "+17.0 ± 2.0"


def test_words_for_limits():
    assert factor_words(Factor(3.21)) == "3.2"
    assert factor_words(Factor(3.21, ">")) == "> 3.2"
    assert factor_words(None) == "-"
    assert spread_words(Spread(9, 0.1, 0.0, 0.023, 9.0, 9)) == "< 2.3"
    assert spread_words(Spread(9, 0.1, 0.05, 0.07, 9.0, 9)) == "5"


def test_the_verdict_is_of_the_numbers():
    events = toy_events(100_000, samples=5)
    worse = verdict(measure(Toy(0.9), events, Toy(0.5)))
    assert worse[0].startswith("Relative differences from the search")
    assert "worse in near by a factor 5" in worse[2].replace("4.9", "5").replace("5.1", "5")
    better = verdict(measure(Toy(0.5), events, Toy(0.9)))
    assert better[2].startswith("The map is better in near by")
    same = verdict(measure(Toy(), events, Toy()))
    assert not any("factor" in sentence for sentence in same if "better in near by" in sentence)
    assert len(verdict(measure(Toy(), events))) == 1
