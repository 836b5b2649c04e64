"""The mass scan on real Delphes files: the same counts however it is run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coffea.processor import IterativeExecutor, Runner

import bumpcast
from bumpcast.config import Analysis, load
from bumpcast.events import reader_for
from bumpcast.execution import ProcessorSpec, run
from bumpcast.massscan import ScanDelta

PROJECT = Path(__file__).parents[2]
CONFIG = PROJECT / "configs" / "quickstart.toml"
SMALL = (
    "run.chunk_events=400",
    "run.max_events=700",
    "scan.combination_max_size=2",
    "options.plots=false",
    "run.dask_report=false",
)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return load(CONFIG, SMALL)


@pytest.fixture(scope="module")
def iterative(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run(analysis, tmp_path_factory.mktemp("runs") / "iterative", executor="iterative")


def assert_same(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert sorted(left) == sorted(right)
    for dataset, found in left.items():
        other = right[dataset]
        for name in ("events", "bad_events"):
            assert found[name] == other[name]
        assert found["sum_of_weights"] == pytest.approx(other["sum_of_weights"], rel=1e-12)
        deltas: tuple[ScanDelta, ScanDelta] = (found["histograms"], other["histograms"])
        for name in ("states", "observables", "offsets", "bins", "counts"):
            np.testing.assert_array_equal(*(getattr(delta, name) for delta in deltas))
        np.testing.assert_allclose(deltas[0].sums(), deltas[1].sums(), rtol=1e-12)


@pytest.mark.parametrize("executor", ["futures", "dask-local"])
def test_every_executor_gives_the_same(
    analysis: Analysis, iterative: Any, executor: Any, tmp_path: Path
) -> None:
    summary = run(analysis, tmp_path / "run", executor=executor, workers=2)
    assert summary.complete
    assert_same(summary.output, iterative.output)


def test_runs_under_coffeas_own_runner(analysis: Analysis, iterative: Any) -> None:
    fmt = analysis.formats["delphes"]
    processor = ProcessorSpec.of(analysis).make()
    runner = Runner(
        executor=IterativeExecutor(status=False),
        schema=reader_for(fmt).schema,
        chunksize=analysis.run.chunk_events,
        savemetrics=False,
    )
    name = "zprime_ll_400"
    fileset = {name: {"files": dict.fromkeys(analysis.datasets[name].files, fmt.tree)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coffea's own, about branches that it cannot interpret
        output = runner(fileset, processor)
    assert_same(output, {name: iterative.output[name]})


def test_finds_the_resonance_in_muon_pairs(iterative: Any) -> None:
    with bumpcast.open_results(iterative.folder) as results:
        histogram = results.histogram("2m os | m(m0,m1)", "zprime_ll_400")
        values, edges = histogram.values(), histogram.axes[0].edges
        assert values.sum() >= 50
        mean = np.average(0.5 * (edges[1:] + edges[:-1]), weights=values)
        assert mean == pytest.approx(400, rel=0.05)


def test_results_are_the_sum_of_the_data_sets(iterative: Any) -> None:
    with bumpcast.open_results(iterative.folder) as results:
        name = results.table.sort_values("entries")["name"].iloc[-1]
        parts = sum(results.histogram(name, dataset).values() for dataset in results.datasets)
        np.testing.assert_allclose(results.histogram(name).values(), parts)
        assert results.cutflow["read"].sum() == iterative.entries_seen
