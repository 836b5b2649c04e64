"""The ranking's columns: a line a kept histogram, in the order of the shards.

Texts that many lines share stand once, in lists; the lines hold their places there. Probabilities
are stored as their decimal logarithms, since a float of four bytes ends at 1e-38.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.findings import Findings
from bumpcast.report.site.columns import Column, exactly, in_few_bytes
from bumpcast.report.site.content import Content
from bumpcast.report.site.shards import HISTOGRAMS


def catalogue(content: Content) -> dict[str, Any]:
    """Return the document of the ranking.

    Args:
        content: What the report is made of.
    """
    kept, spectra = content.kept, content.spectra
    variables = [name.rpartition(" | ")[2] for name in spectra.names]
    document: dict[str, Any] = {
        "histograms": len(spectra),
        "shard": HISTOGRAMS,
        "states": _listed(kept["final_state"]),
        "selections": _listed(kept["selection"]),
        "variables": _listed(variables),
        "entries": in_few_bytes(kept["entries"].to_numpy()),
        "bins": in_few_bytes(spectra.bins),
        "low": exactly(kept["low_GeV"], "f4"),
        "high": exactly(kept["high_GeV"], "f4"),
    }
    if content.findings is not None:
        document |= _found(content)
    return document


def _found(content: Content) -> dict[str, Any]:
    findings = content.findings
    assert findings is not None
    table = findings.table
    rank = np.zeros(len(table), np.int64)
    rank[findings.ranking] = 1 + np.arange(len(findings.ranking))
    leaders = leaders_of(findings)
    return {
        "rank": in_few_bytes(rank),
        "z": exactly(table["z"], "f4"),
        "mass": exactly(table["mass_GeV"], "f4"),
        "width": exactly(table["width_GeV"], "f4"),
        "width_bins": exactly(table["width_bins"], "f4"),
        "bin": exactly(np.where(np.isfinite(table["bin"]), table["bin"], -1), "i4"),
        "log_p_local": _logarithms(table["p_local"].to_numpy()),
        "log_p_histogram": _logarithms(table["p_histogram"].to_numpy()),
        "spurious": exactly(table["spurious_z"], "f4"),
        # 0 is no group, so that the column is as short as its numbers are.
        "leader": in_few_bytes(leaders + 1),
        "models": _listed(table["model"]),
        "reasons": _listed(table["reason"]),
    }


def leaders_of(findings: Findings) -> npt.NDArray[np.int64]:
    """Return who stands for each histogram's group of excesses, the first of it in the ranking.

    Args:
        findings: What was found.

    Returns:
        Numbers of histograms; -1 where an excess is in no group.
    """
    leaders = np.full(len(findings.table), -1, np.int64)
    group = findings.table["group"].to_numpy()
    first: dict[float, int] = {}
    for histogram in findings.ranking.tolist():
        if np.isfinite(group[histogram]):
            leaders[histogram] = first.setdefault(group[histogram], histogram)
    return leaders


def _logarithms(p: npt.NDArray[np.float64]) -> Column:
    with np.errstate(divide="ignore"):
        return exactly(np.log10(p), "f4")


def _listed(texts: Iterable[str]) -> dict[str, Any]:
    """Return texts as a list of the distinct ones, in their first order, and each one's place."""
    places: dict[str, int] = {}
    of = [places.setdefault(str(text), len(places)) for text in texts]
    return {"texts": list(places), "of": in_few_bytes(np.array(of, np.int64))}
