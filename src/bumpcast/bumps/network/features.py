"""What the network reads of every bin: smooth fits and the significances they lead to.

Every model of models_of_background is fitted twice: alone, and with a signal where its own fit
leaves most room for one; where the first or last bins stick out, also with a signal there. Each fit
is weighed by its evidence (likelihood times prior, integrated over the parameters in Laplace's
approximation), and backgrounds are averages. The network's part is what such averages get wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood import gaussian_template, signed_significances
from bumpcast.bumps.linear_systems import solve_lower
from bumpcast.bumps.network.fitting import fit
from bumpcast.bumps.network.local import WINDOWS, local_z
from bumpcast.bumps.network.models_of_background import (
    COLUMNS,
    HYPERBOLIC,
    MODELS,
    MODULATED,
    MODULATED_POWER,
    MOST_PARAMETERS,
    POLYNOMIAL_1,
    POWER_1,
    POWER_4,
    POWER_N,
    evaluate,
    legendre,
    parameters,
    prior,
    shares,
)
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]

BIN_FEATURES: Final = (
    "z with the average background",
    "z with the average of fits without a signal",
    "z with the average of fits with a signal",
    "z with the average of polynomials",
    "z profiled with the best fit",
    "z in a window of 13 bins",
    "z in a window of 21 bins",
    "z in a window of 33 bins",
    "share of the best fit's uncertainty",
    "spread of the fits in z",
    "pull",
    "nearness of the likeliest signal",
    "nearness of the first bin",
    "nearness of the last bin",
    "place",
    "log10 of the background",
    "slope of ln background by place",
)
HISTOGRAM_FEATURES: Final = (
    "log of the number of bins",
    "log odds of a signal",
    "log odds of a signal, polynomials",
    "log odds of polynomials against functions",
    "pull of all bins",
    "largest profiled z",
    *(f"share of model {k}" for k in range(MODELS)),
)
LEAST_BINS: Final = 8
"""With fewer usable bins nothing is said."""

_STEPS_ALONE: Final = 9
_STEPS_WITH_SIGNAL: Final = 8
_STEPS_AT_ENDS: Final = 7
_END: Final = 5
_SUSPICIOUS: Final = 5.0
_LARGEST_SIGNIFICANCE: Final = 20.0
_LARGEST_GAIN: Final = 24.0
_RMS_NEAR: Final = 3.0
_HOPELESS: Final = 20.0
"""A fit that is behind by so much in ln(evidence) does not count."""
_HOPELESS_ALONE: Final = 320.0
"""The same before a signal is added, which explains up to half its significance squared."""
_HOPELESS_AT_ENDS: Final = 20.0
_OCCAM: Final = 10.0
"""About what evidence is less than the likelihood by, twice."""
_FIRST_TURNS: Final = (-1.0, 0.7, 2.0, 3.5, 5.0, 7.0)
_FIRST_POWERS: Final = (1.0, 5.0)
_NEGLIGIBLE: Final = 1e-7
_REACH: Final = 3
"""Of a signal, in bins, in everything but the first feature."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the network reads.

    Attributes:
        bins: Shape (bins, BIN_FEATURES).
        histograms: Shape (histograms, HISTOGRAM_FEATURES).
        log_background: Of the average background, shape (bins,).
        usable: Which bins and histograms something can be said of, shape (bins,).
    """

    bins: npt.NDArray[np.float32]
    histograms: npt.NDArray[np.float32]
    log_background: Floats
    usable: npt.NDArray[np.bool_]


def features(
    offsets: npt.NDArray[np.int64], counts: Floats, share: Floats | None = None
) -> Features:
    """Return what the network reads of many histograms.

    Args:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Entries, or sums of weights; shape (bins,).
        share: Events that one unit of the counts stands for, in each bin; absent: 1. Bins whose
            count is negative or not finite, or whose share is not positive and finite, are left
            out.
    """
    share = np.ones(len(counts)) if share is None else share
    usable = np.isfinite(counts) & (counts >= 0) & np.isfinite(share) & (share > 0)
    counts, share = np.where(usable, counts, 0.0), np.where(usable, share, 0.0)
    number = len(offsets) - 1
    scale = _events_a_unit(offsets, counts, share)
    counts, share = counts * scale, share / scale
    bins = np.zeros((len(BIN_FEATURES), len(counts)))
    histograms = np.zeros((number, len(HISTOGRAM_FEATURES)))
    logs = np.full((4, len(counts)), np.nan)
    mean, sigma = prior()
    said = np.zeros(number, np.bool_)
    template = gaussian_template(1.0)
    near = template[len(template) // 2 - _REACH : len(template) // 2 + _REACH + 1]
    # Constant for each model: its prior's normalisation
    counted = parameters()
    constant = shares() - [np.log(sigma[k, :size]).sum() for k, size in enumerate(counted)]
    _fit_all(
        offsets,
        counts,
        share,
        near,
        (counted, mean, sigma, constant),
        (bins, histograms, logs, said),
    )
    usable &= np.repeat(said, np.diff(offsets))
    weight = np.where(usable, 1.0 / np.where(usable, share, 1.0), np.nan)
    bins[0] = signed_significances(offsets, counts, np.exp(logs[0]), event_weight=weight)
    _quick_columns(offsets, counts, share, np.where(np.isfinite(logs), logs, 0.0), near, bins)
    kept = np.where(usable, bins, 0.0).T.astype(np.float32)
    return Features(kept, histograms.astype(np.float32), logs[0] - np.log(scale), usable)


def _events_a_unit(offsets: npt.NDArray[np.int64], counts: Floats, share: Floats) -> Floats:
    """Return how many events one unit of a histogram's counts is on average, in each bin.

    What is fitted are events: functions that are not the same at any scale, and their priors,
    would else say something else of the same spectrum in another unit.
    """
    lengths = np.diff(offsets)
    histogram = np.repeat(np.arange(len(lengths)), lengths)
    total = np.bincount(histogram, counts, len(lengths))
    events = np.bincount(histogram, counts * share, len(lengths))
    fine = (total > 0) & (events > 0)
    return np.asarray(np.where(fine, events, 1.0) / np.where(fine, total, 1.0))[histogram]


@compiled
def _fit_all(offsets, counts, share, template, models, columns):  # type: ignore[no-untyped-def]
    sizes, prior_mean, prior_sigma, model_shares = models
    bin_column, histogram_column, logs_column, said = columns
    space = np.zeros((2, COLUMNS))
    matrix = np.zeros((COLUMNS, COLUMNS))
    theta = np.empty((MODELS, COLUMNS))
    mean = np.empty((MODELS, MOST_PARAMETERS))
    evidence = np.empty((2, MODELS))
    reachable = np.empty(MODELS)
    centres = np.empty(MODELS, np.int64)
    for h in range(len(offsets) - 1):
        begin, end = offsets[h], offsets[h + 1]
        bins = end - begin
        n, s = counts[begin:end], share[begin:end]
        usable = 0
        total, saturated = 0.0, 0.0
        for i in range(bins):
            if s[i] > 0.0:
                usable += 1
                total += n[i]
                saturated += s[i] * ((n[i] * math.log(n[i]) if n[i] > 0.0 else 0.0) - n[i])
        if usable < LEAST_BINS or total <= 0.0:
            continue
        said[h] = True
        polynomials, slopes = np.empty((bins, COLUMNS)), np.empty((bins, COLUMNS))
        legendre(polynomials)
        expected, profile, lost = np.empty(bins), np.empty(bins), np.empty(bins)
        smooth = np.empty(bins)
        logs = np.zeros((2, MODELS, bins))
        _begin(n, s, theta, mean, prior_mean)
        most = -np.inf
        for turn in range(MODELS):
            # Polynomials first: each begins where the one before it ended.
            model = (turn + POLYNOMIAL_1) % MODELS
            size = sizes[model]
            if model >= MODULATED and model < POLYNOMIAL_1:
                # Only where nothing simpler explains the counts, a signal included.
                evidence[0, model] = reachable[model] = -np.inf
                if 2.0 * (saturated - most) < usable + _OCCAM + 2.0 * math.sqrt(2.0 * usable):
                    continue
            if model > POLYNOMIAL_1:
                theta[model, : size - 1] = theta[model - 1, : size - 1]
                theta[model, size - 1] = 0.0
            if model < POLYNOMIAL_1 and model != HYPERBOLIC:
                _begin_function(model, theta[model], n, s, smooth, polynomials, expected, slopes)
            best, log_determinant = fit(
                model,
                size,
                theta[model],
                n,
                s,
                template,
                -1,
                mean[model],
                prior_sigma[model],
                _STEPS_ALONE,
                most - model_shares[model] - _HOPELESS_ALONE,
                polynomials,
                expected,
                slopes,
                space[0],
                matrix,
                space[1],
            )
            evidence[0, model] = model_shares[model] + best - 0.5 * log_determinant
            reachable[model] = -np.inf
            if best < most - model_shares[model] - _HOPELESS_ALONE:
                evidence[0, model] = -np.inf
                continue
            centre = _profile(
                size, n, s, template, expected, slopes, matrix, space[1], profile, lost
            )
            centres[model] = centre
            gain = _gain(centre, n, s, template, expected) / math.sqrt(1.0 - lost[centre] ** 2)
            gain = min(gain, _LARGEST_GAIN)
            reachable[model] = evidence[0, model] + 0.5 * gain * gain
            theta[model, size] = _strength(max(gain, 0.5), centre, s, template, expected)
            if reachable[model] > most:
                most = reachable[model]
                bin_column[4, begin:end] = profile
                bin_column[8, begin:end] = lost
            for i in range(bins):
                logs[0, model, i] = math.log(expected[i])
            if model >= POLYNOMIAL_1 and (model == POLYNOMIAL_1 or reachable[model] >= most):
                smooth[:] = expected
        for model in range(MODELS):
            evidence[1, model] = -np.inf
            if reachable[model] < most - _HOPELESS:
                continue
            size, centre = sizes[model], centres[model]
            # A signal is taken to be as likely as none, anywhere, up to the largest significance.
            width = _strength(_LARGEST_SIGNIFICANCE * usable, centre, s, template, expected)
            best, log_determinant = fit(
                model,
                size,
                theta[model],
                n,
                s,
                template,
                centre,
                mean[model],
                prior_sigma[model],
                _STEPS_WITH_SIGNAL,
                -np.inf,
                polynomials,
                expected,
                slopes,
                space[0],
                matrix,
                space[1],
            )
            width = _strength(_LARGEST_SIGNIFICANCE * usable, centre, s, template, expected)
            odds = 0.5 * math.log(2.0 * math.pi) - math.log(width)
            evidence[1, model] = odds + model_shares[model] + best - 0.5 * log_determinant
            for i in range(bins):
                logs[1, model, i] = math.log(expected[i])
        _look_at_ends(
            n,
            s,
            smooth,
            template,
            models,
            (theta, mean, evidence, centres, logs),
            (polynomials, expected, slopes, space, matrix),
        )
        best_together = int(np.argmax(evidence[1]))
        _average(
            n,
            s,
            evidence,
            logs,
            centres[best_together],
            logs_column[:, begin:end],
            bin_column[:, begin:end],
            histogram_column[h],
        )
        histogram_column[h, 5] = min(bin_column[4, begin:end].max(), 30.0) / 5.0


@compiled
def _look_at_ends(n, s, smooth, template, models, found, spaces):  # type: ignore[no-untyped-def]
    """Fit a signal in the first or last bins from fits that have not seen these bins.

    A fit to all bins can take such a signal for a steep end, and does not find back from there.
    """
    sizes, _, prior_sigma, model_shares = models
    theta, mean, evidence, centres, logs = found
    polynomials, expected, slopes, space, matrix = spaces
    bins = len(n)
    probe = POLYNOMIAL_1 + 2
    saturated, usable = 0.0, 0
    for i in range(bins):
        if s[i] > 0.0:
            usable += 1
            saturated += s[i] * ((n[i] * math.log(n[i]) if n[i] > 0.0 else 0.0) - n[i])
    either = np.maximum(evidence[0], evidence[1])
    deviance = 2.0 * (saturated - either.max())
    unexplained = int(np.argmax(either)) > probe or (
        deviance > usable + _OCCAM + _SUSPICIOUS * math.sqrt(2.0 * usable)
    )
    for side in range(2):
        inner = s.copy()
        if side == 0:
            inner[:_END] = 0.0
        else:
            inner[bins - _END :] = 0.0
        suspicious = unexplained
        most = -np.inf
        for turn in range(MODELS + 1):
            # First of all the polynomial that decides whether the others are worth it.
            model = probe if turn == 0 else turn - 1
            # Powers of any kind stand for whole ones here.
            if model > probe or POWER_1 <= model <= POWER_4 or (turn > 0 and not suspicious):
                continue
            size = sizes[model]
            own = theta[model].copy()
            if model < POLYNOMIAL_1 and model != HYPERBOLIC:
                _begin_function(model, own, n, inner, smooth, polynomials, expected, slopes)
            best, log_determinant = fit(
                model,
                size,
                own,
                n,
                inner,
                template,
                -1,
                mean[model],
                prior_sigma[model],
                _STEPS_AT_ENDS,
                most - model_shares[model] - _HOPELESS_AT_ENDS,
                polynomials,
                expected,
                slopes,
                space[0],
                matrix,
                space[1],
            )
            centre, gain = -1, 0.0
            for k in range(_END - 1):
                i = k if side == 0 else bins - 1 - k
                here = _gain(i, n, s, template, expected) if s[i] > 0.0 else 0.0
                if here > gain:
                    centre, gain = i, here
            if turn == 0:
                for k in range(COLUMNS):
                    space[1, k] = polynomials[max(centre, 0), k]
                solve_lower(matrix, size, space[1])
                variance = 0.0
                for k in range(size):
                    variance += space[1, k] ** 2
                events = 3.5 * s[max(centre, 0)] * expected[max(centre, 0)]
                suspicious |= gain > _SUSPICIOUS * math.sqrt(1.0 + events * variance)
                continue
            value = model_shares[model] + best - 0.5 * log_determinant
            most = max(most, value)
            if gain < _SUSPICIOUS or value < most - _HOPELESS_AT_ENDS:
                continue
            own[size] = _strength(min(gain, _LARGEST_GAIN), centre, s, template, expected)
            best, log_determinant = fit(
                model,
                size,
                own,
                n,
                s,
                template,
                centre,
                mean[model],
                prior_sigma[model],
                _STEPS_AT_ENDS,
                -np.inf,
                polynomials,
                expected,
                slopes,
                space[0],
                matrix,
                space[1],
            )
            width = _strength(_LARGEST_SIGNIFICANCE * len(n), centre, s, template, expected)
            odds = 0.5 * math.log(2.0 * math.pi) - math.log(width)
            value = odds + model_shares[model] + best - 0.5 * log_determinant
            if value > evidence[1, model]:
                evidence[1, model] = value
                centres[model] = centre
                theta[model] = own
                for i in range(bins):
                    logs[1, model, i] = math.log(expected[i])


@compiled
def _average(n, s, evidence, logs, centre, averages, columns, row):  # type: ignore[no-untyped-def]
    """Fill the averages over the fits, and the features that follow from them."""
    bins = len(n)
    largest = evidence.max()
    weight = np.exp(np.maximum(evidence - largest, -200.0))
    alone, together = weight[0].sum(), weight[1].sum()
    polynomials = weight[:, POLYNOMIAL_1:].sum()
    averages[:] = 0.0
    square = np.zeros(bins)
    for k in range(2):
        whole = alone if k == 0 else together
        for model in range(MODELS):
            w = weight[k, model]
            share_all, share_kind = w / (alone + together), w / whole
            share_polynomials = w / polynomials if model >= POLYNOMIAL_1 else 0.0
            if max(share_kind, share_polynomials) < _NEGLIGIBLE:
                continue
            for i in range(bins):
                value = math.exp(logs[k, model, i])
                averages[0, i] += share_all * value
                averages[1 + k, i] += share_kind * value
                averages[3, i] += share_polynomials * value
                square[i] += share_all * value * value
    pulls, usable = 0.0, 0
    for i in range(bins):
        b = averages[0, i]
        events = s[i] * b
        spread = max(square[i] - b * b, 0.0)
        columns[9, i] = min(math.sqrt(spread * s[i] / b * 3.5), 20.0)
        for k in range(4):
            averages[k, i] = math.log(averages[k, i])
        if s[i] > 0.0:
            usable += 1
            pull = s[i] * (n[i] - b) / math.sqrt(events)
            columns[10, i] = min(max(pull, -20.0), 20.0)
            pulls += pull * pull
        distance = (i - centre) / _RMS_NEAR
        columns[11, i] = math.exp(-0.5 * distance * distance)
        columns[12, i] = math.exp(-i / _RMS_NEAR)
        columns[13, i] = math.exp(-(bins - 1 - i) / _RMS_NEAR)
        columns[14, i] = 2.0 * i / (bins - 1) - 1.0
        columns[15, i] = 0.25 * math.log10(max(events, 1e-3))
        left, right = max(i - 1, 0), min(i + 1, bins - 1)
        change = averages[0, right] - averages[0, left]
        columns[16, i] = min(max(2.0 * change / (right - left), -5.0), 5.0)
    odds = math.log(together / alone)
    odds_polynomials = math.log(weight[1, POLYNOMIAL_1:].sum() / weight[0, POLYNOMIAL_1:].sum())
    row[0] = math.log(bins / 60.0)
    row[1] = min(max(odds, -10.0), 30.0) / 10.0
    row[2] = min(max(odds_polynomials, -10.0), 30.0) / 10.0
    others = weight[:, :POLYNOMIAL_1].sum()
    row[3] = min(max(math.log(polynomials / others), -20.0), 20.0) / 10.0
    row[4] = min(pulls / usable - 1.0, 5.0)
    for model in range(MODELS):
        row[6 + model] = (weight[0, model] + weight[1, model]) / (alone + together)


@compiled
def _strength(significance, centre, s, template, expected):  # type: ignore[no-untyped-def]
    """Return the strength of a signal that has a significance on a fitted background."""
    reach = len(template) // 2
    information = 0.0
    for i in range(max(0, centre - reach), min(len(s), centre + reach + 1)):
        information += s[i] * template[i - centre + reach] ** 2 / expected[i]
    return significance / math.sqrt(information)


@compiled
def _quick_z(n, s, log_background, template, z):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin for a known background, nearly.

    The window's entries, weighted with the template, are taken for one Poisson number of events
    that has the same mean and variance.
    """
    bins = len(n)
    reach = len(template) // 2
    background = np.exp(log_background)
    for centre in range(bins):
        seen, mean, variance = 0.0, 0.0, 0.0
        for i in range(max(0, centre - reach), min(bins, centre + reach + 1)):
            t = template[i - centre + reach] * s[i]
            b = background[i]
            seen += t * n[i]
            mean += t * b
            variance += t * template[i - centre + reach] * b
        z[centre] = 0.0
        if variance > 0.0:
            b, m = mean * mean / variance, seen * mean / variance
            twice = 2.0 * ((m * math.log(m / b) if m > 0.0 else 0.0) - m + b)
            z[centre] = math.copysign(math.sqrt(max(twice, 0.0)), m - b)


