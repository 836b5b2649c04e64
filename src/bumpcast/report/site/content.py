"""What a report is made of, read from a results folder in one go."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bumpcast.bumps.findings import Findings, list_findings, read_findings
from bumpcast.bumps.scanned import searched_spectra, spectra_of_dataset
from bumpcast.bumps.spectra import Spectra
from bumpcast.massscan.results.results import Results
from bumpcast.report.site.whole_set import read_whole_set


@dataclass(frozen=True, eq=False)
class Content:
    """The histograms that are kept, what they are made of, and what a search found in them.

    Attributes:
        results: The results of the scan.
        spectra: The histograms that are kept.
        kept: Their lines of ``results.table``, in the same order.
        datasets: What each data set holds in the same bins.
        search: Name of the search; empty without one.
        findings: What it found; None without one.
        others: Names of the other searches in the folder.
        whole_set: What is expected of all histograms together, where it is known.
    """

    results: Results
    spectra: Spectra
    kept: pd.DataFrame
    datasets: dict[str, Spectra]
    search: str
    findings: Findings | None
    others: list[str]
    whole_set: dict[str, Any] | None = None

    @property
    def digest(self) -> str:
        """What tells this content from all others, of 16 letters."""
        found = hashlib.sha256(self.spectra.digest.encode())
        for spectra in self.datasets.values():
            found.update(spectra.digest.encode())
        if self.findings is not None:
            for column in (self.findings.z, self.findings.background, self.findings.uncertainty):
                found.update(np.ascontiguousarray(column).tobytes())
            found.update(self.findings.table.to_json().encode())
        found.update(repr(self.whole_set).encode())
        return found.hexdigest()[:16]


def read_content(results: Results, search: str | None = None) -> Content:
    """Read what a report is made of.

    Args:
        results: The results of a scan.
        search: Name of the search; absent: the youngest, or none where nothing was searched.

    Raises:
        FindingsError: There is no search of this name, or it cannot be read.
        WholeSetError: The file of its whole set cannot be read.
    """
    folder = results.path.parent
    spectra = searched_spectra(results)
    searches = list_findings(folder)
    findings = read_findings(folder, spectra, search) if searches or search else None
    name = search or (searches[0] if searches else "")
    table = results.table
    return Content(
        results,
        spectra,
        table[table["kept"]].reset_index(drop=True),
        {each: spectra_of_dataset(results, each) for each in results.datasets},
        name,
        findings,
        [each for each in searches if each != name],
        read_whole_set(folder, name) if name else None,
    )
