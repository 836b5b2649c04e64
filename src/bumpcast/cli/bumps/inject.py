"""`bumps inject`: add a signal and see whether it is found."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import click

from bumpcast.cli.bumps.search_options import search_of, search_options
from bumpcast.cli.importing import importing
from bumpcast.cli.results_folder import keep_options, open_folder
from bumpcast.cli.show import PICTURES

_SIGNIFICANCES: Final = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path))
@click.option("--signal", metavar="DATASET", help="A data set of the run.")
@click.option(
    "--mass", "mass_GeV", type=click.FloatRange(min=0.0), help="A Gaussian at this mass in GeV."
)
@click.option(
    "--width",
    "width_bins",
    type=click.FloatRange(min=0.0, min_open=True),
    default=1.0,
    show_default=True,
    help="Standard deviation of the Gaussian in bins.",
)
@click.option(
    "--histogram",
    "histograms",
    metavar="NAME",
    multiple=True,
    help="Where to look; absent: the histograms in which the signal is most significant.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many of these.",
)
@click.option(
    "--cross-section",
    "cross_sections",
    metavar="PB",
    type=click.FloatRange(min=0.0),
    multiple=True,
    help="Of the signal data set in pb; in a run of mode 'raw', how many events were produced.",
)
@click.option(
    "--significance",
    "significances",
    metavar="Z",
    type=click.FloatRange(min=0.0),
    multiple=True,
    help="Instead: what the exact likelihood has in the best histogram. Absent: 1 to 10.",
)
@click.option(
    "--truth",
    type=click.Choice(["smooth", "simulation"]),
    default="smooth",
    show_default=True,
    help="The background that pseudo-data are drawn from: the function that describes the "
    "simulated events, or these as they are.",
)
@click.option(
    "--luminosity",
    "luminosity_fb",
    metavar="FB",
    type=click.FloatRange(min=0.0, min_open=True),
    help="Of the pseudo-data in fb^-1, in a run of mode 'luminosity'; absent: the run's own.",
)
@click.option("--trials", type=click.IntRange(min=1), default=100, show_default=True)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0.0),
    default=5.0,
    show_default=True,
    help="Least significance of an excess that counts as found, within one bin of the signal.",
)
@search_options
@click.option(
    "--output",
    metavar="PICTURE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the efficiency, .png, .pdf or .svg.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@keep_options
def inject(
    folder: Path | None,
    signal: str | None,
    mass_GeV: float | None,
    width_bins: float,
    histograms: tuple[str, ...],
    most: int,
    cross_sections: tuple[float, ...],
    significances: tuple[float, ...],
    truth: Any,
    luminosity_fb: float | None,
    trials: int,
    threshold: float,
    output: Path | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Add a signal to pseudo-data of the simulated backgrounds of RESULTS and search them.

    Printed is for each strength of the signal and each histogram how often it was found, with its
    median significance and mass. The signal is a data set of the run (--signal) or a Gaussian
    (--mass, with one --histogram).
    """
    if (signal is None) == (mass_GeV is None):
        msg = "the signal is either a data set (--signal) or a Gaussian (--mass): name one of them"
        raise click.UsageError(msg)
    if mass_GeV is not None and (len(histograms) != 1 or cross_sections):
        msg = "a Gaussian (--mass) needs one --histogram, and its strength is a --significance"
        raise click.UsageError(msg)
    if cross_sections and significances:
        msg = "--cross-section and --significance are two ways to say one thing: choose one"
        raise click.UsageError(msg)
    if output is not None and output.suffix not in PICTURES:
        msg = f"--output {output}: a picture ends in {', '.join(PICTURES)}"
        raise click.UsageError(msg)
    asked = search_of(more)
    with open_folder(folder, **more) as results:
        with importing():
            from bumpcast.bumps.efficiency import efficiency_curve

        curve = efficiency_curve(
            results,
            signal=signal,
            mass_GeV=mass_GeV,
            width_bins=width_bins,
            histograms=histograms,
            most=most,
            strengths=cross_sections,
            significances=significances or (() if cross_sections else _SIGNIFICANCES),
            truth=truth,
            luminosity_fb=luminosity_fb,
            trials=trials,
            threshold=threshold,
            search=asked,
        )
    if output is not None:
        from bumpcast.report.efficiency import save_efficiency

        save_efficiency(curve, output)
    if as_json:
        click.echo(json.dumps(curve.document(), indent=1))
        return
    click.echo(
        f"{curve.signal}: {trials} pseudo-data each; there: the largest excess is within one bin, "
        f"found: and has z >= {threshold:g}"
    )
    click.echo(
        f"{curve.unit:>16} {'exact z':>8} {'found':>12} {'there':>6} {'median z':>9} "
        f"{'mass GeV':>9} {'expected':>9}  histogram"
    )
    for point in curve.points:
        click.echo(
            f"{point.strength:>16.5g} {point.expected_z:>8.2f} "
            f"{f'{point.found:.0%} +- {point.found_error:.0%}':>12} {point.placed:>6.0%} "
            f"{_word(point.median_z, '.2f')} "
            f"{_word(point.median_mass_GeV, ',.1f')} {point.expected_mass_GeV:>9,.1f}  "
            f"{point.histogram}"
        )
    if output is not None:
        click.echo(f"Picture: {output}")


def _word(value: float, form: str) -> str:
    return f"{'-' if math.isnan(value) else format(value, form):>9}"
