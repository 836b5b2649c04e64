"""Replicas of events made to fluctuate about the background, and not about the events themselves.

A bootstrap repeats what happened to be there. A bin of n recorded events has Poisson(n)-distributed
numbers n* in the replicas, so an excess of the data is in every replica, and the variance about the
true background is twice that of a new data set. Simulated events of a mean weight w add the share w
to the variance likewise. What is right in a replica is how much of its own mean m (n, or a sum of
weights) each bin is above or below, and together with which other bins, since the same events are
in many. So that is what is kept. With the background's expectation b,

    u = P(X < n*) + v P(X = n*),  X ~ Poisson(m),    n' = smallest k with P(Y <= k) >= u,
                                                     Y ~ Poisson(b),

where v is uniform. Given the events, u is uniform, and n' has exactly the distribution Poisson(b).
Bins that share events stay correlated, by the share that they have in the events; what v adds
lowers correlations by a part in 12 m.

Limits: b is an estimate from the same events, so what it gets wrong is wrong in all replicas, too;
features of the events that b does not have, wanted or not, are gone; and a bin that is empty has no
events of which to learn its correlations, and fluctuates alone.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Floats
from bumpcast.compiled import compiled
from bumpcast.randomness import event_start, key_of, mixed, stage_start


def recentre(
    counts: npt.ArrayLike,
    means: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    replica: int,
    seed: int = 1,
) -> Floats:
    """Return a replica as pseudo-data of the background.

    Args:
        counts: The replica, whole numbers, shape (bins,).
        means: What it fluctuates about: the entries, or sums of weights, of the events that are
            drawn again, shape (bins,).
        expected: The background, shape (bins,); where it is NaN the result is, too.
        replica: The replica's number.
        seed: Of the numbers v; bins of equal counts, means and background have the same v, so that
            copies of a histogram stay copies.

    Returns:
        Whole numbers, shape (bins,).

    Raises:
        ValueError: The columns do not fit together, counts are not whole, or anything is negative.
    """
    columns = [np.asarray(column, np.float64) for column in (counts, means, expected)]
    if len({column.shape for column in columns}) > 1 or columns[0].ndim != 1:
        msg = "a replica, its means and the background need a number for each bin"
        raise ValueError(msg)
    if np.any(columns[0] != np.floor(columns[0])) or np.any(~(columns[0] >= 0.0)):
        msg = "a replica's counts are whole numbers and not negative"
        raise ValueError(msg)
    if np.any(~(columns[1] >= 0.0)):
        msg = "a replica fluctuates about means that are not negative"
        raise ValueError(msg)
    recentred: Floats = _recentre(*columns, key_of(f"recentre {seed}"), replica)
    return recentred


@compiled
def _term(number, mean):  # type: ignore[no-untyped-def]
    """Return the probability of a number."""
    if mean <= 0.0:
        return 1.0 if number == 0.0 else 0.0
    return math.exp(number * math.log(mean) - mean - math.lgamma(number + 1.0))


@compiled
def _below(number, mean):  # type: ignore[no-untyped-def]
    """Return the probability of less than a number, which should not be far above the mean."""
    total = 0.0
    k = number - 1.0
    term = _term(k, mean) if k >= 0.0 else 0.0
    while k >= 0.0 and term > 1e-17 * total:
        total += term
        term *= k / mean if mean > 0.0 else 0.0
        k -= 1.0
    return total


@compiled
def _above(number, mean):  # type: ignore[no-untyped-def]
    """Return the probability of more than a number, which should not be far below the mean."""
    total = 0.0
    k = number + 1.0
    term = _term(k, mean)
    while term > 1e-17 * total:
        total += term
        k += 1.0
        term *= mean / k
    return total


@compiled
def _quantile(lower, upper, mean, guess):  # type: ignore[no-untyped-def]
    """Return the smallest number that at most is reached with a probability.

    Args:
        lower: The probability, exact where it is small.
        upper: One minus it, exact where that is small.
        mean: Of the distribution.
        guess: Where to begin.
    """
    number = max(math.floor(guess), 0.0)
    if lower < 0.5:
        term = _term(number, mean)
        total = _below(number, mean) + term
        while total < lower:
            number += 1.0
            term *= mean / number
            total += term
        while number > 0.0 and total - term >= lower:
            total -= term
            term *= number / mean
            number -= 1.0
        return number
    term = _term(number, mean)
    rest = _above(number, mean)
    # rest is the probability of more than the number: it has to be at most `upper`.
    while rest > upper:
        number += 1.0
        term *= mean / number
        rest -= term
    while number > 0.0 and rest + term <= upper:
        rest += term
        term *= number / mean
        number -= 1.0
    return number


@compiled
def _recentre(counts, means, expected, key, replica):  # type: ignore[no-untyped-def]
    found = np.empty(len(counts), np.float64)
    bits, bits_of_mean = expected.view(np.uint64), means.view(np.uint64)
    of_replica = event_start(key, replica)
    for place in range(len(counts)):
        count, mean, background = counts[place], means[place], expected[place]
        if not background >= 0.0:
            found[place] = np.nan
            continue
        if background == 0.0:
            found[place] = 0.0
            continue
        state = stage_start(of_replica, np.int64(count)) ^ mixed(
            bits[place] + mixed(bits_of_mean[place])
        )
        v = (np.float64(mixed(state) >> np.uint64(11)) + 0.5) * 2.0**-53
        term = _term(count, mean)
        if count <= mean:
            lower = _below(count, mean) + v * term
            upper = 1.0 - lower
        else:
            upper = _above(count, mean) + (1.0 - v) * term
            lower = 1.0 - upper
        guess = background
        if mean > 0.0:
            guess += (count - mean) * math.sqrt(background / mean)
        found[place] = _quantile(lower, upper, background, guess)
    return found
