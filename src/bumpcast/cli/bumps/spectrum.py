"""`bumps spectrum`: search one spectrum that is written in a file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bumpcast.cli.bumps.search_options import search_of, search_options
from bumpcast.cli.importing import importing
from bumpcast.cli.show import PICTURES
from bumpcast.config.bumps import BumpsConfig


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@search_options
@click.option(
    "--output",
    metavar="PICTURE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture, .png, .pdf or .svg; absent: a .png in the current folder, after the file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; draw only where --output says.")
def spectrum(
    file: Path,
    output: Path | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Look for an excess in the spectrum of the CSV file FILE.

    Its first line names the columns: bin_low_GeV, bin_high_GeV and count; background and
    background_error (events expected without a signal, with the standard deviation) may follow, and
    are taken for the background unless another one is asked for.
    Printed is, for each bin, the signed significance of a signal centred on it, and the largest.
    """
    if output is not None and output.suffix not in PICTURES:
        msg = f"--output {output}: a picture ends in {', '.join(PICTURES)}"
        raise click.UsageError(msg)
    asked = search_of(more)
    if asked["background"] == "simulation":
        msg = (
            "--background simulation: a file has no simulated events; a column 'background' will do"
        )
        raise click.UsageError(msg)
    with importing():
        from bumpcast.bumps.calibration import Calibration, pseudo_spectra
        from bumpcast.bumps.choices import SearchChoices, make_method, toy_settings
        from bumpcast.bumps.published import read_spectrum
        from bumpcast.bumps.search import search
        from bumpcast.report.bump import save_bump

    published = read_spectrum(file)
    free = asked["background"] is None and asked["method"] != "network"
    background = published.background if free else None
    # A published spectrum begins where its authors trust it.
    choices = replace(SearchChoices.of(BumpsConfig()), skip=0.0).changed(**asked)
    method, toys = make_method(choices, background), toy_settings(choices)
    findings = search(published.spectra, method, toys)
    if background is None and choices.calibrates:
        drawn = search(pseudo_spectra(findings, choices.calibration, choices.seed), method, toys)
        found = drawn.table["p_histogram"].to_numpy()
        findings = Calibration.of(found).of_findings(findings)
    picture = output
    if picture is None and not as_json:
        picture = Path(f"{file.stem}.png")
    if picture is not None:
        save_bump(findings, 0, picture)
    if as_json:
        click.echo(json.dumps(_document(file, findings, published.notes, picture), indent=1))
        return
    for line in _lines(findings, published.notes):
        click.echo(line)
    click.echo(f"Picture: {picture}")


def _document(file: Path, findings: Any, notes: tuple[str, ...], picture: Path | None) -> Any:
    spectra = findings.spectra
    row = findings.table.iloc[0]
    columns = {
        "mass_GeV": spectra.centres,
        "low_GeV": spectra.low,
        "high_GeV": spectra.high,
        "count": spectra.counts,
        "background": findings.background,
        "uncertainty": findings.uncertainty,
        "z": findings.z,
    }
    bins = [
        {name: _plain(value) for name, value in zip(columns, values, strict=True)}
        for values in zip(*columns.values(), strict=True)
    ]
    return {
        "file": str(file),
        "model": row["model"],
        "largest": {
            name: _plain(row[name])
            for name in ("z", "mass_GeV", "width_bins", "width_GeV", "p_local", "p_histogram")
        },
        "reason": row["reason"],
        "notes": list(notes),
        "picture": None if picture is None else str(picture),
        "bins": bins,
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _lines(findings: Any, notes: tuple[str, ...]) -> list[str]:
    spectra, row = findings.spectra, findings.table.iloc[0]
    lines = [f"Note: {note}" for note in notes]
    lines.append(f"{'mass GeV':>10} {'count':>10} {'background':>12} {'z':>7}")
    for mass, count, expected, z in zip(
        spectra.centres, spectra.counts, findings.background, findings.z, strict=True
    ):
        shown = [
            f"{mass:>10,.1f}",
            _word(count, 10, ",.6g"),
            _word(expected, 12, ",.2f"),
            _word(z, 7, ".2f"),
        ]
        lines.append(" ".join(shown))
    if row["model"]:
        lines.append(f"Background: {row['model']}")
    if row["reason"]:
        lines.append(f"Not searched: {row['reason']}")
    else:
        whole = row["p_histogram"]
        anywhere = "" if math.isnan(whole) else f", {whole:.2g} anywhere in the spectrum"
        lines.append(
            f"Largest: z = {row['z']:.2f} at {row['mass_GeV']:,.1f} GeV, a signal of "
            f"{row['width_GeV']:.3g} GeV; probability {row['p_local']:.2g} there{anywhere}"
        )
    return lines


def _word(value: float, width: int, form: str) -> str:
    return f"{'-' if math.isnan(value) else format(value, form):>{width}}"
