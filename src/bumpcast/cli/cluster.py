"""The verb `cluster`: whether runs can work on a batch system, tried with one job."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from bumpcast.cli.executor_options import site_option
from bumpcast.cli.importing import importing
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.errors import shown
from bumpcast.config.loader import load, load_cluster
from bumpcast.config.sites import list_sites, site_folders
from bumpcast.diskio import DiskError
from bumpcast.execution.backends import BATCH_EXECUTORS

_WIDTHS = (14, 20)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cluster() -> None:
    """Test a batch system with one job, and list site profiles."""


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def sites(as_json: bool) -> None:
    """List the site profiles that --site finds, with their files."""
    found = list_sites()
    if as_json:
        documents = [
            {"name": name, "file": str(path), "comment": comment}
            for name, (path, comment) in found.items()
        ]
        click.echo(json.dumps(documents, indent=1))
        return
    if not found:
        click.echo(f"No site profiles in {', '.join(shown(path) for path in site_folders())}")
    width = max((len(name) for name in found), default=0)
    for name, (path, comment) in found.items():
        click.echo(f"{name:{width}}  {comment}")
        click.echo(f"{'':{width}}  {shown(path)}")


@cluster.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@site_option
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change a value, such as cluster.memory='2 GiB'.",
)
@click.option(
    "--executor",
    type=click.Choice(BATCH_EXECUTORS),
    help="Whose jobs; absent: run.executor of CONFIG if it is one of these, else dask-condor.",
)
@click.option(
    "--patience",
    "patience_s",
    metavar="SECONDS",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="How long a job may run until its worker has connected and answers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything at the end, as JSON.")
@click.pass_context
def test(
    ctx: click.Context,
    config: Path | None,
    site: str | None,
    overrides: tuple[str, ...],
    executor: str | None,
    patience_s: float,
    as_json: bool,
) -> None:
    """Submit one worker as a run would, and say line by line what is right and what is wrong.

    With CONFIG the worker also opens the first file of each data set. No job is left. Exits with 0
    if nothing is wrong; with 78 where something on this machine is, 69 without a batch system that
    answers, 75 where the job was refused, is held or stays idle, 70 where it ended early (127 for
    want of its Python), 76 where worker and scheduler do not reach each other, 65 where the worker
    is not like the driver or does not reach an input, and 74 where a job could not be removed.
    """
    table, inputs, chosen = _asked_for(config, site, overrides)
    executor = executor or chosen
    with importing():
        from bumpcast.execution.trial import Step, Trial

    def tell(step: Step) -> None:
        if not as_json:
            click.echo(f"{step.state:{_WIDTHS[0]}}{step.name:{_WIDTHS[1]}}  {step.detail}")
            for line in step.lines:
                click.echo(f"{'':{sum(_WIDTHS)}}  | {line}")
            if step.remedy:
                click.echo(f"{'':{_WIDTHS[0]}}-> {step.remedy}.")

    begun = time.monotonic()
    folder = _folder()
    trial = Trial(executor, table, folder, inputs, tell, patience_s)
    logs: Path | None = None
    try:
        code = trial.go()
        logs = trial.logs if code else None
    finally:
        # Logs of a test that is interrupted, or that finds nothing, nobody needs.
        for path in (folder, trial.logs):
            if path is not None and logs is None:
                shutil.rmtree(path, ignore_errors=True)
    if logs is None or not logs.is_relative_to(folder):
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - begun
    if as_json:
        document = {
            "executor": executor,
            "site": site,
            "exit_code": code,
            "seconds": round(seconds, 1),
            "logs": None if logs is None else str(logs),
            "checks": [
                {
                    "name": step.name,
                    "state": step.state,
                    "detail": step.detail,
                    "remedy": step.remedy or None,
                    "last_lines": list(step.lines),
                }
                for step in trial.steps
            ],
        }
        click.echo(json.dumps(document, indent=1))
    elif code == 0:
        click.echo(f"All is well, in {seconds:.0f} s.")
    else:
        where = "" if logs is None else f" The job's logs: {shown(logs)}"
        click.echo(f"Not well: see what is wrong above. Exit code {code}.{where}")
    ctx.exit(code)


def _asked_for(
    config: Path | None, site: str | None, overrides: Sequence[str]
) -> tuple[ClusterConfig, list[str] | None, str]:
    """Return the table [cluster], the first file of each data set, and the executor."""
    default = BATCH_EXECUTORS[0]
    if config is None:
        return load_cluster(overrides, site), None, default
    from bumpcast.datasets.files import expand_all

    analysis = load(config, overrides, site)
    chosen = analysis.run.executor
    inputs = [files[0] for files in expand_all(analysis.datasets).values() if files]
    return analysis.cluster, inputs, chosen if chosen in BATCH_EXECUTORS else default


def _folder() -> Path:
    """Make a folder that jobs see if they see this one."""
    try:
        return Path(tempfile.mkdtemp(prefix="cluster-test-", dir=Path.cwd()))
    except OSError as error:
        raise DiskError.of(Path.cwd(), error) from error
