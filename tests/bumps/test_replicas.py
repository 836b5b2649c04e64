"""Drawing a scan's events again: what is filled, from which events, by which workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from click.testing import CliRunner

from bumpcast.bumps.replicas import PASSES, DrawingError, Drawn, draw
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.cli.main import main
from bumpcast.config import Analysis, load
from bumpcast.datasets.survey import survey_file
from bumpcast.datasets.workitem import WorkItem
from bumpcast.events import open_events, reader_for
from bumpcast.execution.driver import run
from bumpcast.massscan import Scanner, open_results
from bumpcast.massscan.filling.normalise import NormalisationError
from bumpcast.massscan.replicas import processor
from bumpcast.massscan.replicas.drawing import draw_replicas
from bumpcast.massscan.replicas.means import Source
from bumpcast.massscan.replicas.storage import ReplicasError, open_replicas
from bumpcast.massscan.results.publish import scan_tables
from bumpcast.objects import build

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.toml"
NUMBER = 6


def analysis_of(*overrides: str) -> Analysis:
    return load(
        QUICKSTART,
        (
            "run.max_events=500",
            "run.chunk_events=200",
            "run.executor=iterative",
            "scan.min_events=25",
            "scan.min_bins=2",
            "scan.min_events_per_bin=2",
            "binning.width_factor=8.0",
            "scan.combination_max_size=2",
            "options.plots=false",
            "run.retries=0",
            *overrides,
        ),
    )


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Run a scan of the quickstart's first events; return its folder."""
    made: dict[tuple[str, ...], Path] = {}

    def make(*overrides: str) -> Path:
        if overrides not in made:
            folder = tmp_path_factory.mktemp("scan") / "results"
            assert run(analysis_of(*overrides), folder).complete
            made[overrides] = folder
        return made[overrides]

    return make


