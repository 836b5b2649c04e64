"""What a run's configuration has to be for efficiencies against lifetime of its data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bumpcast.config import Analysis
from bumpcast.errors import did_you_mean
from bumpcast.surrogates.curve import By, Lifetimes
from bumpcast.surrogates.curve_files import ALL
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.lifetime import LifetimeError
from bumpcast.surrogates.reading.chunks import ChunkReader
from bumpcast.surrogates.reading.errors import LlpFileError
from bumpcast.surrogates.reading.options import ReadOptions


class RunSettingsError(SurrogateError):
    """A configuration does not fit efficiencies against lifetime."""


def readers_of(analysis: Analysis, options: ReadOptions) -> dict[str, ChunkReader]:
    """Return what reads the events of each data set.

    Args:
        analysis: The configuration.
        options: How truth records are read.

    Raises:
        RunSettingsError: A data set cannot have an efficiency; the message says why.
    """
    if analysis.normalisation.mode == "pseudo-data":
        msg = (
            "normalisation.mode = 'pseudo-data': probabilities are summed, not events drawn; "
            "choose 'raw', or 'luminosity' for expected numbers of events"
        )
        raise RunSettingsError(msg)
    readers = {}
    for name, dataset in analysis.datasets.items():
        if name == ALL:
            msg = f"datasets.{name}: {name}.csv is the file of all data sets: call it otherwise"
            raise RunSettingsError(msg)
        if dataset.kind == "data":
            msg = f"datasets.{name}: real data (kind 'data') have no truth record"
            raise RunSettingsError(msg)
        try:
            readers[name] = ChunkReader(analysis.format_of(name), options)
        except LlpFileError as error:
            msg = f"datasets.{name}: {error}"
            raise RunSettingsError(msg) from error
    return readers


def lifetimes_of(
    analysis: Analysis,
    ctau_m: Sequence[float],
    by: By,
    ctau_of_sample_m: float | Mapping[str, float] | None,
    draws: int,
) -> dict[str, Lifetimes]:
    """Return at which lifetimes each data set is looked at, and how.

    Args:
        analysis: The configuration.
        ctau_m: Mean proper decay lengths in m, in any order.
        by: How; see `Lifetimes`.
        ctau_of_sample_m: With which the files were made, in m: of all data sets, or by their names.
        draws: How many times each event decays; see `Lifetimes`.

    Raises:
        RunSettingsError: There is a lifetime of a data set that there is not.
        LifetimeError: A lifetime cannot be, or that of a data set is missing.
    """
    values = tuple(sorted({float(value) for value in ctau_m}))
    given = ctau_of_sample_m
    if isinstance(given, Mapping):
        for name in given:
            if name not in analysis.datasets:
                msg = f"options.ctau_of_sample_m.{name}: there is no data set of this name. "
                raise RunSettingsError(msg + did_you_mean(name, analysis.datasets))
    found = {}
    for name in analysis.datasets:
        own = given.get(name) if isinstance(given, Mapping) else given
        try:
            found[name] = Lifetimes(values, by, own, draws)
        except LifetimeError as error:
            msg = f"options, of datasets.{name}: {error}"
            raise LifetimeError(msg) from error
    return found


def lifetimes_among(wanted: Sequence[float], ctau_m: Sequence[float]) -> tuple[float, ...]:
    """Return lifetimes at which there are histograms, rising.

    Args:
        wanted: In m.
        ctau_m: At which there are efficiencies, in m.

    Raises:
        RunSettingsError: One is not among these.
    """
    for value in wanted:
        if value not in ctau_m:
            listed = ", ".join(f"{one:g}" for one in ctau_m)
            msg = f"options.histogram_ctau_m: {value:g} is none of options.ctau_m ({listed})"
            raise RunSettingsError(msg)
    return tuple(sorted({float(value) for value in wanted}))
