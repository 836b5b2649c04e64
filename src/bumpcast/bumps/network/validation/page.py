"""The validation of a network: a folder with a page, its plots, and its figures as JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import chi2

from bumpcast.bumps.network.measures import FALSE_ALARM, Measures
from bumpcast.bumps.network.network import Network
from bumpcast.bumps.network.validation.dependence import VARIABLES, dependence
from bumpcast.bumps.network.validation.samples import (
    ALL_BINS,
    SKIP,
    Sample,
    backgrounds,
    read_sample,
    samples,
)
from bumpcast.bumps.synthetic import Curves
from bumpcast.diskio import replacing

PAGE: Final = "index.html"
FIGURES: Final = "figures.json"

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;text-align:right;"
    "border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}"
    "img{max-width:100%}"
)


def validate(
    network: Network,
    folder: Path,
    *,
    seed: int = 1,
    histograms: int = 20_000,
    background_histograms: int = 50_000,
    skip: float = SKIP,
    curves: Curves | None = None,
    tell: Callable[[str, int, int], None] = lambda sample, done, number: None,
) -> dict[str, Any]:
    """Have a network read test histograms, and write a page of how good it is.

    Args:
        network: The network.
        folder: Made if needed; files of the same names are replaced.
        seed: Of the test samples.
        histograms: In each sample with signals; every other one is half as large as the first.
        background_histograms: Without a signal, in each sample for false alarms.
        skip: Share of each histogram's first bins in which nothing is looked for.
        curves: Fitted to spectra; absent: no sample of smoothed spectra.
        tell: Called with a sample's name, and how many histograms of how many are read.

    Returns:
        The figures, as in the file FIGURES.
    """
    # matplotlib is imported only where something is drawn.
    from bumpcast.bumps.network.validation import plots

    folder.mkdir(parents=True, exist_ok=True)
    known = curves or Curves()
    read: dict[str, Sample] = {}
    for name, recipe in samples(known).items():
        number = histograms if not read else max(histograms // 2, 2)
        read[name] = read_sample(
            network,
            recipe,
            seed,
            number,
            skip=0.0 if name == ALL_BINS else skip,
            curves=known,
            tell=_of(tell, name, number),
        )
    alarms: dict[str, Measures] = {}
    for name, recipe in backgrounds(known).items():
        alone = read_sample(
            network,
            recipe,
            seed + 1,
            background_histograms,
            skip=skip,
            curves=known,
            tell=_of(tell, f"background, {name}", background_histograms),
        )
        alarms[name] = alone.measures()
    everything = _joined([sample for name, sample in read.items() if name != ALL_BINS])
    kinds = dependence(everything, "kind")
    found = {v: dependence(read["functions"], v) for v in VARIABLES if v != "kind"}
    found["kind"] = kinds
    figures = {
        "network_sha256": network.card["sha256"],
        "seed": seed,
        "skip": skip,
        "samples": {name: sample.measures().as_json() for name, sample in read.items()},
        "false_alarms_above": FALSE_ALARM,
        "backgrounds": {name: _alarm_json(each) for name, each in alarms.items()},
        "dependence": {name: each.as_json() for name, each in found.items()},
    }
    plots.plot_residuals(read, folder / "residuals.png")
    plots.plot_roc(read, folder / "roc.png")
    for name, each in found.items():
        plots.plot_dependence(each, folder / f"{name.replace(' ', '_')}.png")
    for name, text in (
        (FIGURES, json.dumps(figures, indent=1, allow_nan=False)),
        (PAGE, _page(network, read, alarms, list(found), skip)),
    ):
        with replacing(folder / name) as file:
            file.write(text.encode())
    return figures


def _of(tell: Callable[[str, int, int], None], name: str, number: int) -> Callable[[int], None]:
    return lambda done: tell(name, done, number)


def _joined(parts: list[Sample]) -> Sample:
    """Return samples as one, without the widths, margins and ranges that the first has not."""
    kept = [part for part in parts if part.recipe.widths_bins == (1.0,)]
    kept = [
        part
        for part in kept
        if part.recipe.margin_bins == 0 and part.recipe.significance == parts[0].recipe.significance
    ]

    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in kept])

    return Sample(
        parts[0].recipe,
        read=column("read"),
        true=column("true"),
        significance=column("significance"),
        width_bins=column("width_bins"),
        kind=column("kind"),
        bins=column("bins"),
        place=column("place"),
        dynamic_range=column("dynamic_range"),
        silent=sum(part.silent for part in kept),
    )


def _alarm_json(found: Measures) -> dict[str, float | int]:
    number = found.background_histograms
    low, high = _interval(found.false_alarms)
    return {
        "histograms": number,
        "false_alarms": found.false_alarms,
        "rate": found.false_alarms / number,
        "rate_low": low / number,
        "rate_high": high / number,
        "likelihood_false_alarms": found.false_alarms_likelihood,
        "mean": found.mean,
        "std": found.std,
    }


def _interval(seen: int) -> tuple[float, float]:
    """Return the 68 % interval of a Poisson mean (F. Garwood, Biometrika 28 (1936) 437)."""
    tail = 0.16
    low = 0.5 * float(chi2.ppf(tail, 2 * seen)) if seen else 0.0
    return low, 0.5 * float(chi2.ppf(1 - tail, 2 * seen + 2))


def _page(
    network: Network,
    read: dict[str, Sample],
    alarms: dict[str, Measures],
    drawn: list[str],
    skip: float,
) -> str:
    rows = [_row("th", "sample", "histograms", "mean", "std", "AUC", "AUC of the likelihood ratio")]
    for name, sample in read.items():
        m = sample.measures()
        rows.append(
            _row(
                "td",
                name,
                f"{m.histograms:,}",
                f"{m.mean:+.3f}",
                f"{m.std:.3f}",
                f"{m.auc:.4f}",
                f"{m.auc_likelihood:.4f}",
            )
        )
    alarm_rows = [_row("th", "background", "histograms", "above 5", "share", "known background")]
    for name, m in alarms.items():
        low, high = _interval(m.false_alarms)
        number = m.background_histograms
        share = f"{m.false_alarms / number:.3%} ({low / number:.3%} to {high / number:.3%})"
        alarm_rows.append(
            _row(
                "td",
                name,
                f"{number:,}",
                str(m.false_alarms),
                share,
                str(m.false_alarms_likelihood),
            )
        )
    images = "\n".join(
        f'<h2>{html.escape(title)}</h2><img src="{file}" alt="{html.escape(title)}">'
        for title, file in [
            ("Largest z, read and true", "residuals.png"),
            ("Signals and backgrounds kept", "roc.png"),
            *((f"By {name}", f"{name.replace(' ', '_')}.png") for name in drawn),
        ]
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Validation of a network</title>
<style>{_STYLE}</style></head><body>
<h1>Validation of a network</h1>
<p>{html.escape(network.path.name)}, sha256 {network.card["sha256"][:16]}..., test histograms of
seed {"; ".join(sorted({str(s) for s in [network.card.get("seed", "?")]}))} of the training and of
none of its shapes. True is the largest signed z of a histogram with its background known, read what
the network says without.</p>
<table>{"".join(rows)}</table>
<h2>False alarms</h2>
<p>Histograms without a signal whose largest z is above {FALSE_ALARM:g}; in brackets 68 %
intervals.</p>
<table>{"".join(alarm_rows)}</table>
{images}
</body></html>
"""


def _row(cell: str, *values: str) -> str:
    return "<tr>" + "".join(f"<{cell}>{html.escape(v)}</{cell}>" for v in values) + "</tr>"
