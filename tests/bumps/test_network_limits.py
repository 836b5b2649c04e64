"""Of which spectra the network says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bumpcast.bumps.network import load_network
from bumpcast.bumps.network_limits import reasons_against_reading
from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic import Recipe, draw


def drawn(number: int) -> Spectra:
    made = draw(Recipe(widths_bins=(1.0, 2.0, 3.0)), 5, "test", number)
    place = np.arange(made.offsets[-1]) - np.repeat(made.offsets[:-1], np.diff(made.offsets))
    low = 100.0 + 10.0 * place
    names = [f"h{k}" for k in range(number)]
    return Spectra(names, made.offsets, low, low + 10.0, made.counts, made.counts)


def test_what_it_has_learnt_from_is_read():
    spectra = drawn(300)
    z, expected = load_network().read(spectra.offsets, spectra.counts)
    reasons = reasons_against_reading(spectra, z, expected)
    assert sum(bool(reason) for reason in reasons) <= 1


def test_gaps_and_jumps_are_not():
    spectra = drawn(3)
    z, expected = load_network().read(spectra.offsets, spectra.counts)
    first = spectra.slice_of(0)
    low, high = spectra.low.copy(), spectra.high.copy()
    low[first.start + 10 : first.stop] += 50.0
    high[first.start + 10 : first.stop] += 50.0
    last = spectra.slice_of(2)
    high[last.stop - 1] += 30.0
    reasons = reasons_against_reading(replace(spectra, low=low, high=high), z, expected)
    assert reasons == [
        "gaps or jumps of width between bins: 1; the network knows none",
        "",
        "gaps or jumps of width between bins: 1; the network knows none",
    ]


def test_what_breaks_off_is_not():
    spectra = drawn(3)
    counts = spectra.counts.copy()
    middle = spectra.slice_of(1).start + 15
    counts[middle - 1] = 60.0
    counts[middle : spectra.slice_of(1).stop] = 0.0
    broken = replace(spectra, counts=counts, variances=counts)
    z, expected = load_network().read(broken.offsets, broken.counts)
    reasons = reasons_against_reading(broken, z, expected)
    assert reasons == [
        "",
        "the network's background does not describe it (bins without an event beside ones of more "
        "than 50: 1)",
        "",
    ]
