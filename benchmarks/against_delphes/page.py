"""The page of the documentation: tables, and text that is written by hand in differences.md."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.against_delphes.compared import Comparison
from benchmarks.against_delphes.distributions import KINDS
from benchmarks.against_delphes.efficiencies import Efficiency
from benchmarks.against_delphes.responses import joined
from benchmarks.against_delphes.samples import Sample
from benchmarks.against_delphes.scans import Compatible
from benchmarks.against_delphes.statistics import Measured, Shapes, ratio_of_shares, shapes

_DIFFERENCES: Final = Path(__file__).with_name("differences.md")

_SELDOM: Final = 0.006
"""Probabilities below are marked."""

_LEAST_RESPONSES: Final = 100
"""Objects of Delphes's without which a range of pT is left out."""

_HEAD: Final = """# Simulated events against Delphes's

`bumpcast simulate` and [Delphes](https://arxiv.org/abs/1307.6346) side by side, on the same events:
Pythia gives the same events for the same settings and seed, so that of each event there is what
Delphes made of it and what our detector makes of it. Only the detectors' random numbers differ.
The files of Delphes were written by its April 2026 master (ROOT 6.40) from events of
Pythia 8.317.2; the settings of each sample stand [below](#settings).

```sh
python -m benchmarks.against_delphes                        # the samples of data/quickstart
python -m benchmarks.against_delphes --samples FOLDER ...   # of folders with a samples.json
```

How to read the tables:

* A **ratio** is ours over Delphes's. Errors are from the differences event by event, in which what
  the events have in common drops out. Ours are the mean of {seeds} passes of the detector over the
  same events, so that the error is mostly that of Delphes's one pass.
* **KS** is the Kolmogorov-Smirnov distance of one pass of ours from Delphes's. *By chance* is what
  it is on average where in a random half of the events the two observations are exchanged, and p
  how often it is as large then. Of {number} distances {seldom} have a p below {limit:.3f};
  {expected:.0f} would by chance alone.
"""


def write_page(
    page: Path,
    comparisons: Sequence[Comparison],
    pictures: dict[str, Path],
    scans: dict[str, tuple[Compatible, Compatible]],
    scan_picture: Path | None,
    seeds: int,
) -> None:
    """Write the page.

    Args:
        page: The file.
        comparisons: Of all samples.
        pictures: Each sample's, by its name.
        scans: Compared mass scans of samples: ours with Delphes's, and ours with ours.
        scan_picture: Of their bins; absent: none was drawn.
        seeds: How many passes our detector made.
    """
    parts = [
        _head(comparisons, seeds),
        "## Summary\n",
        *_summary(comparisons),
        "## Differences that stay\n",
        _DIFFERENCES.read_text().strip() + "\n",
        "## Efficiencies\n",
        *_all_efficiencies(comparisons),
        "## Responses\n",
        *_responses(comparisons),
        "## Resonance peaks\n",
        *_peaks(comparisons),
        "## Mass scans\n",
        *_scans(scans, scan_picture, page),
        "## Sample by sample\n",
    ]
    for one in comparisons:
        parts += _sample(one, pictures[one.sample.name], page)
    parts += ["## Settings\n", *_settings(one.sample for one in comparisons)]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(parts))


