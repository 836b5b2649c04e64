"""The words `bumps whole`: what background alone makes of the whole set, and what was seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from bumpcast.cli.executor_options import executor_options, where_of
from bumpcast.cli.importing import importing
from bumpcast.cli.results_folder import keep_options, open_folder
from bumpcast.execution.amounts import duration

MOST_GROUPS: Final = 10
_MOST_FAILURES: Final = 5


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path))
@click.option("--search", "name", help="Which search of the folder; absent: the youngest.")
@click.option(
    "--quick",
    is_flag=True,
    help="Choose a background's function once for all replicas: faster, and expects too much.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=MOST_GROUPS,
    show_default=True,
    help="Most groups of flags to print; 0: all.",
)
@click.option("--overwrite", is_flag=True, help="Throw away what another comparison has begun.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@executor_options
@keep_options
@click.pass_context
def whole(
    ctx: click.Context,
    /,
    folder: Path | None,
    name: str | None,
    quick: bool,
    limit: int,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
    **more: Any,
) -> None:
    """Compare the flags of a search of RESULTS with those that background alone makes.

    Needs a search ('bumpcast bumps RESULTS') and replicas ('bumpcast bumps replicas RESULTS'),
    which are searched as the data were; what was stopped goes on where it was when it is called
    again. RESULTS is the folder of a run; absent: the newest one in results/.
    """
    where = where_of(more)
    with open_folder(folder, **more) as results:
        with importing():
            from bumpcast.bumps.findings import list_findings, read_findings
            from bumpcast.bumps.judging import judge_results
            from bumpcast.bumps.piecewise import Workplace
            from bumpcast.bumps.scanned import searched_spectra
            from bumpcast.cli.carry_out import progress_on
            from bumpcast.massscan.replicas.storage import open_replicas

        place = results.path.parent
        replicas = open_replicas(place)
        findings = read_findings(place, searched_spectra(results), name)
        judgement = judge_results(
            results,
            findings,
            replicas,
            name or list_findings(place)[0],
            Workplace(
                where.executor,
                where.workers,
                where.cluster,
                progress_on(Console(stderr=True, soft_wrap=True), show=not no_progress),
            ),
            refit=not quick,
            overwrite=overwrite,
        )
    for first, error in list(judgement.failures.items())[:_MOST_FAILURES]:
        click.echo(f"from {first} on: {error.type}: {error.message}", err=True)
    if judgement.file is None:
        click.echo("To go on with what is missing: the same command", err=True)
        ctx.exit(130 if judgement.interrupted else 3)
    if as_json:
        click.echo(judgement.file.read_text(), nl=False)
        return
    for line in whole_lines(json.loads(judgement.file.read_text()), limit):
        click.echo(line)
    click.echo(f"{duration(judgement.seconds)}; whole set: {judgement.file}")


def whole_lines(document: dict[str, Any], limit: int) -> list[str]:
    """Return what to print of a comparison.

    Args:
        document: The file bumps/NAME.whole.json.
        limit: Most groups; 0: all.
    """
    settings, numbers = document["settings"], document["whole"]
    drawn = settings["drawn"]
    source = "the observed events" if drawn["source"] == "observed" else "simulated backgrounds"
    about = ", made to fluctuate about the background" if settings["recentred"] else ""
    quick = "" if settings["refit"] else "; quick: expects too much"
    lines = [
        f"Search {settings['search']}, {numbers['replicas']:,} replicas of {source}{about}{quick}",
        "",
        "                          seen   expected     68 % of replicas        p",
    ]
    for what in ("histograms", "groups"):
        for threshold, tally in numbers[what].items():
            lines.append(_line(f"{what} above {threshold} sigma", tally, "d"))
    lines.append(_line("largest significance", numbers["largest"], "f"))
    flags = document["flags"]
    leaders = [flag for flag in flags if flag["leads"]]
    if leaders:
        flagged = f"{len(flags):,} flag{'s' if len(flags) > 1 else ''}"
        grouped = f"{len(leaders):,} group{'s' if len(leaders) > 1 else ''}"
        lines += ["", f"{flagged} above 3 sigma in {grouped}:"]
    for leader in leaders[: limit or None]:
        others = sum(flag["group"] == leader["group"] for flag in flags) - 1
        also = f", and {others} that share its events" if others else ""
        lines.append(f"  {leader['z']:6.2f}  {leader['mass_GeV']:7.0f} GeV  {leader['name']}{also}")
    if limit and len(leaders) > limit:
        more = len(leaders) - limit
        lines.append(f"  and {more:,} group{'s' if more > 1 else ''} more")
    return lines


def _line(what: str, tally: dict[str, Any], kind: str) -> str:
    low, high = tally["quantiles"]["0.16"], tally["quantiles"]["0.84"]
    if kind == "d":
        seen, between = f"{tally['seen']:.0f}", f"{low:.0f} to {high:.0f}"
        expected = f"{tally['expected']:.2f}"
    else:
        seen, between = f"{tally['seen']:.2f}", f"{low:.2f} to {high:.2f}"
        expected = f"{tally['expected']:.2f}"
    return f"{what:24s}{seen:>6s}{expected:>11s}{between:>21s}{tally['p']:>9.2g}"
