"""Any lifetime from one sample: decays drawn anew, or the sample's own decays weighted.

A particle of proper lifetime tau decays after a proper length L = -c tau ln(u), u uniform from 0 to
1, at Lxy = L pT / m and Lz = L |pz| / m (arXiv:2502.10231). A sample made at c tau_0 stands for
c tau with the weight (c tau_0 / c tau) exp(-L (1 / c tau - 1 / c tau_0)) for each particle.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.drawing import uniforms
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Floats, LlpPairs


class LifetimeError(SurrogateError):
    """A lifetime cannot be, or the events do not allow another one."""


def unit_decays(
    numbers: npt.NDArray[np.int64], copied: npt.NDArray[np.bool_], *, name: str, draw: int = 0
) -> Floats:
    """Return decays of mean one: -ln(u) for each LLP.

    They follow from the name, the draw and the event's number alone, so that events may be shared
    among workers as one likes, and are the same at every lifetime, so that a curve is smooth.

    Args:
        numbers: Each event's number in its sample; (events,).
        copied: Where the second LLP is the first, which decays but once; (events,).
        name: What is drawn, with the seed.
        draw: Number of the draw, from 0: each event may be drawn several times.

    Returns:
        Proper decay lengths in units of c tau; (events, 2).
    """
    lengths = -np.log1p(-uniforms(numbers, 2, name=f"decays {name}", draw=draw))
    lengths[copied, 1] = lengths[copied, 0]
    return lengths


def decayed(pairs: LlpPairs, lengths: Floats, ctau: float | Floats) -> LlpPairs:
    """Return events whose LLPs decay after other lengths.

    Args:
        pairs: The events; their own decays are forgotten.
        lengths: From `unit_decays`; (events, 2).
        ctau: Mean proper decay length in m: a number, or an array that goes with (events, 2).

    Raises:
        LifetimeError: The lifetime is not above zero, or a particle has no mass.
    """
    check_lifetimes(ctau)
    if not np.all(pairs.mass > 0):
        event = int(np.argmin(pairs.mass.min(axis=1)))
        msg = (
            f"event {event} has an LLP of {pairs.mass[event].min():g} GeV: what has no mass has no "
            "proper lifetime"
        )
        raise LifetimeError(msg)
    per_momentum = lengths * ctau / pairs.mass
    return pairs.with_decays(
        per_momentum * pairs.pt, per_momentum * pairs.pt * np.abs(np.sinh(pairs.eta))
    )


def proper_lengths(pairs: LlpPairs) -> Floats:
    """Return the proper decay lengths of the events' own decays in m; (events, 2).

    Raises:
        LifetimeError: It is not known where they decay, or a particle is at rest.
    """
    if pairs.lxy is None or pairs.lz is None:
        msg = "it is not known where the LLPs decay, so that there is nothing to weight"
        raise LifetimeError(msg)
    momentum = pairs.pt * np.cosh(pairs.eta)
    if not np.all(momentum > 0):
        event = int(np.argmin(momentum.min(axis=1)))
        msg = f"event {event} has an LLP at rest, which says nothing of its lifetime"
        raise LifetimeError(msg)
    return np.hypot(pairs.lxy, pairs.lz) * pairs.mass / momentum


def lifetime_weights(pairs: LlpPairs, ctau_of_sample: float, ctau: float) -> Floats:
    """Return what the events' own decays count for at another lifetime.

    Args:
        pairs: The events, decayed.
        ctau_of_sample: Mean proper decay length in m at which they were made.
        ctau: The one that is asked for, in m.

    Returns:
        Factors, of mean one over many events; (events,). An LLP that stands twice counts once.

    Raises:
        LifetimeError: A lifetime is not above zero, or there are no decays.
    """
    return weights_of_lengths(proper_lengths(pairs), pairs.copied, ctau_of_sample, ctau)


def weights_of_lengths(
    lengths: Floats, copied: npt.NDArray[np.bool_], ctau_of_sample: float, ctau: float
) -> Floats:
    """Return what decays after proper lengths count for at another lifetime.

    Args:
        lengths: From `proper_lengths`, in m; (events, 2).
        copied: Where the second LLP is the first, which decays but once; (events,).
        ctau_of_sample: Mean proper decay length in m at which they were made.
        ctau: The one that is asked for, in m.

    Returns:
        Factors, of mean one over many events; (events,).

    Raises:
        LifetimeError: A lifetime is not above zero.
    """
    check_lifetimes(ctau_of_sample)
    check_lifetimes(ctau)
    # Both factors in one exponential.
    total = lengths[:, 0] + np.where(copied, 0.0, lengths[:, 1])
    ratio = ctau_of_sample / ctau
    return np.where(copied, ratio, ratio * ratio) * np.exp(-total * (1 / ctau - 1 / ctau_of_sample))


def mixture_weights(lengths: Floats, copied: npt.NDArray[np.bool_], ctau_m: Floats) -> Floats:
    """Return what decays count for at each of several lifetimes, one of which they are of.

    Args:
        lengths: Proper decay lengths in m, both of an event drawn at one of the lifetimes, each of
            which is as probable; (events, 2).
        copied: Where the second LLP is the first, which decays but once; (events,).
        ctau_m: The lifetimes as mean proper decay lengths in m; (lifetimes,).

    Returns:
        The density of the lengths at each lifetime over the mean of these densities, of mean one
        over many events; (lifetimes, events).

    Raises:
        LifetimeError: A lifetime is not above zero.
    """
    check_lifetimes(ctau_m)
    total = lengths[:, 0] + np.where(copied, 0.0, lengths[:, 1])
    particles = np.where(copied, 1.0, 2.0)
    # A row for each lifetime, one at a time: what is read together lies together.
    weights = np.empty((len(ctau_m), len(total)))
    for row, ctau in zip(weights, ctau_m, strict=True):
        np.multiply(total, -1 / ctau, out=row)
        row -= particles * np.log(ctau)
    weights -= weights.max(axis=0)
    np.exp(weights, out=weights)
    weights /= weights.mean(axis=0)
    return weights


def check_lifetimes(ctau: float | Floats) -> None:
    """Do nothing if mean proper decay lengths can be.

    Raises:
        LifetimeError: One is not above zero, or not finite.
    """
    values = np.asarray(ctau)
    if not (np.isfinite(values).all() and (values > 0).all()):
        wrong = values[~(np.isfinite(values) & (values > 0))].flat[0]
        msg = f"c tau = {wrong:g} m: a mean proper decay length is above zero"
        raise LifetimeError(msg)