@pytest.fixture
def folder(scan: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Return a scan's folder that may be written to."""

    def copy(*overrides: str) -> Path:
        made = tmp_path / "results"
        made.mkdir()
        for name in ("histograms.h5", "manifest.json"):
            (made / name).write_bytes((scan(*overrides) / name).read_bytes())
        return made

    return copy


def plain(
    folder: Path, datasets: list[str], weights: Callable[[str, np.ndarray], np.ndarray], seed: int
) -> np.ndarray:
    """Return the replicas filled by the nominal scan, file by file, shape (replicas, bins)."""
    with open_results(folder) as results:
        analysis = results.analysis
        kept = np.flatnonzero(results.table["kept"])
        codes = [tuple(pair) for pair in np.stack(results.codes(kept), axis=1).tolist()]
        ranges = results.ranges.of(kept)
    tables, scan_table, binning = scan_tables(analysis)
    scanner = Scanner(scan_table, binning)
    offsets = np.concatenate([[0], np.cumsum(ranges.bins)])
    total = np.zeros((NUMBER, offsets[-1]), np.int64)
    for name in datasets:
        fmt = analysis.format_of(name)
        facts = survey_file(analysis.datasets[name].files[0], fmt)
        most = min(facts.entries, analysis.run.max_events or facts.entries)
        item = WorkItem(name, analysis.datasets[name].files[0], facts.treename, 0, most, facts.uuid)
        record = reader_for(fmt).record(open_events(item, fmt))
        objects = build(record, tables)
        means = weights(name, np.asarray(record["weight"], float))
        entries = np.asarray(ak.to_numpy(record["entry"]), np.int64)
        drawn = draw_replicas(means, seed, f"{name}/{facts.uuid}", entries, 0, NUMBER)
        for replica in range(NUMBER):
            delta = scanner.fill(objects, multiplicities=drawn[:, replica].astype(np.int64))
            rows = {
                pair: row
                for row, pair in enumerate(
                    zip(delta.states.tolist(), delta.observables.tolist(), strict=True)
                )
            }
            for number, pair in enumerate(codes):
                if pair not in rows:
                    continue
                part = slice(*delta.offsets[rows[pair] : rows[pair] + 2])
                cell = delta.bins[part].astype(int) - ranges.first[number]
                inside = (cell >= 0) & (cell < ranges.bins[number])
                total[replica, offsets[number] + cell[inside]] += delta.counts[part][inside]
    return total


def draw_of(folder: Path, number: int, seed: int, source: Source = "simulation", **more) -> Drawn:
    with open_results(folder) as results:
        return draw(results, number, seed, source, **more)


def all_counts(folder: Path) -> np.ndarray:
    return np.stack(list(open_replicas(folder)))


def test_replicas_are_those_of_the_nominal_scan(folder: Callable[..., Path]) -> None:
    results = folder()
    drawn = draw_of(results, NUMBER, 3)
    names = ["qcd_pt300", "dy_m100", "ttbar"]
    assert list(drawn.datasets) == names
    assert drawn.replicas is not None
    expected = plain(results, names, lambda _, weights: np.ones(len(weights)), 3)
    assert expected.sum() > 10_000
    np.testing.assert_array_equal(all_counts(results), expected)
    with open_results(results) as opened:
        spectra = searched_spectra(opened)
        kept = np.flatnonzero(opened.table["kept"])
        of_backgrounds = sum(opened.searched(kept, name).entries for name in names)
    drawn.replicas.check(spectra.names, spectra.offsets)
    np.testing.assert_array_equal(drawn.replicas.nominal, of_backgrounds)
    assert drawn.replicas.settings["events"] == 1500
    assert not (results / PASSES).exists()


def test_luminosity_scales_the_means(folder: Callable[..., Path]) -> None:
    results = folder("normalisation.mode=luminosity", "normalisation.luminosity_fb=0.004")
    draw_of(results, NUMBER, 3)
    with open_results(results) as opened:
        scale = opened.cutflow["scale"].to_dict()
        spectra = searched_spectra(opened)
    names = ["qcd_pt300", "dy_m100", "ttbar"]
    expected = plain(results, names, lambda name, weights: weights * scale[name], 3)
    np.testing.assert_array_equal(all_counts(results), expected)
    assert expected.sum() == pytest.approx(NUMBER * spectra.counts.sum(), rel=0.2)


def test_pseudo_data_are_drawn_again_as_often_as_they_are_there(
    folder: Callable[..., Path],
) -> None:
    changes = [f"normalisation.{key}" for key in ("mode=pseudo-data", "luminosity_fb=0.01")]
    results = folder(*changes, "normalisation.seed=5")
    observed = draw_of(results, 40, 3, "observed").replicas
    assert observed is not None
    assert list(observed.settings["datasets"])[-1] == "zprime_ll_400"
    with open_results(results) as opened:
        spectra = searched_spectra(opened)
    np.testing.assert_array_equal(observed.nominal, spectra.counts)
    mean = np.mean(list(observed), axis=0).sum()
    assert mean == pytest.approx(spectra.counts.sum(), rel=0.05)


def test_passes_and_workers_change_nothing(folder: Callable[..., Path]) -> None:
    results = folder()
    draw_of(results, NUMBER, 7)
    whole = all_counts(results)
    drawn = draw_of(results, NUMBER, 7, at_once=4, executor="futures", workers=2, overwrite=True)
    assert [len(drawn.passes), drawn.passes[0].chunks] == [2, 9]
    np.testing.assert_array_equal(all_counts(results), whole)


def test_an_interrupted_drawing_is_resumed(
    folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = folder()
    draw_of(results, NUMBER, 7)
    whole = all_counts(results)
    (results / "replicas.h5").unlink()
    flag = tmp_path / "ill"
    unwell = tmp_path / "unwell.py"
    old = "        metadata = events.metadata\n"
    unwell.write_text(
        Path(processor.__file__)
        .read_text()
        .replace(
            old,
            old + f"        if {str(flag)!r} and __import__('os').path.exists({str(flag)!r}) "
            "and metadata['entrystart'] >= 200 and self.first:\n"
            "            raise ValueError('not now')\n",
        )
    )
    monkeypatch.setattr(processor, "__file__", str(unwell))
    flag.touch()
    stopped = draw_of(results, NUMBER, 7, at_once=3)
    assert (stopped.replicas, stopped.exit_code) == (None, 3)
    assert stopped.passes[-1].entries_seen == 999
    flag.unlink()
    drawn = draw_of(results, NUMBER, 7, at_once=3, resume=True)
    assert [summary.entries_resumed for summary in drawn.passes] == [1500, 999]
    np.testing.assert_array_equal(all_counts(results), whole)


def test_what_cannot_be_drawn_is_refused(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = folder()
    draw_of(results, 2, 1)
    with pytest.raises(DrawingError, match="there already"):
        draw_of(results, 2, 1)
    spectra = searched_spectra(open_results(results))
    with pytest.raises(ReplicasError, match="other histograms or ranges"):
        open_replicas(results).check(spectra.names[1:], spectra.offsets)
    manifest = json.loads((results / "manifest.json").read_text())
    manifest |= {"status": "incomplete", "entries_seen": 7}
    (results / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DrawingError, match="is not complete"):
        draw_of(results, 2, 1, overwrite=True)
    with pytest.raises(ReplicasError, match="holds no replicas"):
        open_replicas(results)


def test_events_that_fill_something_else_are_noticed(
    folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = folder()
    old = "objects = build(record, self.objects)\n"
    harder = (
        Path(processor.__file__)
        .read_text()
        .replace(old, old + '        objects["j"] = objects["j"][objects["j"].pt > 60.0]\n')
    )
    (tmp_path / "harder.py").write_text(harder)
    monkeypatch.setattr(processor, "__file__", str(tmp_path / "harder.py"))
    with pytest.raises(DrawingError, match=r"fill something else now .* bins differ"):
        draw_of(results, 2, 1)


def test_the_verb_says_what_it_made(folder: Callable[..., Path]) -> None:
    results = folder()
    words = ["bumps", "replicas", str(results), "--replicas", "3", "--seed", "7", "--no-progress"]
    made = CliRunner().invoke(main, [*words, "--executor", "iterative"])
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("3 replicas of 1,500 events of qcd_pt300, dy_m100, ttbar in ")
    assert made.stdout.splitlines()[1].startswith(f"Replicas: {results / 'replicas.h5'}")
    again = CliRunner().invoke(main, [*words, "--executor", "iterative"])
    assert again.exit_code == 2
    assert "draw anew with --overwrite" in again.stderr
    as_json = CliRunner().invoke(
        main, [*words, "--executor", "iterative", "--overwrite", "--json", "--from", "observed"]
    )
    document = json.loads(as_json.stdout)
    assert document["settings"]["source"] == "observed"
    assert len(document["datasets"]) == 5
    assert document["complete"] is True


def test_negative_weights_are_refused() -> None:
    with pytest.raises(NormalisationError, match="negative weights"):
        draw_replicas(np.array([1.0, -1.0]), 1, "f", np.arange(2), 0, 3)
