"""What each way to search says of spectra of which little or nothing can be said."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from odd_spectra import ODD, odd_spectra
from small_results import small_folder

from bumpcast.bumps import searching
from bumpcast.bumps.backgrounds.simulation import simulated_background
from bumpcast.bumps.choices import SearchChoices, make_method, toy_settings
from bumpcast.bumps.findings import Findings
from bumpcast.bumps.poisson import poisson_numbers
from bumpcast.bumps.search import search
from bumpcast.cli.main import main
from bumpcast.config.bumps import BumpsConfig

LARGEST = 3.5
"""Of 40 bins of background, one spectrum in a hundred has a larger significance."""

WAYS = ("fit", "gp", "simulation", "network")

# How the reason begins for which a spectrum is skipped: by a fit or a Gaussian process, over a
# simulation, by the network. None: it is searched.
NOT_FINITE = ("bins that are not finite: 1",) * 3
NOT_IN_ORDER = ("bins that are not in order",) * 3
NO_VARIANCE = ("bins with entries and no variance",) * 3
TOO_MANY = ("bins of more than 1e+14 entries: 40",) * 3
NOT_SMOOTH = ("no ", None, "the network's background does not describe it")
JUMPS = (None, None, "gaps or jumps of width between bins")
LEFT_OUT = ("bins with a negative sum of weights: 1", None, None)
SKIPPED: dict[str, tuple[str | None, str | None, str | None]] = {
    "no bins": ("no bins", "no event of the background was simulated", "no bins"),
    "one bin": ("known bins: 1; a", None, "known bins: 1; the network needs at least 8"),
    "2 bins": ("known bins: 2; a", None, "known bins: 2; the network"),
    "3 bins": ("known bins: 3; a", None, "known bins: 3; the network"),
    "4 bins": ("known bins: 4; a", None, "known bins: 4; the network"),
    "5 bins": (None, None, "known bins: 5; the network"),
    "6 bins": (None, None, "known bins: 6; the network"),
    "7 bins": (None, None, "known bins: 7; the network"),
    "all zero": (
        "all bins are empty",
        "no event of the background was simulated",
        "all bins are empty",
    ),
    "zero but one bin": ("filled bins: 1; a", None, "filled bins: 1; the network"),
    "all in the last bin": ("filled bins: 1; a", None, "filled bins: 1; the network"),
    "one negative bin": LEFT_OUT,
    "all negative": ("bins with a negative sum of weights: 40", "no events", "known bins: 0; the"),
    "a count is infinite": NOT_FINITE,
    "all counts are NaN": ("known bins: 0; a", "no events", "known bins: 0; the network"),
    "a variance is negative": LEFT_OUT,
    "a variance is infinite": NOT_FINITE,
    "a variance is zero": NO_VARIANCE,
    "all variances are zero": NO_VARIANCE,
    "counts of 1e20": TOO_MANY,
    "gaps": JUMPS,
    "bins of very different widths": JUMPS,
    "edges that fall": NOT_IN_ORDER,
    "bins that end before they begin": NOT_IN_ORDER,
    "bins that overlap": NOT_IN_ORDER,
    "bins that follow another order": NOT_IN_ORDER,
    "an edge is NaN": NOT_FINITE,
    "an edge is infinite": NOT_FINITE,
    "a step": NOT_SMOOTH,
    "nothing from the middle on": NOT_SMOOTH,
    "five events": ("entries: 5; a", None, "entries: 5; the network"),
}
COLUMN = {"fit": 0, "gp": 0, "simulation": 1, "network": 2}


def choices_of(way: str) -> SearchChoices:
    choices = SearchChoices.of(BumpsConfig(toys=40, skip=0.0, calibration=20))
    return choices.changed(method="network") if way == "network" else choices.changed(None, way)


def searched(way: str) -> Findings:
    """Return what a way finds; the simulation has ten times the events of what is odd, too."""
    spectra, choices, given = odd_spectra(), choices_of(way), None
    if way == "simulation":
        expected = np.concatenate([column.expected for column in ODD.values()])
        weight = spectra.event_weight
        events = poisson_numbers(np.random.default_rng(2), 10.0 * expected / weight)
        simulated = spectra.with_counts(0.1 * weight * events, 0.01 * weight**2 * events)
        given = simulated_background(spectra, simulated)
    return search(spectra, make_method(choices, given), toy_settings(choices))


@pytest.fixture(scope="module", params=WAYS)
def found(request) -> tuple[str, Findings]:
    return request.param, searched(request.param)


def test_each_has_a_stated_outcome_and_none_a_significance(found):
    way, findings = found
    for name, row in findings.table.set_index("name").iterrows():
        reason = SKIPPED.get(name, (None, None, None))[COLUMN[way]]
        assert row["reason"].startswith(reason or ""), (name, row["reason"])
        assert bool(row["reason"]) == (reason is not None), (name, row["reason"], row["z"])
        if reason is not None:
            assert np.isnan(row[["z", "p_local", "p_histogram", "mass_GeV"]].astype(float)).all()
        else:
            assert abs(row["z"]) < LARGEST, (name, row["z"])
            assert 1e-3 < row["p_histogram"] <= 1.0, (name, row["p_histogram"])


def test_bins_of_which_nothing_is_known_have_no_significance(found):
    _, findings = found
    spectra = findings.spectra
    unknown = ~np.isfinite(spectra.counts) | (spectra.counts < 0)
    assert np.isnan(findings.z[unknown]).all()
    # Scaling all weights changes nothing.
    names = list(spectra.names)
    plain, scaled = (
        findings.z[spectra.slice_of(names.index(name))] for name in ("plain", "weights of 1e-6")
    )
    if found[0] != "simulation":
        assert scaled == pytest.approx(plain, abs=1e-3, nan_ok=True)


@pytest.mark.parametrize("way", ["fit", "network"])
def test_a_search_of_a_folder_states_them_too(way, tmp_path, monkeypatch):
    chosen = [
        "plain",
        "no bins",
        "one bin",
        "all zero",
        "a count is NaN",
        "an edge is NaN",
        "a step",
    ]
    spectra = odd_spectra().some([list(ODD).index(name) for name in chosen])
    states = [f"{number + 2}j | m(j0,j1)" for number in range(len(chosen))]
    monkeypatch.setattr(searching, "searched_spectra", lambda _: replace(spectra, names=states))
    folder = small_folder(tmp_path / "toy")
    words = ["bumps", str(folder), "--executor", "iterative", "--toys", "20", "--no-progress"]
    choice = ["--method", "network"] if way == "network" else ["--background", way]
    result = CliRunner().invoke(main, [*words, *choice, "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["missing"] == 0
    assert {row["name"] for row in document["ranking"]} == {states[0], states[4]}
    assert all(abs(row["z"]) < LARGEST for row in document["ranking"])
    assert sum(document["skipped"].values()) == 5


def csv_of(name: str) -> str:
    column = ODD[name]
    rows = zip(column.low, column.high, column.counts, strict=True)
    lines = [",".join(f"{value:.10g}" for value in row) for row in rows]
    return "\n".join(["bin_low_GeV,bin_high_GeV,count", *lines]) + "\n"


REFUSED = {
    "no bins": "has no bins",
    "a count is NaN": "line 22: count is 'nan', not a number",
    "a count is infinite": "line 22: count is 'inf', not a number",
    "all counts are NaN": "line 2: count is 'nan', not a number",
    "edges that fall": "bins must rise and not overlap",
    "bins that end before they begin": "the bin ends at 100 GeV, where it begins or before",
    "bins that overlap": "bins must rise and not overlap",
    "bins that follow another order": "where it begins or before",
    "an edge is NaN": "line 22: bin_low_GeV is 'nan', not a number",
    "an edge is infinite": "line 41: bin_high_GeV is 'inf', not a number",
}
WITH_WEIGHTS = ("weight", "variance")


@pytest.mark.parametrize("name", [name for name in ODD if not any(w in name for w in WITH_WEIGHTS)])
def test_a_published_spectrum_has_one_too(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "odd.csv"
    path.write_text(csv_of(name))
    words = ["bumps", "spectrum", str(path), "--json", "--toys", "20", "--calibration", "0"]
    result = CliRunner().invoke(main, words)
    if name in REFUSED:
        assert result.exit_code != 0
        assert REFUSED[name] in str(result.output) + str(result.exception)
        return
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    if document["reason"]:
        assert document["largest"]["z"] is None
    else:
        assert abs(document["largest"]["z"]) < LARGEST


def test_every_outcome_is_of_a_spectrum_that_there_is():
    assert {*SKIPPED, *REFUSED} <= {*ODD}
