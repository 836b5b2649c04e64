"""The command `bumpcast` and its verbs, each loaded only when it is called."""

from __future__ import annotations

import importlib
import logging
import sys
from dataclasses import dataclass
from typing import Any

import click

from bumpcast.cli.importing import INTERRUPTED
from bumpcast.errors import BumpcastError, did_you_mean


@dataclass(frozen=True)
class Verb:
    """Where a verb's command is, and its line in the help.

    Attributes:
        target: 'module:name' of the click command.
        help: One line; kept here so that the help imports no verb.
    """

    target: str
    help: str


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
    "export": Verb("bumpcast.cli.export:export", "Write histograms to ROOT or UHI JSON."),
    "cluster": Verb("bumpcast.cli.cluster:cluster", "Test a batch system with one job."),
    "submit": Verb("bumpcast.cli.submit:submit", "Run any verb as one job of HTCondor."),
    "jobs": Verb("bumpcast.cli.jobs:jobs", "Say how jobs stand that were submitted."),
    "pack": Verb("bumpcast.cli.pack:pack", "Pack this Python environment for jobs."),
}


class LazyGroup(click.Group):
    """A group that imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command; None when there is no such verb."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        module, _, name = verb.target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that was asked for, or name the nearest one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            msg = f"there is no verb {args[0]!r}. {did_you_mean(args[0], VERBS)}"
            raise click.UsageError(msg, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with their lines of help."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])

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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bumpcast", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Say what is done; -vv for every detail.")
def main(verbose: int) -> None:
    """Fill every mass histogram of every final state in one pass over the events.

    'bumpcast VERB --help' describes a verb.
    """
    _start_logging(verbose)


if __name__ == "__main__":
    main()
