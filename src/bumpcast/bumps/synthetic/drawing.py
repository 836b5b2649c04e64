"""The compiled drawing of synthetic histograms."""

from __future__ import annotations

import math

from bumpcast.bumps.synthetic.randomness import below, between, poisson, start, uniform
from bumpcast.bumps.synthetic.shapes import FUNCTIONS, SMOOTHED, SUM, add_curve, add_function
from bumpcast.bumps.synthetic.shapes import LEAST_POWER as _LEAST_POWER
from bumpcast.bumps.synthetic.shapes import MOST_POWER as _MOST_POWER
from bumpcast.compiled import compiled

_BINS, _BACKGROUND, _SIGNAL, _FLUCTUATIONS = 0, 1, 2, 3
_FUNCTIONS = len(FUNCTIONS)
_MOST_TERMS = 4
_STEPS = 100
_PRECISION = 1e-9


@compiled
def draw_bins(sample_key, first, least, most, bins):  # type: ignore[no-untyped-def]
    """Draw numbers of bins.

    Args:
        sample_key: Of the sample.
        first: Number of the first histogram.
        least: Least number of bins.
        most: Most number of bins.
        bins: Filled, shape (histograms,).
    """
    for h in range(len(bins)):
        state = start(sample_key, first + h, _BINS)
        state, more = below(state, most - least + 1)
        bins[h] = least + more


@compiled
def draw_counts(  # type: ignore[no-untyped-def]
    sample_key,
    first,
    offsets,
    ranges,
    shares,
    widths,
    margin,
    templates,
    template_offsets,
    curves,
    columns,
):
    """Draw backgrounds, signals and counts.

    Args:
        sample_key: Of the sample.
        first: Number of the first histogram.
        offsets: Of the bins, shape (histograms + 1,).
        ranges: Least and most entries, x and significance.
        shares: Of histograms with a signal, of sums, and of smoothed spectra.
        widths: Of signals, in bins.
        margin: Least number of bins on either side of a signal's.
        templates: Shares of a signal in bins for each width, one behind the other.
        template_offsets: Where each begins and ends.
        curves: Logarithms, shape (curves, points).
        columns: Filled: counts, background (bins,), kind, centre, significance and width
            (histograms,).
    """
    counts, background, kinds, centres, significances, width_column = columns
    for h in range(len(offsets) - 1):
        begin, end = offsets[h], offsets[h + 1]
        expected = background[begin:end]
        expected[:] = 0.0
        kinds[h] = _draw_background(
            start(sample_key, first + h, _BACKGROUND), ranges, shares, curves, expected
        )
        state = start(sample_key, first + h, _SIGNAL)
        state, lot = uniform(state)
        state, centre = below(state, end - begin - 2 * margin)
        centre += margin
        state, significance = between(state, ranges[4], ranges[5])
        state, chosen = below(state, len(widths))
        counts[begin:end] = expected
        centres[h], significances[h], width_column[h] = -1, 0.0, 0.0
        if lot < shares[0]:
            template = templates[template_offsets[chosen] : template_offsets[chosen + 1]]
            add_signal(template, centre, significance, expected, counts[begin:end])
            centres[h], significances[h], width_column[h] = centre, significance, widths[chosen]
        state = start(sample_key, first + h, _FLUCTUATIONS)
        for i in range(begin, end):
            state, counts[i] = poisson(state, counts[i])


@compiled
def _draw_background(state, ranges, shares, curves, expected):  # type: ignore[no-untyped-def]
    """Fill what is expected; return the number of its kind."""
    state, lot = uniform(state)
    if lot < shares[2]:
        state, curve = below(state, len(curves))
        logs = curves[curve]
        span = math.exp(logs.max() - logs.min())
        # A curve that spans more than the range of entries begins at the least.
        most = max(ranges[1] / span, ranges[0])
        state, log_lowest = between(state, math.log(ranges[0]), math.log(most))
        add_curve(logs, math.exp(log_lowest), 1.0, expected)
        return SMOOTHED
    terms = 1
    if lot < shares[2] + shares[1]:
        state, more = below(state, _MOST_TERMS - 1)
        terms = 2 + more
    state, xa = between(state, ranges[2], ranges[3])
    state, xb = between(state, ranges[2], ranges[3])
    total = 0.0
    kind = 0
    for _ in range(terms):
        state, kind = below(state, _FUNCTIONS)
        state, ya = between(state, math.log(ranges[0]), math.log(ranges[1]))
        state, yb = between(state, math.log(ranges[0]), math.log(ranges[1]))
        state, power = between(state, _LEAST_POWER, _MOST_POWER)
        state, weight = uniform(state)
        total += weight
        y1, y2 = math.exp(max(ya, yb)), math.exp(min(ya, yb))
        add_function(kind, min(xa, xb), max(xa, xb), y1, y2, power, weight, expected)
    for i in range(len(expected)):
        expected[i] /= total
    return kind if terms == 1 else SUM


@compiled
def add_signal(template, centre, significance, background, counts):  # type: ignore[no-untyped-def]
    """Add a signal that has a wanted significance when it does not fluctuate.

    With q = 2 sum of (b + s) ln(1 + s / b) - s for the expected counts (G. Cowan et al.,
    arXiv:1007.1727, section 4.1), sqrt(q) is the significance. It grows with the strength, and q
    is convex in it, so that Newton's method comes down on the root from above.

    Args:
        template: Shares of the signal in bins around its centre.
        centre: Bin in whose middle it is.
        significance: Wanted.
        background: Expected without it, shape (bins,).
        counts: Added to, shape (bins,).
    """
    reach = len(template) // 2
    begin, end = max(0, centre - reach), min(len(background), centre + reach + 1)
    wanted = significance * significance
    information = 0.0
    for k in range(begin, end):
        information += template[k - centre + reach] ** 2 / background[k]
    strength = significance / math.sqrt(information)
    found = 0.0
    for _ in range(_STEPS):
        found, slope = _expected_q(template, reach, centre, begin, end, strength, background)
        step = (wanted - found) / slope
        strength += step
        if abs(step) <= _PRECISION * strength:
            break
    for k in range(begin, end):
        counts[k] += strength * template[k - centre + reach]


@compiled
def _expected_q(template, reach, centre, begin, end, strength, background):  # type: ignore[no-untyped-def]
    """Return q of a signal that does not fluctuate, and its derivative by the strength."""
    total = 0.0
    slope = 0.0
    for k in range(begin, end):
        share = template[k - centre + reach]
        b = background[k]
        s = strength * share
        log = math.log1p(s / b)
        total += (b + s) * log - s
        slope += share * log
    return 2.0 * total, 2.0 * slope
