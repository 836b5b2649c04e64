"""The compiled scan of real events against the plain one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import reference
import uproot

from bumpcast.config import load
from bumpcast.config.analysis import Analysis
from bumpcast.datasets import WorkItem
from bumpcast.events import close_files, open_events, reader_for
from bumpcast.massscan import HistogramName, ScanDelta, Scanner
from bumpcast.massscan.naming.observable import MASK_SHIFT
from bumpcast.objects import build

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.toml"


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    yield
    close_files()


def read_objects(analysis: Analysis, name: str, stop: int) -> ak.Array:
    fmt = analysis.formats["delphes"]
    path = ROOT / "data" / "quickstart" / f"{name}.root"
    with uproot.open(path) as file:
        uuid = str(file.file.uuid)
    reader = reader_for(fmt)
    work = WorkItem(name, str(path), "Delphes", 0, stop, uuid)
    assert analysis.objects is not None
    return build(reader.record(open_events(work, fmt, columns=reader.columns)), analysis.objects)


def by_name(delta: ScanDelta) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return bins, counts and sums of weights of each histogram."""
    sums = delta.sums()
    named = {}
    for row in np.flatnonzero(delta.observables >> MASK_SHIFT):
        cells = slice(delta.offsets[row], delta.offsets[row + 1])
        name = str(HistogramName.from_codes(int(delta.states[row]), int(delta.observables[row])))
        named[name] = (delta.bins[cells], delta.counts[cells], sums[cells])
    return named


# The plain scan takes about 20 ms a combination, so there are fewer of them than by default.
FEWER = [
    "scan.selections.met_min_GeV=[50.0]",
    "scan.selections.ht_min_GeV=[300.0]",
    "scan.selections.leading_pt_min_GeV=[100.0]",
    "scan.open_from.j=2",
    "scan.open_from.b=1",
    "scan.open_from.g=1",
    "scan.open_from.Wh=1",
    "scan.objects_per_kind.b=1",
    "scan.objects_per_kind.g=1",
    "scan.objects_per_kind.Wh=1",
    "scan.leading_jets=2",
    "binning.min_width_GeV=2.0",
    "binning.mass_max_GeV=2000.0",
]


@pytest.mark.parametrize(
    ("name", "weighted", "largest"), [("ttbar", True, 2), ("zprime_ll_400", False, 3)]
)
def test_equals_the_plain_scan(name: str, weighted: bool, largest: int) -> None:
    analysis = load(QUICKSTART, [*FEWER, f"scan.combination_max_size={largest}"])
    assert analysis.scan is not None
    assert analysis.binning is not None
    objects = read_objects(analysis, name, 150)
    weights = np.ones(len(objects))
    if weighted:
        weights = np.random.default_rng(5).normal(1.0, 0.5, len(objects))
    scanner = Scanner(analysis.scan, analysis.binning)
    found = by_name(scanner.fill(objects, weights))
    plain = reference.scan(objects, analysis.scan, scanner.menu.binning, weights)
    expected = {key: h for key, h in plain.items() if np.any(h.view(flow=True).variance)}
    assert len(expected) > 100
    assert sorted(found) == sorted(expected)
    for key, histogram in expected.items():
        values = histogram.view(flow=True)
        bins, counts, sums = found[key]
        np.testing.assert_array_equal(bins, np.flatnonzero(values.variance), err_msg=key)
        np.testing.assert_allclose(sums[:, 0], values.value[bins], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(sums[:, 1], values.variance[bins], rtol=1e-12)
        if not weighted:
            np.testing.assert_array_equal(counts, values.value[bins], err_msg=key)
