"""`surrogate limit`: upper limits against lifetime from efficiencies and what a search counted."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bumpcast.cli.comma_lists import CommaList
from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import json_option, output_option

if TYPE_CHECKING:
    from bumpcast.limits.curve import LimitCurve
    from bumpcast.limits.excluded import ExcludedRange

PICTURES: Final = (".png", ".pdf", ".svg")

_FOUR_COUNTS: Final = CommaList(
    int, "A,B,C,D", "the events observed in A, B, C and D, such as 5,20,30,110", number=4
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("curve", type=click.Path(path_type=Path))
@click.option("--observed", type=int, metavar="N", help="Events observed in one region.")
@click.option("--background", type=float, metavar="B", help="Events expected there without signal.")
@click.option("--background-error", type=float, metavar="E", help="Its uncertainty in events.")
@click.option(
    "--constraint",
    type=click.Choice(["log-normal", "gamma"]),
    default="log-normal",
    show_default=True,
    help="How the background varies: gamma for the statistics of a control region alone.",
)
@click.option(
    "--abcd",
    type=_FOUR_COUNTS,
    help="Events observed in four regions, of which A has the signal and B * C / D is the "
    "background of A. All four are fitted, with signal in each.",
)
@click.option(
    "--non-closure",
    type=float,
    metavar="R",
    help="With --abcd: relative uncertainty of that relation; absent: it is exact.",
)
@click.option(
    "--n95",
    type=float,
    metavar="N",
    help="The limit on the number of selected signal events, where it is known already.",
)
@click.option(
    "--luminosity", type=float, required=True, metavar="L", help="Integrated luminosity in fb^-1."
)
@click.option(
    "--region", help="Which region's efficiency belongs to the events, if CURVE has several."
)
@click.option(
    "--signal-uncertainty",
    type=float,
    metavar="S",
    help="Relative uncertainty of the signal at all lifetimes, such as 0.25; absent: that of "
    "CURVE, statistical and of the model in quadrature.",
)
@click.option(
    "--cross-section",
    type=float,
    metavar="PB",
    help="A model's cross-section times branching ratio in pb: which lifetimes are excluded.",
)
@click.option(
    "--per",
    type=float,
    metavar="PB",
    help="Divide limits by this cross-section in pb: limits on a branching ratio.",
)
@click.option(
    "--toys",
    type=int,
    metavar="N",
    help="Pseudo-experiments of each kind and strength instead of the asymptotic formulas. 1000 "
    "take some minutes: in all for one region, and for each lifetime with --abcd.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the pseudo-experiments.")
@click.option(
    "--published",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Published limits to draw beside, in the unit of the others: a JSON file with lim_ctau_m, "
    "lim_y1 (expected) and lim_y2 (observed).",
)
@output_option("Write the table to this .csv file.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PICTURE",
    help="Draw the limits: .png, .pdf or .svg.",
)
@json_option("Print JSON; null where there is no limit.")
def limit(
    curve: Path,
    cross_section: float | None,
    per: float | None,
    published: Path | None,
    output: Path | None,
    plot: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Set 95 % CL upper limits at each lifetime of CURVE.

    CURVE is a CSV file, as 'bumpcast surrogate apply --output' writes it, with a row for each
    lifetime: ctau_m (c tau in m, rising) and efficiency (from 0 to 1), or efficiency_A,
    efficiency_B, ... for several regions; their statistical uncertainties in efficiency_error,
    efficiency_A_error, ..., and those of the surrogate in efficiency_model_error,
    efficiency_A_model_error, ..., all absolute. Or it is a JSON file with the same as lists, or one
    of the published benchmarks.

    Limits are on cross-section times branching ratio in pb: by CLs with the test statistic q~, from
    what was counted in one region (--observed, --background and --background-error), in four
    (--abcd), or from a number of events (--n95). The signal's uncertainty is log-normal and the
    same in all regions at once.

    \b
    An example: 26 events where 17 +- 5 were expected, of 139 fb^-1
      bumpcast surrogate limit curve.csv --region A --observed 26 --background 17 \\
          --background-error 5 --luminosity 139 --cross-section 0.1 --plot brazil.png

    \b
    The published limit on Higgs bosons of 125 GeV, as a branching ratio:
      bumpcast surrogate limit benchmark_125_55.json --n95 31.35 --luminosity 139 --per 48.58
    """  # noqa: D301 - click's own mark
    if plot is not None and plot.suffix not in PICTURES:
        msg = f"--plot {plot}: a picture ends in {', '.join(PICTURES)}"
        raise click.UsageError(msg)
    if output is not None and output.suffix != ".csv":
        msg = f"--output {output}: the table ends in .csv"
        raise click.UsageError(msg)
    if published is not None and plot is None:
        msg = "--published is drawn: say where, with --plot"
        raise click.UsageError(msg)
    way = _way(asked)
    with importing():
        from bumpcast.limits.efficiency_file import read_efficiencies
        from bumpcast.limits.excluded import excluded_ranges
        from bumpcast.limits.limits_file import as_document, write_limits
        from bumpcast.limits.published import read_published
        from bumpcast.report.brazil import save_brazil

    # A mistake in a file is told before minutes of fits.
    beside = None if published is None else read_published(published)
    limits = _limits(way, asked, read_efficiencies(curve))
    if per is not None:
        limits = limits.per_cross_section(per)
    excluded: dict[str, list[ExcludedRange]] = {}
    if cross_section is not None:
        excluded["observed" if limits.expected is not None else "limit"] = excluded_ranges(
            limits.ctau, limits.observed, cross_section
        )
        if limits.expected is not None:
            excluded["expected"] = excluded_ranges(
                limits.ctau, limits.expected[:, 2], cross_section
            )
    if output is not None:
        write_limits(limits, output)
    if plot is not None:
        first = next(iter(excluded.values()), [])
        save_brazil(
            limits,
            plot,
            cross_section=cross_section,
            excluded=first,
            published=beside,
            title=curve.stem,
        )
    if as_json:
        document = as_document(limits) | {
            "cross_section_pb": cross_section,
            "excluded": {
                word: [vars(each) for each in ranges] for word, ranges in excluded.items()
            },
        }
        click.echo(json.dumps(document, indent=1, allow_nan=False))
        return
    for line in _lines(limits, cross_section, excluded):
        click.echo(line)
    for word, path in (("Table", output), ("Picture", plot)):
        if path is not None:
            click.echo(f"{word}: {path}")


