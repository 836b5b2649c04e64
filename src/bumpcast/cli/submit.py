"""The verb `submit`: any other verb as one plain job of HTCondor."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from bumpcast.batch.condor import check_condor
from bumpcast.batch.submit import HELD_CODE, JobFolder, follow
from bumpcast.batch.submit import submit as submit_job
from bumpcast.batch.submit_log import FINISHED, JobStates, read_states
from bumpcast.cli.executor_options import site_option
from bumpcast.cli.importing import INTERRUPTED
from bumpcast.cli.submit_plan import Request, make_plan
from bumpcast.config.cluster import ClusterConfig

_REQUEST = ClusterConfig()


# What stands behind the verb is the verb's, also where the two dashes are forgotten.
@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "allow_interspersed_args": False}
)
@click.argument("words", metavar="-- VERB ...", nargs=-1, type=click.UNPROCESSED)
@site_option
@click.option(
    "--cores", type=click.IntRange(min=1), help=f"Cores of the job.  [default: {_REQUEST.cores}]"
)
@click.option("--memory", help=f"Memory of the job.  [default: {_REQUEST.memory}]")
@click.option("--disk", help=f"Its scratch space.  [default: {_REQUEST.disk}]")
@click.option("--gpus", type=click.IntRange(min=0), help="Graphics cards of the job.  [default: 0]")
@click.option(
    "--directive",
    "directives",
    metavar="KEY=VALUE",
    multiple=True,
    help="One more line of the submit file, such as '+JobFlavour=\"workday\"'.",
)
@click.option(
    "--input",
    "inputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file or folder that is transferred to the job.",
)
@click.option(
    "--output",
    "outputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file or folder that the job makes, transferred back.",
)
@click.option(
    "--environment",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What 'bumpcast pack' made: the job unpacks it and runs in it.",
)
@click.option("--image", help="Container image to run in, such as one of condor/bumpcast.def.")
@click.option(
    "--python", help="The job's Python; absent: the one that runs this, on a shared file system."
)
@click.option(
    "--here/--scratch",
    "here",
    default=None,
    help="Run in the current folder, which the job's machine shares, or in a scratch folder, with "
    "files transferred. Absent: --scratch with --input, --output, --environment or --image.",
)
@click.option(
    "--prologue", metavar="LINE", multiple=True, help="A shell line that the job runs first."
)
@click.option("--name", help="What the job is called; absent: after its verb.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the job's submit file, script, log and output go; absent: jobs/NAME-N.",
)
@click.option("--wait", is_flag=True, help="Follow the job, and exit with its exit code.")
@click.option(
    "--follow",
    "followed",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Follow a job that was submitted before, as --wait does.",
)
@click.option("--dry-run", is_flag=True, help="Write and print the files; submit nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of the job as JSON.")
@click.pass_context
def submit(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    followed: Path | None,
    dry_run: bool,
    wait: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Run any verb as one plain job of HTCondor: bumpcast submit [OPTIONS] -- VERB ...

    The job runs in the current folder if its machine shares that, or else in a scratch folder, to
    which --input and the files that the command names are transferred. With --wait the job's output
    and exit code become those of this command: 73 where the job did not make its output, 75 where
    it is held, 127 where it found no Python.
    """
    if followed is not None:
        if words or wait or dry_run:
            msg = "--follow takes the folder of a job and no other command"
            raise click.UsageError(msg, ctx)
        _follow(ctx, JobFolder(followed), as_json=as_json)
        return
    if not words:
        msg = "which verb? Write it after two dashes: bumpcast submit -- run configs/mine.toml"
        raise click.UsageError(msg, ctx)
    if not dry_run:
        # Before anything is written: without a queue there is no use for it.
        check_condor()
    path, plan = make_plan(words, Request(**options))
    folder = JobFolder(path)
    for note in plan.notes:
        click.echo(note, err=True)
    if dry_run:
        _show(folder, as_json=as_json)
        return
    number = submit_job(folder)
    click.echo(f"Job {number}, its files in {near(path)}", err=wait or as_json)
    if wait:
        _follow(ctx, folder, as_json=as_json)
    elif as_json:
        document = {"folder": str(path), "job": number, "state": "submitted"}
        click.echo(json.dumps(document, indent=1))
    else:
        for line in _ways_on(folder, number):
            click.echo(line)


def near(path: Path) -> str:
    """Return a path as short as it can be typed here, quoted for the shell."""
    path = path.absolute()
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _show(folder: JobFolder, *, as_json: bool) -> None:
    if as_json:
        files = {path.name: path.read_text() for path in (folder.submit_file, folder.script)}
        document = {"folder": str(folder.path), "job": None, "state": "written", "files": files}
        click.echo(json.dumps(document, indent=1))
        return
    for path in (folder.submit_file, folder.script):
        click.echo(f"==> {near(path)} <==\n{path.read_text()}")
    click.echo(f"Nothing is submitted. To submit it: condor_submit {near(folder.submit_file)}")


def _ways_on(folder: JobFolder, number: str) -> list[str]:
    return [
        f"  how it stands    bumpcast jobs {near(folder.path)}",
        f"  follow it        bumpcast submit --follow {near(folder.path)}",
        f"  remove it        condor_rm {number}",
    ]


def _follow(ctx: click.Context, folder: JobFolder, *, as_json: bool) -> None:
    """Follow a job, and exit with its exit code."""
    terminal = _Terminal(shows_output=not as_json)
    try:
        states = follow(folder, terminal)
    except KeyboardInterrupt:
        left = [job for job in read_states(folder.log).jobs.values() if job.state not in FINISHED]
        for job in left:
            click.echo(f"\nNo longer followed; job {job.number} goes on:", err=True)
            for line in _ways_on(folder, job.number):
                click.echo(line, err=True)
        ctx.exit(INTERRUPTED)
    code = states.exit_code
    if states.held:
        code = HELD_CODE
        click.echo(held_advice(states.held[0].number, folder), err=True)
    if code and (as_json or not terminal.saw_error):
        words = folder.last_words()
        if words:
            click.echo(f"The last lines of {near(folder.error)}:", err=True)
            click.echo("\n".join(words), err=True)
    if as_json:
        document = {"folder": str(folder.path), "exit_code": code, "jobs": as_documents(states)}
        click.echo(json.dumps(document, indent=1))
    ctx.exit(code)


def as_documents(states: JobStates) -> list[dict[str, Any]]:
    """Return how jobs stand, as JSON has it."""
    return [
        {
            "job": job.number,
            "state": job.state,
            "exit_code": job.exit_code,
            "reason": job.reason,
            "machine": job.machine,
            "starts": job.starts,
        }
        for job in states.jobs.values()
    ]


def held_advice(number: str, folder: JobFolder) -> str:
    """Return what to do with a job that is held."""
    return (
        f"HTCondor keeps job {number} in the queue and does not run it. When what it names is "
        f"mended: condor_release {number}; to give it up: condor_rm {number}. "
        f"To follow it again: bumpcast submit --follow {near(folder.path)}"
    )


class _Terminal:
    """What happens to the job goes to standard error, its own output where it would go here."""

    def __init__(self, *, shows_output: bool) -> None:
        self._shows_output = shows_output
        self.saw_error = False

    def happened(self, line: str) -> None:
        """Print a line on what happened."""
        click.echo(line, err=True)

    def wrote(self, data: bytes, *, error: bool) -> None:
        """Print what the job wrote."""
        if self._shows_output:
            self.saw_error |= error
            click.echo(data, nl=False, err=error)
