"""The verb `jobs`: how submitted jobs stand, by what HTCondor wrote of them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bumpcast.batch.submit import JOBS, JobFolder
from bumpcast.batch.submit_files import SUBMIT
from bumpcast.batch.submit_log import JobState, read_states
from bumpcast.cli.submit import as_documents, near


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "folders",
    metavar="[FOLDER]...",
    nargs=-1,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def jobs(folders: tuple[Path, ...], as_json: bool) -> None:
    """Say how the jobs of FOLDERs stand; absent: of every folder in jobs/.

    It is read off their logs: the queue is not asked.
    """
    found = folders or tuple(sorted((path.parent for path in JOBS.glob(f"*/{SUBMIT}")), key=_age))
    if as_json:
        documents = [
            {"folder": str(path), "jobs": as_documents(read_states(JobFolder(path).log))}
            for path in found
        ]
        click.echo(json.dumps(documents, indent=1))
        return
    if not found:
        click.echo(f"No jobs in {JOBS.absolute()}")
    width = max((len(near(path)) for path in found), default=0)
    for path in found:
        states = read_states(JobFolder(path).log)
        if not states.jobs:
            click.echo(f"{near(path):{width}}  not submitted")
        for job in states.jobs.values():
            click.echo(f"{near(path):{width}}  job {job.number:8}  {_describe(job)}")
        for line in JobFolder(path).last_words(5) if folders and states.exit_code else ():
            click.echo(f"    {line}")


def _age(path: Path) -> int:
    return (path / SUBMIT).stat().st_mtime_ns


def _describe(job: JobState) -> str:
    if job.state == "ended":
        return f"ended with exit code {job.exit_code}"
    if job.state == "killed":
        return f"killed, as if it had ended with exit code {job.exit_code}"
    if job.state == "running":
        return f"running on {job.machine}"
    return f"{job.state}: {job.reason}" if job.reason else job.state