def _way(asked: dict[str, Any]) -> str:
    """Return which of the three ways to a limit is asked for."""
    one = ("observed", "background", "background_error")
    ways = {"observed": any(asked[name] is not None for name in one)}
    ways |= {name: asked[name] is not None for name in ("abcd", "n95")}
    given = [name for name, there in ways.items() if there]
    if len(given) != 1:
        msg = (
            "say what was counted in one way: --observed N --background B --background-error E, or "
            "--abcd A,B,C,D, or --n95 N"
        )
        raise click.UsageError(msg)
    if given == ["observed"]:
        for name in one:
            if asked[name] is None:
                msg = f"--{name.replace('_', '-')} is missing: a result of one region needs " + (
                    "--observed, --background and --background-error (0 if it is known exactly)"
                )
                raise click.UsageError(msg)
    if asked["non_closure"] is not None and given != ["abcd"]:
        msg = "--non-closure is of the relation of four regions: it goes with --abcd"
        raise click.UsageError(msg)
    if given == ["abcd"] and asked["region"] is not None:
        msg = "--region goes with one region's events; --abcd has the regions A, B, C and D"
        raise click.UsageError(msg)
    if given == ["n95"] and (asked["signal_uncertainty"] is not None or asked["toys"] is not None):
        msg = "--n95 is a limit already: --signal-uncertainty and --toys change nothing of it"
        raise click.UsageError(msg)
    return given[0]


def _limits(way: str, asked: dict[str, Any], efficiencies: Any) -> LimitCurve:
    with importing():
        from bumpcast.limits.abcd import AbcdResult
        from bumpcast.limits.counting import CountingResult
        from bumpcast.limits.curve import limit_curve, limit_curve_of_events

    luminosity = asked["luminosity"]
    if way == "n95":
        return limit_curve_of_events(efficiencies, asked["n95"], luminosity, region=asked["region"])
    result: AbcdResult | CountingResult
    if way == "abcd":
        a, b, c, d = asked["abcd"]
        result = AbcdResult(a, b, c, d, luminosity, asked["non_closure"] or 0.0)
    else:
        result = CountingResult(
            asked["observed"],
            asked["background"],
            asked["background_error"],
            luminosity,
            asked["constraint"],
        )
    return limit_curve(
        efficiencies,
        result,
        region=asked["region"],
        signal_error=asked["signal_uncertainty"],
        toys=asked["toys"],
        seed=asked["seed"],
    )


def _lines(
    limits: LimitCurve, cross_section: float | None, excluded: dict[str, list[ExcludedRange]]
) -> list[str]:
    unit = "pb" if limits.per is None else f"B for {limits.per:g} pb"
    lines = [f"Note: {note}" for note in limits.notes]
    lines.append(f"{limits.result[:1].upper()}{limits.result[1:]}; {limits.luminosity:g} fb^-1")
    lines.append(f"95% CL upper limits in {unit}, {limits.method}:")
    words = ["c tau m", "efficiency"]
    shown = [limits.ctau, limits.efficiency]
    if limits.expected is None:
        words += ["limit"]
        shown += [limits.shown[:, 0]]
    else:
        words += ["uncertain", "observed", "expected", "-2 sigma", "-1 sigma", "+1 sigma"]
        words += ["+2 sigma"]
        errors = limits.signal_error if limits.signal_error is not None else limits.ctau * math.nan
        shown += [errors, *(limits.shown[:, number] for number in (0, 3, 1, 2, 4, 5))]
    lines.append(" ".join(f"{word:>10}" for word in words))
    lines += [" ".join(f"{value:>10.4g}" for value in row) for row in zip(*shown, strict=True)]
    for word, ranges in excluded.items():
        where = " and ".join(map(str, ranges)) or "nowhere"
        lines.append(f"Excluded for {cross_section:g} pb ({word}): c tau {where}")
    return lines