def _head(comparisons: Sequence[Comparison], seeds: int) -> str:
    probabilities = [one.apart.probability for each in comparisons for one in each.distributions]
    return _HEAD.format(
        seeds=seeds,
        number=len(probabilities),
        seldom=sum(p < _SELDOM for p in probabilities),
        limit=_SELDOM,
        expected=_SELDOM * len(probabilities),
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown; the first column is on the left, the others on the right."""
    lines = ["| " + " | ".join(titles) + " |", "|---|" + "---:|" * (len(titles) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _summary(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield "Objects of ours for each of Delphes's:\n"
    yield table(
        ["sample", "events", *(f"{name}s" for name in KINDS)],
        (
            [
                f"[{one.sample.name}](#{_anchor(one.sample.name)})",
                f"{one.events:,}".replace(",", " "),
                *(_short(one.yields[name]) for name in KINDS),
            ]
            for one in comparisons
        ),
    )
    known = [one.generator for one in comparisons if one.generator is not None]
    if known:
        jets, missing = (min(values) for values in zip(*known, strict=True))
        yield (
            "The generator's jets and missing transverse energy, in which nothing is random, "
            f"are equal to a ten thousandth in at least {jets:.1%} and {missing:.1%} of each "
            "sample's events.\n"
        )


def _short(measured: Measured) -> str:
    return str(measured) if measured.error < 0.3 else "-"


def _all_efficiencies(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield (
        "Stable electrons, muons and photons with |η| < 2.5 count as found where one was observed "
        "within ΔR = 0.1, generator jets with |η| < 4.5 that are no lepton or photon within 0.3. "
        "Tags are shares of the observed jets with |η| < 2.5 of a flavour, or within 0.3 of a tau "
        "that decays to hadrons.\n"
    )
    for experiment, mine in _by_experiment(comparisons):
        yield f"All samples of {experiment} together:\n"
        rows = []
        for parts in zip(*(one.shares for one in mine), strict=True):
            ours, theirs = (_joined([part[side] for part in parts]) for side in (0, 1))
            if theirs.there.sum() < 50:
                continue
            ratio = ratio_of_shares((ours.passed, ours.there), (theirs.passed, theirs.there))
            number = f"{theirs.there.sum():,.0f}".replace(",", " ")
            rows.append(
                [
                    f"{ours.name}, {ours.part}",
                    number,
                    f"{ours.value:.4f}",
                    f"{theirs.value:.4f}",
                    str(ratio),
                ]
            )
        yield table(["", "number", "ours", "Delphes", "ratio"], rows)


def _by_experiment(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, list[Comparison]]]:
    for experiment in ("atlas", "cms"):
        mine = [one for one in comparisons if one.sample.experiment == experiment]
        if mine:
            yield experiment.upper(), mine


def _joined(parts: Sequence[Efficiency]) -> Efficiency:
    passed = np.concatenate([part.passed for part in parts])
    there = np.concatenate([part.there for part in parts])
    return Efficiency(parts[0].name, parts[0].part, passed, there)


def _shape_columns(found: Shapes, digits: int) -> list[str]:
    middles, widths = zip(found.ours, found.delphes, strict=True)
    return [
        " / ".join(f"{value:.{digits}f}" for value in middles),
        str(found.middle),
        " / ".join(f"{value:.{digits}f}" for value in widths),
        str(found.width),
    ]


def _responses(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield (
        "Transverse momentum of what was observed over that of what was generated, of objects "
        "with |η| < 2.5: the median, and half of the range of the central 68 %. What resonances "
        "are made of is many more than resonances, so that this says more of resolutions than "
        "the next table.\n"
    )
    for experiment, mine in _by_experiment(comparisons):
        yield f"All samples of {experiment} together:\n"
        events = [one.events for one in mine]
        rows = []
        for parts in zip(*(one.responses for one in mine), strict=True):
            ours, theirs = (joined([part[side] for part in parts], events) for side in (0, 1))
            if len(theirs.values) < _LEAST_RESPONSES:
                continue
            found = shapes((ours.values, ours.events), (theirs.values, theirs.events), sum(events))
            number = f"{len(theirs.values):,}".replace(",", " ")
            rows.append([f"{ours.name}, {ours.part}", number, *_shape_columns(found, 4)])
        titles = ["", "number", "ours / Delphes", "ratio", "width, ours / Delphes", "ratio"]
        yield table(titles, rows)


def _peaks(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield (
        "Of the masses inside the window: the median, and half of the range of the central 68 %, "
        "in GeV.\n"
    )
    rows = []
    for one in comparisons:
        for found in one.peaks:
            low, high = found.peak.window_GeV
            rows.append(
                [
                    one.sample.name,
                    found.peak.name,
                    f"{low:.0f} to {high:.0f}",
                    str(found.number),
                    *_shape_columns(found.shapes, 2),
                ]
            )
    titles = ["sample", "peak", "window", "masses", "ours / Delphes", "ratio"]
    yield table([*titles, "width, ours / Delphes", "ratio"], rows)


def _scans(
    scans: dict[str, tuple[Compatible, Compatible]], picture: Path | None, page: Path
) -> Iterator[str]:
    yield (
        "The mass scan over our file and over Delphes's: χ² of all bins of all histograms over "
        "their number, as if the counts were independent. They are not, since the events are the "
        "same; what is to be expected are the columns 'ours again': two passes of our own "
        "detector. Neighbouring bins are merged until both scans together have 20 entries. "
        "Histograms overlap, so that a single event counts in many; the last columns have "
        "each event once, in its final state.\n"
    )
    rows = [
        [
            name,
            f"{ours.histograms:,}".replace(",", " "),
            f"{len(ours.pulls):,}".replace(",", " "),
            f"{ours.chi2:.3f}",
            f"{same.chi2:.3f}",
            str(len(ours.yields)),
            f"{ours.yields_chi2:.3f}",
            f"{same.yields_chi2:.3f}",
        ]
        for name, (ours, same) in scans.items()
    ]
    titles = ["sample", "histograms", "bins", "χ²/bins", "ours again"]
    yield table([*titles, "final states", "χ²/states", "ours again"], rows)
    if picture is not None:
        yield f"![Pulls of the bins]({_link(picture, page)})\n"


def _sample(one: Comparison, picture: Path, page: Path) -> Iterator[str]:
    sample = one.sample
    yield f"### {sample.name}\n"
    yield f"{sample.process}; {one.events} events; {sample.delphes_card}.\n"
    yield f"![{sample.name}]({_link(picture, page)})\n"
    yield "<details><summary>Distances and efficiencies</summary>\n"
    rows = []
    for found in one.distributions:
        apart = found.apart
        mark = " **!**" if apart.probability < _SELDOM else ""
        rows.append(
            [
                found.distribution.name,
                str(found.ratio),
                f"{apart.distance:.4f}",
                f"{apart.expected:.4f}",
                f"{apart.probability:.3f}{mark}",
            ]
        )
    yield table(["distribution", "ratio", "KS", "by chance", "p"], rows)
    yield table(
        ["efficiency", "number", "ours", "Delphes", "ratio"],
        (
            [f"{e.name}, {e.part}", str(e.there), f"{e.ours:.4f}", f"{e.delphes:.4f}", str(e.ratio)]
            for e in one.efficiencies
        ),
    )
    yield "</details>\n"


def _settings(samples: Iterable[Sample]) -> Iterator[str]:
    yield "What Pythia was given, and the card of Delphes:\n"
    for sample in samples:
        lines = [
            f"Beams:eCM = {sample.energy_tev * 1000:g}",
            "Random:setSeed = on",
            f"Random:seed = {sample.seed}",
            *sample.settings,
        ]
        text = "\n".join(lines)
        yield (
            f"{sample.name}: {sample.events} events, {sample.generator}; {sample.delphes}, "
            f"{sample.delphes_card}\n"
        )
        yield f"```text\n{text}\n```\n"


def _link(picture: Path, page: Path) -> str:
    return Path(os.path.relpath(picture, page.parent)).as_posix()


def _anchor(name: str) -> str:
    return name.lower()
