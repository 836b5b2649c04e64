"""The search of a scan's replicas: some of the histograms in all of them, as a worker does it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.choices import SearchChoices, make_method
from bumpcast.bumps.methods import Given, LikelihoodMethod, Method
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.recentring import recentre
from bumpcast.bumps.spectra import Floats, Spectra


@dataclass(frozen=True, eq=False)
class PieceOfReplicas:
    """Some of the histograms in all replicas.

    Attributes:
        number: From 0.
        spectra: What was searched.
        given: Their background, where it is known beforehand.
        replicas: Counts as they are stored, in few bytes, shape (replicas, bins).
        means: What the replicas fluctuate about, shape (bins,).
    """

    number: int
    spectra: Spectra
    given: BackgroundEstimate | None
    replicas: npt.NDArray[Any]
    means: Floats

    @property
    def size(self) -> int:
        """How many histograms."""
        return len(self.spectra)


@dataclass(frozen=True)
class ReplicaPiece:
    """Searches a piece; it travels to the workers.

    Attributes:
        choices: How the data were searched.
        lowest: Bins are told of significances above this.
        recentred: Whether replicas are made to fluctuate about the background.
        refit: Whether everything of a background is estimated anew in each replica.
    """

    choices: SearchChoices
    lowest: float
    recentred: bool
    refit: bool

    def __call__(self, piece: PieceOfReplicas) -> dict[str, Any]:
        """Return the largest significances and their bins, shape (replicas, histograms)."""
        method = make_method(self.choices, piece.given)
        background = self._background(method, piece)
        shape = (len(piece.replicas), len(piece.spectra))
        z, bins = np.full(shape, np.nan), np.full(shape, -1, np.int64)
        for replica, counts in enumerate(piece.replicas):
            drawn = counts.astype(np.float64)
            if self.recentred:
                drawn = recentre(drawn, piece.means, background.expected, replica=replica)
            toys = piece.spectra.with_counts(drawn)
            if self.refit and piece.given is None:
                peaks = largest(toys.offsets, method.read(toys).z, self.choices.skip)
                z[replica], bins[replica] = peaks.z, peaks.bins
                continue
            z[replica] = method.largest_again(toys, background, self.choices.skip)
            flagged = np.flatnonzero(z[replica] > self.lowest)
            if len(flagged):
                bins[replica, flagged] = self._bins(method, toys, background, flagged)
        return {"z": z, "bins": bins}

    def _background(self, method: Method, piece: PieceOfReplicas) -> BackgroundEstimate:
        """Return the background that replicas are searched with."""
        if piece.given is not None:
            zero = np.zeros_like(piece.given.uncertainty)
            return dataclasses.replace(piece.given, uncertainty=zero)
        return method.read(piece.spectra.with_counts(piece.means)).background

    def _bins(
        self,
        method: Method,
        toys: Spectra,
        background: BackgroundEstimate,
        flagged: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        """Return the bins of the largest significances of some histograms."""
        some = toys.some(flagged)
        if isinstance(method, LikelihoodMethod):
            known = Given(background.of(toys.offsets, flagged))
            method = LikelihoodMethod(known, method.widths)
        bins = largest(some.offsets, method.read(some).z, self.choices.skip).bins
        if np.any(bins < 0):
            msg = "a histogram has a largest significance, but in no bin"
            raise AssertionError(msg)
        return bins
