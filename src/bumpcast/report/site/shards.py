"""The bins of the histograms, a few hundred histograms to a file.

A shard is a document of columns (`columns.py`) of some histograms, one after the other in the order
of the catalogue:

    bins          how many bins each has
    edges         bins + 1 edges in GeV each
    counts        a number a bin; `variances` too where they are not the counts
    z, background, uncertainty      a number a bin, where there was a search
    datasets      for each data set that is in any of them: its `number`, `rows` (in which of the
                  shard's histograms it is), and their `counts` and `variances`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Spectra, bins_of
from bumpcast.report.site.columns import Column, exactly, in_few_bytes, in_ratios, in_steps
from bumpcast.report.site.content import Content

HISTOGRAMS: Final = 256
"""In one shard: some hundred kilobytes, which a browser reads in a few milliseconds."""


def shards(content: Content) -> Iterator[dict[str, Any]]:
    """Yield the shards of a report.

    Args:
        content: What the report is made of.
    """
    for begin in range(0, len(content.spectra), HISTOGRAMS):
        yield _shard(content, begin, min(begin + HISTOGRAMS, len(content.spectra)))


def _shard(content: Content, begin: int, end: int) -> dict[str, Any]:
    spectra, findings = content.spectra, content.findings
    part = slice(int(spectra.offsets[begin]), int(spectra.offsets[end]))
    document: dict[str, Any] = {
        "bins": in_few_bytes(spectra.bins[begin:end]),
        "edges": exactly(_edges(spectra, begin, end), "f4"),
        **_contents(spectra.counts[part], spectra.variances[part]),
    }
    if findings is not None:
        document["z"] = in_steps(findings.z[part])
        document["background"] = in_ratios(findings.background[part])
        document["uncertainty"] = in_ratios(findings.uncertainty[part])
    datasets = [
        {"number": number} | shared
        for number, own in enumerate(content.datasets.values())
        if (shared := _dataset(own, begin, end))
    ]
    return document | {"datasets": datasets}


def _contents(
    counts: npt.NDArray[np.float64], variances: npt.NDArray[np.float64]
) -> dict[str, Column]:
    columns = {"counts": in_few_bytes(counts)}
    if np.any(counts != variances):
        columns["variances"] = in_few_bytes(variances)
    return columns


def _edges(spectra: Spectra, begin: int, end: int) -> npt.NDArray[np.float64]:
    """Return all edges: of each histogram the lower ones and the last upper one."""
    offsets = spectra.offsets[begin : end + 1]
    lows = spectra.low[offsets[0] : offsets[-1]]
    filled = np.diff(offsets) > 0
    last = spectra.high[offsets[1:][filled] - 1]
    edges: npt.NDArray[np.float64] = np.insert(lows, offsets[1:][filled] - offsets[0], last)
    return edges


def _dataset(own: Spectra, begin: int, end: int) -> dict[str, Any]:
    """Return what a data set holds of a shard's histograms; empty where it is in none of them."""
    offsets = own.offsets[begin : end + 1]
    counts = own.counts[offsets[0] : offsets[-1]]
    variances = own.variances[offsets[0] : offsets[-1]]
    sums = np.concatenate([[0.0], np.cumsum(variances)])
    rows = np.flatnonzero(np.diff(sums[offsets - offsets[0]]) > 0)
    if not len(rows):
        return {}
    places, _ = bins_of(offsets - offsets[0], rows)
    return {"rows": in_few_bytes(rows), **_contents(counts[places], variances[places])}