@compiled
def _begin(n, s, theta, mean, prior_mean):  # type: ignore[no-untyped-def]
    """Set the parameters that the fits begin with, and the means of those that are free."""
    bins = len(n)
    ends = np.zeros(2)
    weights = np.zeros(2)
    some = max(2, bins // 15)
    found = 0
    for i in range(bins):
        if s[i] > 0.0 and found < some:
            ends[0] += n[i] * (1.0 if found else 2.0)
            weights[0] += 1.0 if found else 2.0
            found += 1
    found = 0
    for i in range(bins - 1, -1, -1):
        if s[i] > 0.0 and found < some:
            ends[1] += n[i]
            weights[1] += 1.0
            found += 1
    y1 = math.log(max(ends[0] / weights[0], 0.3))
    y2 = math.log(max(ends[1] / weights[1], 0.3))
    theta[:] = 0.0
    mean[:] = prior_mean
    for model in range(POLYNOMIAL_1):
        theta[model, 0] = mean[model, 0] = max(y1, y2 + 0.05)
        theta[model, 1] = mean[model, 1] = y2
    # A straight line through the logarithms, weighted with the entries.
    total, first, second, product, moment = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(bins):
        if s[i] == 0.0:
            continue
        x = 2.0 * i / (bins - 1) - 1.0
        value = math.log(n[i] + 0.5)
        weight = n[i] + 0.5
        total += weight
        first += weight * x
        second += weight * x * x
        product += weight * value
        moment += weight * x * value
    slope = (moment * total - first * product) / max(second * total - first * first, 1e-9)
    for model in range(POLYNOMIAL_1, len(theta)):
        theta[model, 0] = mean[model, 0] = (product - slope * first) / total
        theta[model, 1] = slope


@compiled
def _begin_function(model, theta, n, s, smooth, polynomials, expected, slopes):  # type: ignore[no-untyped-def]
    """Begin with the best of a few third and fourth parameters, and the ends that go with them.

    The ends follow from least squares, with the variances of a background that was fitted before.
    """
    best = np.inf
    kept = np.zeros(4)
    for power in _FIRST_POWERS:
        for turn in _FIRST_TURNS:
            # The shape alone: it is 1 at the one end and as good as 0 at the other.
            theta[0], theta[1], theta[2], theta[3] = 0.0, -25.0, turn, power
            theta[4], theta[5] = 0.0, 0.0
            if model not in (POWER_N, MODULATED_POWER):
                theta[3] = 0.0
            evaluate(model, theta, polynomials, expected, slopes)
            w0, w1, w2, v0, v1, v2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(len(n)):
                w = s[i] / smooth[i]
                h = expected[i]
                w0 += w
                w1 += w * h
                w2 += w * h * h
                v0 += w * n[i]
                v1 += w * n[i] * h
                v2 += w * n[i] * n[i]
            rise = (v1 * w0 - v0 * w1) / max(w2 * w0 - w1 * w1, 1e-12 * w2 * w0)
            low = (v0 - rise * w1) / w0
            chi2 = v2 - low * v0 - rise * v1
            if chi2 < best:
                best = chi2
                kept[0] = math.log(max(low + rise, 0.3))
                kept[1] = math.log(max(low, 0.003 * abs(rise), 0.3))
                kept[2], kept[3] = turn, theta[3]
            if model < POWER_1:
                break
        if model not in (POWER_N, MODULATED_POWER):
            break
    theta[:4] = kept
    theta[4:] = 0.0


@compiled
def _gain(centre, n, s, template, expected):  # type: ignore[no-untyped-def]
    """Return the significance of an excess on a fitted background, nearly; 0: there is none."""
    reach = len(template) // 2
    seen, mean, variance = 0.0, 0.0, 0.0
    for i in range(max(0, centre - reach), min(len(n), centre + reach + 1)):
        t = template[i - centre + reach] * s[i]
        seen += t * n[i]
        mean += t * expected[i]
        variance += t * template[i - centre + reach] * expected[i]
    b, m = mean * mean / variance, seen * mean / variance
    return math.sqrt(2.0 * max(m * math.log(m / b) - m + b, 0.0)) if m > b else 0.0


@compiled
def _profile(size, n, s, template, expected, slopes, root, space, z, lost):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin with a fit's parameters profiled, for small changes.

    Also filled: which share of the signal's information the parameters take away, as a root.

    Returns:
        The bin of the largest z.
    """
    bins = len(n)
    reach = len(template) // 2
    largest = -1
    for centre in range(bins):
        slope, information = 0.0, 0.0
        for k in range(COLUMNS):
            space[k] = 0.0
        for i in range(max(0, centre - reach), min(bins, centre + reach + 1)):
            t = template[i - centre + reach] * s[i] / expected[i]
            slope += t * (n[i] - expected[i])
            information += t * template[i - centre + reach]
            for k in range(COLUMNS):
                space[k] += t * slopes[i, k]
        z[centre], lost[centre] = 0.0, 1.0
        if s[centre] == 0.0:
            continue
        solve_lower(root, size, space)
        taken = 0.0
        for k in range(size):
            taken += space[k] * space[k]
        left = max(information - taken, 0.02 * information)
        z[centre] = min(max(slope / math.sqrt(left), -30.0), 60.0)
        lost[centre] = math.sqrt(1.0 - left / information)
        if largest < 0 or z[centre] > z[largest]:
            largest = centre
    return largest


@compiled
def _quick_columns(offsets, counts, share, logs, template, columns):  # type: ignore[no-untyped-def]
    basis = np.empty((5, 40))
    for h in range(len(offsets) - 1):
        begin, end = offsets[h], offsets[h + 1]
        expected = np.exp(logs[0, begin:end])
        for k, (reach, order) in enumerate(WINDOWS):
            local_z(
                counts[begin:end],
                share[begin:end],
                expected,
                template,
                reach,
                order,
                basis,
                columns[5 + k, begin:end],
            )
        for k in range(1, 4):
            _quick_z(
                counts[begin:end],
                share[begin:end],
                logs[k, begin:end],
                template,
                columns[k, begin:end],
            )
