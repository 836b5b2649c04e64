"""A trained network that reads significances off spectra, by ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from bumpcast.bumps.network.batching import of_similar_length, pad
from bumpcast.bumps.network.features import Features, features
from bumpcast.bumps.network.fits.columns import (
    BIN_FEATURES,
    HISTOGRAM_FEATURES,
    LOG_ODDS_UNIT,
    ODDS,
)
from bumpcast.bumps.network.odds import limited_by_odds
from bumpcast.diskio import replacing
from bumpcast.errors import BumpcastError

Floats = npt.NDArray[np.float64]

DEFAULT_NETWORK: Final = Path(__file__).parent / "models" / "default.onnx"
EVENTS_A_SIGMA: Final = 3.5
"""A signal one bin wide is as many bins of background: 2 sqrt(pi), nearly."""

_BATCH: Final = 128


class NetworkError(BumpcastError):
    """A network's file cannot be used."""


class Network:
    """A trained network.

    Attributes:
        path: Its ONNX file.
        card: What its model card says: how it was made, and how good it is.
    """

    def __init__(self, path: Path, card: dict[str, Any], model: bytes, threads: int) -> None:
        """Use `load_network` instead."""
        self.path = path
        self.card = card
        self._model = model
        self._threads = threads

    @cached_property
    def _session(self) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            self._model, options, providers=["CPUExecutionProvider"]
        )

    def read(
        self,
        offsets: npt.ArrayLike,
        counts: npt.ArrayLike,
        variances: npt.ArrayLike | None = None,
    ) -> tuple[Floats, Floats]:
        """Return the signed significance of a signal at every bin, and the background.

        Args:
            offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
            counts: Entries, or sums of weights; shape (bins,).
            variances: Sums of squared weights, shape (bins,). A bin of n then counts as n^2 / v
                events; an empty one as if its events weighed what those of the histogram do on
                average. Absent: entries were counted.

        Returns:
            z of a Gaussian signal one bin wide centred on each bin, and the expected background
            in the unit of the counts; both of shape (bins,). z is less where a signal is not
            probable enough (`odds.limited_by_odds`). NaN where nothing can be said: in
            bins whose count or variance is negative or not finite, and in all bins of a histogram
            that is empty or has fewer usable bins than `fits.of_histograms.LEAST_BINS`.

        Raises:
            ValueError: The arrays do not fit together.
        """
        first = np.asarray(offsets, np.int64)
        observed = np.asarray(counts, np.float64)
        if first.ndim != 1 or len(first) == 0 or first[0] != 0 or first[-1] != len(observed):
            msg = f"offsets end at {first[-1:].tolist()}, but there are {len(observed)} counts"
            raise ValueError(msg)
        if np.any(np.diff(first) < 0):
            msg = "offsets must not fall"
            raise ValueError(msg)
        share = None if variances is None else _share(first, observed, variances)
        return self.read_features(first, features(first, observed, share), share)

    def read_features(
        self, offsets: npt.NDArray[np.int64], known: Features, share: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Return what `read` does, of features that are known already.

        Args:
            offsets: Of the bins.
            known: From `features`.
            share: Events that one unit of the counts stands for; absent: 1.
        """
        z = np.full(len(known.usable), np.nan)
        shift = np.full(len(known.usable), np.nan)
        for chosen in of_similar_length(offsets, _BATCH):
            batch = pad(known, offsets, chosen)
            if not batch.mask.any():
                continue
            found = self._session.run(
                ["z", "shift"],
                {"bins": batch.bins, "histograms": batch.histograms, "mask": batch.mask},
            )
            there = batch.place >= 0
            z[batch.place[there]] = found[0][there]
            shift[batch.place[there]] = found[1][there]
        log_odds = known.histograms[:, ODDS].astype(np.float64) * LOG_ODDS_UNIT
        z = limited_by_odds(z, np.repeat(log_odds, np.diff(offsets)))
        events = np.exp(known.log_background) * (1.0 if share is None else share)
        return z, np.exp(known.log_background + shift / np.sqrt(EVENTS_A_SIGMA * (events + 1.0)))


def _share(offsets: npt.NDArray[np.int64], counts: Floats, variances: npt.ArrayLike) -> Floats:
    """Return how many events one unit of the counts stands for in each bin."""
    given = np.asarray(variances, np.float64)
    if len(given) != len(counts):
        msg = f"there are {len(given)} variances for {len(counts)} counts"
        raise ValueError(msg)
    usable = np.isfinite(counts) & np.isfinite(given) & (counts >= 0) & (given >= 0)
    number = np.diff(offsets)
    histogram = np.repeat(np.arange(len(number)), number)
    sums = np.bincount(histogram, np.where(usable, counts, 0.0), len(number))
    squares = np.bincount(histogram, np.where(usable, given, 0.0), len(number))
    average = np.where(squares > 0, sums / np.where(squares > 0, squares, 1.0), 0.0)
    filled = usable & (counts > 0) & (given > 0)
    own = np.where(filled, counts / np.where(filled, given, 1.0), average[histogram])
    # Entries that count nothing, or variance without entries, are not a spectrum's.
    wrong = ~usable | ((counts > 0) != (given > 0))
    return np.where(wrong, 0.0, own)


def card_path(path: Path) -> Path:
    """Return where a network's model card lies."""
    return path.with_suffix(".json")


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Write the card of a network that is there already.

    Args:
        path: The network's ONNX file.
        card: What it says.
    """
    with replacing(card_path(path)) as file:
        file.write((json.dumps(card, indent=1) + "\n").encode())


def load_network(path: Path | None = None, *, threads: int = 1) -> Network:
    """Return a trained network.

    Args:
        path: Its ONNX file, beside which is its card; absent: the one of this package.
        threads: Of ONNX Runtime.

    Raises:
        NetworkError: A file is missing, the card is of another file, or the network is for other
            features.
    """
    if path is None:
        return _of_the_package(threads)
    return _load(path, threads)


@cache
def _of_the_package(threads: int) -> Network:
    """Return the package's network, which is read once a process."""
    return _load(DEFAULT_NETWORK, threads)


def _load(path: Path, threads: int) -> Network:
    try:
        model = path.read_bytes()
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read with its card {card_path(path).name}: {error}"
        raise NetworkError(msg) from error
    digest = hashlib.sha256(model).hexdigest()
    if not isinstance(card, dict) or card.get("sha256") != digest:
        msg = (
            f"{path}: its card {card_path(path).name} is of another file (sha256 {digest[:9]}...): "
            f"use the two that were written together"
        )
        raise NetworkError(msg)
    known = [list(BIN_FEATURES), list(HISTOGRAM_FEATURES)]
    if [card.get("bin_features"), card.get("histogram_features")] != known:
        msg = f"{path}: was trained on other features than this version makes: train it again"
        raise NetworkError(msg)
    return Network(path, card, model, threads)
