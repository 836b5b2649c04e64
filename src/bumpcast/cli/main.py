"""The command `bumpcast` and its verbs, each loaded only when it is called."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from bumpcast.cli.importing import INTERRUPTED
from bumpcast.cli.lazy import LazyGroup, Verb
from bumpcast.errors import BumpcastError

VERBS = {
    "run": Verb("bumpcast.cli.run:run", "Run an analysis over its data sets."),
    "convert": Verb(
        "bumpcast.cli.convert:convert", "Convert event files to a format that is read."
    ),
    "simulate": Verb(
        "bumpcast.cli.simulate:simulate", "Simulate events of a process card, as Delphes does."
    ),
    "config": Verb("bumpcast.cli.config:config", "Show, check and describe configurations."),
    "show": Verb("bumpcast.cli.show:show", "Show one histogram of a results folder."),
    "list": Verb("bumpcast.cli.list:list_histograms", "List the histograms of a results folder."),
    "bumps": Verb("bumpcast.cli.bumps.group:bumps", "Find excesses in histograms."),
    "surrogate": Verb(
        "bumpcast.cli.surrogate.group:surrogate", "Train, publish and use surrogates of searches."
    ),
    "report": Verb("bumpcast.cli.report:report", "Write results as pages for a browser."),
    "export": Verb("bumpcast.cli.export:export", "Write histograms to ROOT or UHI JSON."),
    "cluster": Verb("bumpcast.cli.cluster:cluster", "Test a batch system with one job."),
    "submit": Verb("bumpcast.cli.submit:submit", "Run any verb as one job of HTCondor."),
    "jobs": Verb("bumpcast.cli.jobs:jobs", "Say how jobs stand that were submitted."),
    "pack": Verb("bumpcast.cli.pack:pack", "Pack this Python environment for jobs."),
}


class MainGroup(LazyGroup):
    """The command itself, which turns errors into messages."""

    verbs = VERBS

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; an error that the user can mend ends it with a message and its code."""
        try:
            return super().invoke(ctx)
        except BumpcastError as error:
            logging.getLogger(__name__).debug("the error in full", exc_info=True)
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)


class _EchoHandler(logging.Handler):
    """Writes log records to whatever standard error is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        # Not by click, which looks for the file behind it: while the progress of a run is on the
        # terminal, it has to be told, so that the line appears above it.
        print(self.format(record), file=sys.stderr)


def _start_logging(verbosity: int) -> None:
    logger = logging.getLogger("bumpcast")
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logger.setLevel(levels[min(verbosity, len(levels) - 1)])
    if not any(isinstance(handler, _EchoHandler) for handler in logger.handlers):
        handler = _EchoHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)


@click.group(cls=MainGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bumpcast", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Say what is done; -vv for every detail.")
def main(verbose: int) -> None:
    """Fill every mass histogram of every final state in one pass over the events.

    'bumpcast VERB --help' describes a verb.
    """
    _start_logging(verbose)


if __name__ == "__main__":
    main()
