"""The verb `run`: an analysis over its data sets."""

from __future__ import annotations

from pathlib import Path

import click

import bumpcast
from bumpcast.cli.executor_options import joining, place_options
from bumpcast.cli.importing import importing
from bumpcast.config import load
from bumpcast.config.run import ExecutorName
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import prepare_backend
from bumpcast.execution.processor_spec import ProcessorSpec

_QUICKSTART = Path("configs") / "quickstart.toml"


class NoConfigurationError(BumpcastError):
    """No configuration was named and there is none to fall back to."""


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@place_options(of_configuration=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The results folder; absent: results/NAME, with a number where that exists.",
)
@click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a configuration value."
)
@click.option("--max-events", type=click.IntRange(min=1), help="Most events of each data set.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run in the output folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the output folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@click.pass_context
def run(
    ctx: click.Context,
    config: Path | None,
    executor: ExecutorName | None,
    workers: int | None,
    site: str | None,
    scheduler: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    max_events: int | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Run the analysis that the TOML file CONFIG describes.

    Without CONFIG it is the project's own quickstart. Exits with 3 when work items failed: they
    are listed, the rest is kept, and --resume processes only what is missing.
    """
    if max_events is not None:
        overrides = (*overrides, f"run.max_events={max_events}")
    if scheduler is not None:
        overrides = (*overrides, joining(scheduler))
        executor = executor or "dask"
    path = config or quickstart()
    analysis = load(path, overrides, site)
    processor = ProcessorSpec.of(analysis)
    prepare_backend(executor or analysis.run.executor, processor.own_imports)
    with importing():
        # Takes two seconds, in which the workers' server, which was just begun, imports the same.
        from bumpcast.cli.carry_out import carry_out

        processor.load_class()
    carry_out(
        ctx,
        analysis,
        output,
        executor=executor,
        workers=workers,
        resume=resume,
        overwrite=overwrite,
        as_json=as_json,
        show_progress=not no_progress,
    )


def quickstart() -> Path:
    """Return the configuration of the project's own quickstart.

    Raises:
        NoConfigurationError: It is neither in the current folder nor beside the installed source.
    """
    checkout = Path(bumpcast.__file__).parents[2]
    for folder in (Path.cwd(), checkout):
        if (folder / _QUICKSTART).is_file():
            return folder / _QUICKSTART
    msg = f"name a configuration: there is no {_QUICKSTART} in {Path.cwd()} or {checkout}"
    raise NoConfigurationError(msg)
