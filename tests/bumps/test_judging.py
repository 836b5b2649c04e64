"""The whole set of a results folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from replica_reference import counts_of
from small_results import analysis_of, delta_of, found_of, write_manifest

from bumpcast.bumps import judging, replica_search
from bumpcast.bumps.choices import SearchChoices
from bumpcast.bumps.findings import read_findings
from bumpcast.bumps.judging import JudgingError, judge_results
from bumpcast.bumps.piecewise import SearchError, Workplace
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.bumps.searching import search_results
from bumpcast.cli.main import main
from bumpcast.config.bumps import BumpsConfig
from bumpcast.massscan.replicas.storage import FILE_NAME, Bins, open_replicas, write_replicas
from bumpcast.massscan.results.publish import store_scan
from bumpcast.massscan.results.results import open_results

NUMBER = 30
NAME = "likelihood-fit"


def draw(folder: Path, seed: int = 1, source: str = "simulation", weight: float = 1.0) -> None:
    """Write replicas of the folder's background, as if each event were drawn by itself."""
    with open_results(folder) as results:
        spectra = searched_spectra(results)
        kept = np.flatnonzero(results.table["kept"])
        nominal = results.searched(kept, None if source == "observed" else "ttbar").entries
    drawn = np.random.default_rng(seed).poisson(nominal[:, None], (len(nominal), NUMBER))
    counts = counts_of(np.concatenate([nominal[:, None], drawn], axis=1))
    settings = {"source": source, "seed": seed, "datasets": ["ttbar"], "event_weight": weight}
    bins = Bins(spectra.names, spectra.offsets, spectra.low, spectra.high)
    write_replicas(folder / FILE_NAME, bins, [counts], settings)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judging")
    steep = {2 + place: round(500 * np.exp(-place / 12)) for place in range(40)}
    flat = {4 + place: round(300 * np.exp(-place / 20)) for place in range(30)}
    output = {
        "ttbar": found_of(
            delta_of(
                {
                    "2e os | m(e0,e1)": {place: (n, n, n) for place, n in steep.items()},
                    "2j | m(j0,j1)": {place: (n, n, n) for place, n in flat.items()},
                }
            ),
            9000.0,
        ),
        "signal": found_of(delta_of({"2e os | m(e0,e1)": {22: (90, 90.0, 90.0)}}), 90.0),
    }
    analysis = analysis_of({"ttbar": "background", "signal": "signal"}, min_bins=5)
    store_scan(output, folder, analysis, {"ttbar": 1.0, "signal": 1.0})
    write_manifest(folder)
    choices = SearchChoices.of(BumpsConfig(toys=40, widths_bins=[1.0]))
    with open_results(folder) as results:
        search_results(results, choices, Workplace("iterative"))
    return folder


@pytest.fixture
def folder(searched: Path, tmp_path: Path) -> Path:
    for path in searched.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(searched)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    draw(tmp_path)
    return tmp_path


def judge(folder: Path, executor: str = "iterative", **more: bool) -> judging.Judgement:
    with open_results(folder) as results:
        findings = read_findings(folder, searched_spectra(results))
        place = Workplace(executor)
        return judge_results(results, findings, open_replicas(folder), NAME, place, **more)


def test_a_comparison_lies_beside_the_search(folder: Path) -> None:
    found = judge(folder)
    assert found.file == folder / f"bumps/{NAME}.whole.json"
    assert not (folder / f"bumps/{NAME}.whole.parts").exists()
    document = json.loads(found.file.read_text())
    assert document["settings"]["recentred"] is True
    assert document["whole"]["replicas"] == NUMBER
    numbers = document["whole"]["histograms"]["3"]
    # The signal's 90 entries in one bin of as many stand out of one histogram.
    assert numbers["seen"] == 1
    assert numbers["expected"] < 0.5
    assert document["flags"][0]["name"] == "2e os | m(e0,e1)"
    assert document["flags"][0]["leads"]
    assert len(document["z_bins"]) == len(document["z_seen"]) + 1 == len(document["z_expected"]) + 1
    assert sum(document["z_seen"]) == 2
    assert sum(document["z_expected"]) == pytest.approx(2)


def test_pieces_and_workers_change_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = judge(folder).file.read_text()
    monkeypatch.setattr(judging, "PIECE", 1)
    assert judge(folder).file.read_text() == one
    assert judge(folder, "futures").file.read_text() == one


def test_a_comparison_is_resumed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = judge(folder).file.read_text()
    (folder / f"bumps/{NAME}.whole.json").unlink()
    monkeypatch.setattr(judging, "PIECE", 1)
    recentre = replica_search.recentre

    def fail(counts: np.ndarray, *more: np.ndarray, replica: int) -> np.ndarray:
        if len(counts) > 32:
            msg = "not now"
            raise ValueError(msg)
        return recentre(counts, *more, replica=replica)

    monkeypatch.setattr(replica_search, "recentre", fail)
    stopped = judge(folder)
    assert (stopped.file, stopped.missing, stopped.histograms) == (None, 1, 2)
    assert [error.message for error in stopped.failures.values()] == ["not now"]
    draw(folder, seed=2)
    with pytest.raises(SearchError, match="replicas differ"):
        judge(folder)
    draw(folder)
    monkeypatch.setattr(replica_search, "recentre", recentre)
    assert judge(folder).file.read_text() == whole


@pytest.mark.parametrize(
    ("source", "weight", "recentred"),
    [("simulation", 0.01, False), ("simulation", 0.2, True), ("observed", 0.01, True)],
)
def test_replicas_that_repeat_fluctuations_are_recentred(
    folder: Path, source: str, weight: float, recentred: bool
) -> None:
    draw(folder, 3, source, weight)
    found = judge(folder)
    assert json.loads(found.file.read_text())["settings"]["recentred"] is recentred
    # An excess of the data is not in what background alone makes.
    assert found.whole.histograms[5.0].seen == 1
    assert found.whole.histograms[5.0].expected < 0.2


def test_a_quick_comparison_keeps_the_chosen_functions(folder: Path) -> None:
    one, two = judge(folder), judge(folder, refit=False)
    assert json.loads(two.file.read_text())["settings"]["refit"] is False
    assert two.whole.largest.expected == pytest.approx(one.whole.largest.expected, abs=0.8)
    assert two.whole.largest.expected != one.whole.largest.expected


def test_another_version_has_to_search_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bumpcast.__version__", "99.0")
    with pytest.raises(JudgingError, match=r"replicas would be searched by 99\.0"):
        judge(folder)


def test_the_verb_prints_what_was_seen_and_expected(folder: Path) -> None:
    words = ["bumps", "whole", str(folder), "--executor", "iterative", "--no-progress"]
    shown = CliRunner().invoke(main, words)
    assert shown.exit_code == 0, shown.output
    assert "30 replicas of simulated backgrounds, made to fluctuate about the background" in (
        shown.output
    )
    assert "histograms above 5 sigma" in shown.output
    assert "2e os | m(e0,e1)" in shown.output
    quick = CliRunner().invoke(main, [*words, "--quick"])
    assert "; quick: expects too much" in quick.stdout
    as_json = CliRunner().invoke(main, [*words, "--json"])
    assert json.loads(as_json.stdout)["whole"]["replicas"] == NUMBER
    (folder / FILE_NAME).unlink()
    missing = CliRunner().invoke(main, words)
    assert missing.exit_code == 1
    assert "make some with 'bumpcast bumps replicas'" in missing.stderr
