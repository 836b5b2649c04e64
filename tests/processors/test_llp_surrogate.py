"""The processor of surrogates: the sums of a plain loop over the file, however it is run."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import uproot
from coffea.processor import IterativeExecutor, Runner

from bumpcast import store
from bumpcast.config import Analysis, load
from bumpcast.config.sites import read_site
from bumpcast.errors import BumpcastError
from bumpcast.events import reader_for
from bumpcast.execution import RESULT, ProcessorSpec, run
from bumpcast.execution.identity import ResumeError
from bumpcast.execution.option_files import OptionFileError
from bumpcast.limits.efficiency_file import read_efficiencies
from bumpcast.surrogates.curve import Lifetimes, curve, curve_sums
from bumpcast.surrogates.efficiency import EfficiencySums
from bumpcast.surrogates.models import open_model
from bumpcast.surrogates.reading import ReadOptions, read_pairs

PROJECT = Path(__file__).parents[2]
CONFIG = PROJECT / "configs" / "llp_surrogate.toml"
CTAU = (0.3, 1.5, 6.0)
NAME = "ggH_400_100"


@pytest.fixture(scope="session")
def make(llp_file: Path, small_surrogate: Path) -> Any:
    """Return a function that makes the configuration of a run over one file."""

    def configuration(*more: str, files: Any = llp_file, model: Any = small_surrogate) -> Analysis:
        chosen = f'"{model}"' if isinstance(model, str) else f'{{ path = "{model}" }}'
        analysis = load(
            CONFIG,
            [
                f"options.model={chosen}",
                f"options.ctau_m={list(CTAU)}",
                "options.histogram_ctau_m=[1.5]",
                "options.plots=false",
                "run.chunk_events=40",
                "run.dask_report=false",
                "run.retry_wait_s=0.0",
                f'datasets.{NAME}.files=["{files}"]',
                *more,
            ],
        )
        return analysis.model_copy(update={"datasets": {NAME: analysis.datasets[NAME]}})

    return configuration


@pytest.fixture(scope="module")
def once(make: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run(make(), tmp_path_factory.mktemp("runs") / "once", executor="iterative")


@pytest.fixture
def uuid(llp_file: Path) -> str:
    with uproot.open(llp_file) as file:
        return str(file.file.uuid)


def assert_sums(found: list[EfficiencySums], expected: list[EfficiencySums]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.events == other.events
        for name in vars(other):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12)


def assert_same_bits(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for name, values in expected["sums"].stacked.items():
        np.testing.assert_array_equal(found["sums"].stacked[name], values, err_msg=name)
    for name, histogram in expected["histograms"].items():
        assert found["histograms"][name] == histogram
    assert found["sum_of_weights"] == expected["sum_of_weights"]


@pytest.mark.parametrize("model", ["surrogate", "low-ET"])
def test_the_sums_are_those_of_the_whole_file(
    make: Any, small_surrogate: Path, llp_file: Path, uuid: str, model: str, tmp_path: Path
) -> None:
    asked: Any = small_surrogate if model == "surrogate" else model
    summary = run(make(model=asked), tmp_path / "run", executor="iterative")
    assert summary.complete
    assert summary.chunks == 4
    found = summary.output[NAME]
    pairs = read_pairs(llp_file, ReadOptions())
    lifetimes = Lifetimes(CTAU, name=f"1 {uuid}")
    loaded = open_model(str(asked))
    expected = curve_sums(loaded, pairs, np.arange(len(pairs)), lifetimes)
    assert_sums(found["sums"].each(), expected)
    assert (found["events"], found["bad_events"]) == (150, 0)
    with (tmp_path / "run" / f"{NAME}.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row, efficiency in zip(rows, curve(loaded, pairs, lifetimes), strict=True):
        for place, name in enumerate(loaded.classes[1:]):
            column = f"efficiency_{name}"
            told = [float(row[column + ending]) for ending in ("", "_error", "_model_error")]
            plain = [efficiency.value, efficiency.statistical, efficiency.model]
            np.testing.assert_allclose(told, [values[place] for values in plain], rtol=1e-9)


def test_the_decays_of_the_file_can_be_weighted(
    make: Any, small_surrogate: Path, llp_file: Path, tmp_path: Path
) -> None:
    analysis = make("options.by=weights", f"options.ctau_of_sample_m={{ {NAME} = 1.5 }}")
    found = run(analysis, tmp_path / "run", executor="iterative").output[NAME]
    pairs = read_pairs(llp_file, ReadOptions())
    lifetimes = Lifetimes(CTAU, "weights", 1.5)
    expected = curve_sums(open_model(str(small_surrogate)), pairs, np.arange(150), lifetimes)
    assert_sums(found["sums"].each(), expected)


def test_a_mixture_asks_once_for_all_lifetimes(
    make: Any, small_surrogate: Path, llp_file: Path, uuid: str, tmp_path: Path
) -> None:
    analysis = make("options.by=mixture", "options.draws=3")
    found = run(analysis, tmp_path / "run", executor="iterative").output[NAME]
    pairs = read_pairs(llp_file, ReadOptions())
    lifetimes = Lifetimes(CTAU, "mixture", draws=3, name=f"1 {uuid}")
    expected = curve_sums(open_model(str(small_surrogate)), pairs, np.arange(150), lifetimes)
    assert_sums(found["sums"].each(), expected)


@pytest.mark.parametrize("executor", ["futures", "dask-local"])
def test_every_executor_gives_the_same_bits(
    make: Any, once: Any, executor: Any, tmp_path: Path
) -> None:
    summary = run(make(), tmp_path / "run", executor=executor, workers=2)
    assert summary.complete
    assert_same_bits(summary.output[NAME], once.output[NAME])


@pytest.mark.parametrize("chunk_events", [1000, 7])
def test_chunks_do_not_matter(make: Any, once: Any, chunk_events: int, tmp_path: Path) -> None:
    summary = run(make(f"run.chunk_events={chunk_events}"), tmp_path / "run", executor="iterative")
    found, expected = summary.output[NAME], once.output[NAME]
    assert_sums(found["sums"].each(), expected["sums"].each())
    for name, histogram in expected["histograms"].items():
        np.testing.assert_allclose(
            found["histograms"][name].values(flow=True), histogram.values(flow=True), rtol=1e-12
        )


def test_runs_under_coffeas_own_runner(make: Any, once: Any, llp_file: Path) -> None:
    analysis = make()
    runner = Runner(
        executor=IterativeExecutor(status=False),
        schema=reader_for(analysis.formats["simulated"]).schema,
        chunksize=40,
        savemetrics=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coffea's own, about branches that it cannot interpret
        output = runner(
            {NAME: {"files": {str(llp_file): "Delphes"}}}, ProcessorSpec.of(analysis).make()
        )
    assert_sums(output[NAME]["sums"].each(), once.output[NAME]["sums"].each())


def test_histograms_hold_what_the_sums_hold(once: Any, llp_file: Path) -> None:
    found = once.output[NAME]
    for histogram in found["histograms"].values():
        assert list(histogram.axes["ctau_m"]) == ["1.5"]
        assert list(histogram.axes["selected"]) == ["all", "A", "B"]
        in_all = histogram.values(flow=True)[0].sum(axis=1)[:3]
        # Each event has two LLPs.
        np.testing.assert_allclose(in_all[0] / 2, found["sum_of_weights"])
        np.testing.assert_allclose(in_all[1:] / 2, found["sums"].each()[1].selected)
    pairs = read_pairs(llp_file, ReadOptions())
    pt = found["histograms"]["pt"]
    expected, _ = np.histogram(pairs.pt, pt.axes["pt"].edges)
    np.testing.assert_allclose(pt.values()[0, 0], expected)


def test_what_is_written(make: Any, tmp_path: Path) -> None:
    analysis = make("options.plots=true", f"datasets.{NAME}.sum_of_weights=300.0")
    summary = run(analysis, tmp_path / "run", executor="iterative")
    folder = summary.folder
    assert (folder / "plots" / f"efficiency_{NAME}.png").stat().st_size > 10_000
    with h5py.File(folder / RESULT) as file:
        assert_same_bits(store.read(file, "output")[NAME], summary.output[NAME])
    document = json.loads((folder / "efficiencies.json").read_text())[NAME]
    assert document["ctau_m"] == list(CTAU)
    # 1 pb and 139 fb^-1, and half of the events that this stands for are in the file.
    np.testing.assert_allclose(
        document["expected_A"], np.array(document["efficiency_A"]) * 139_000 / 2
    )
    assert "hold 0.5 of sum_of_weights" in document["notes"][0]
    assert document["events"] == [150] * 3
    with (folder / "efficiencies.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["dataset"] for row in rows] == [NAME] * 3
    assert float(rows[1]["outside_B"]) == document["outside_B"][1]
    read = read_efficiencies(folder / f"{NAME}.csv")
    np.testing.assert_array_equal(read.ctau, CTAU)
    np.testing.assert_array_equal(read.region("B").values, document["efficiency_B"])
    np.testing.assert_array_equal(
        read.region("B").model_error, document["efficiency_B_model_error"]
    )
    assert summary.lines[0] == f"{NAME}: 150 events, c tau = 0.3 to 6 m"


def test_a_truth_record_without_the_particles_is_in_the_ledger(make: Any, tmp_path: Path) -> None:
    summary = run(make("options.llp_pdg=[9000006]"), tmp_path / "run", executor="iterative")
    assert not summary.complete
    (failure, *_) = summary.failures
    assert failure.error.type == "LlpEventError"
    assert "entries 0 to 37: 37 of 37 events have no long-lived" in failure.error.message
    assert "|PDG numbers| 25, 35" in failure.error.message
    assert failure.attempts == 1
    ledger = (tmp_path / "run" / "ledger.jsonl").read_text()
    assert "delphes_higgs_to_llps.root" in ledger


def test_events_without_the_particles_may_be_left_out(
    make: Any, small_surrogate: Path, llp_file: Path, uuid: str, tmp_path: Path
) -> None:
    # J/psi mesons stand for LLPs: seven events have one, and most chunks of five have none.
    analysis = make(
        "options.llp_pdg=[443]", "options.child=5", "run.bad_events=skip", "run.chunk_events=5"
    )
    summary = run(analysis, tmp_path / "run", executor="iterative")
    found = summary.output[NAME]
    assert (found["events"], found["bad_events"]) == (150, 143)
    options = ReadOptions(
        llp_pdg=(443,), child=5, decays=False, bad_events="skip", more=("Event.Number",)
    )
    pairs = read_pairs(llp_file, options)
    assert pairs.copied.all()
    with uproot.open(llp_file) as file:
        numbers = file["Delphes/Event/Event.Number"].array()[:, 0].to_numpy()
    entries = np.array([int(np.flatnonzero(numbers == n)[0]) for n in pairs.more["Event.Number"]])
    lifetimes = Lifetimes(CTAU, name=f"1 {uuid}")
    expected = curve_sums(open_model(str(small_surrogate)), pairs, entries, lifetimes)
    assert_sums(found["sums"].each(), expected)
    # An LLP that is alone in its event is filled once.
    counted = found["histograms"]["pt"].values(flow=True)[0, 0].sum()
    assert counted == pytest.approx(found["sum_of_weights"])
    assert "143 events were left out" in "\n".join(summary.lines)


def test_a_data_set_without_events_has_no_efficiency(make: Any, tmp_path: Path) -> None:
    analysis = make("options.llp_pdg=[9000006]", "run.bad_events=skip")
    summary = run(analysis, tmp_path / "empty", executor="iterative")
    assert summary.complete
    (line,) = (line for line in summary.lines if "efficiency" in line)
    assert line.startswith(f"No efficiency: datasets.{NAME}: 0 events")
    assert (summary.folder / RESULT).is_file()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (["options.model=hihg-ET"], BumpcastError, "no published map"),
        (["options.histogram_ctau_m=[2.0]"], BumpcastError, "2 is none of options.ctau_m"),
        (["options.by=waits"], BumpcastError, "'waits', draws = 1: draws, weights, mixture"),
        (["options.by=weights"], BumpcastError, f"datasets.{NAME}: weights need"),
        (["options.ctau_m=[]", "options.histogram_ctau_m=[]"], BumpcastError, "no lifetime"),
        (["options.ctau_m=[-1.0]", "options.histogram_ctau_m=[]"], BumpcastError, "above zero"),
        (["options.ctua_m=[1.0]"], BumpcastError, "Did you mean 'ctau_m'"),
        (
            ["normalisation.mode=pseudo-data", "normalisation.seed=1"],
            BumpcastError,
            "probabilities are summed, not events drawn",
        ),
        (
            ["options.by=weights", "options.ctau_of_sample_m={ phi = 1.0 }"],
            BumpcastError,
            "options.ctau_of_sample_m.phi: there is no data set",
        ),
    ],
)
def test_mistakes_are_told_before_anything_runs(
    make: Any, changes: list[str], error: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        run(make(*changes), tmp_path / "run", executor="iterative")
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_not_there_or_not_its_cards(
    make: Any, small_surrogate: Path, tmp_path: Path
) -> None:
    with pytest.raises(OptionFileError, match=r"options\.model\.path: .*Did you mean 'small'"):
        run(make(model=small_surrogate.with_name("smal")), tmp_path / "run")
    shutil.copytree(small_surrogate, tmp_path / "other")
    (tmp_path / "other" / "model.ubj").write_bytes(b"no trees")
    with pytest.raises(BumpcastError, match="is not the file that its card"):
        run(make(model=tmp_path / "other"), tmp_path / "run")


def test_a_resume_with_another_model_is_refused(
    make: Any, small_surrogate: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(small_surrogate, model)
    run(make(model=model), tmp_path / "run", executor="iterative")
    again = run(make(model=model), tmp_path / "run", executor="iterative", resume=True)
    assert again.complete
    card = (model / "card.json").read_text()
    (model / "card.json").write_text(card.replace("0.25", "0.35"))
    with pytest.raises(ResumeError, match=r"the content of what options\.model\.path names"):
        run(make(model=model), tmp_path / "run", executor="iterative", resume=True)


def test_on_a_pool_it_is_the_same_to_the_last_bit(
    make: Any, once: Any, small_surrogate: Path, htcondor_pool: Any, tmp_path: Path
) -> None:
    profile = read_site(str(PROJECT / "condor" / "sites" / "testpool.toml")).values["cluster"]
    changes = [f"cluster.{key}={json.dumps(value)}" for key, value in profile.items()]
    analysis = make(*changes, f'cluster.transfer_files=["{small_surrogate}"]')
    summary = run(analysis, tmp_path / "run", executor="dask-condor", workers=1)
    assert summary.complete
    assert_same_bits(summary.output[NAME], once.output[NAME])


def test_no_data_set_takes_the_place_of_the_table_of_all(make: Any, tmp_path: Path) -> None:
    analysis = make()
    renamed = analysis.model_copy(update={"datasets": {"efficiencies": analysis.datasets[NAME]}})
    with pytest.raises(BumpcastError, match="call it otherwise"):
        run(renamed, tmp_path / "run")
