"""Groups of commands that import a command only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

import click

from bumpcast.errors import did_you_mean


@dataclass(frozen=True)
class Verb:
    """Where a verb's command is, and its line in the help.

    Attributes:
        target: 'module:name' of the click command.
        help: One line; kept here so that the help imports no verb.
    """

    target: str
    help: str


class LazyGroup(click.Group):
    """A group that imports a verb's module when the verb is called.

    Attributes:
        verbs: The verbs, in the order of the help.
        default: The verb that is meant where another word stands in a verb's place.
    """

    verbs: Mapping[str, Verb] = {}
    default: str | None = None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command; None when there is no such verb."""
        verb = self.verbs.get(cmd_name)
        if verb is None:
            return None
        module, _, name = verb.target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default verb in front where the first word is none."""
        known = {*self.verbs, *self.get_help_option_names(ctx)}
        if self.default is not None and args and args[0] not in known:
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that was asked for, or name the nearest one."""
        if args and args[0] not in self.verbs and not args[0].startswith("-"):
            msg = f"there is no verb {args[0]!r}. {did_you_mean(args[0], self.verbs)}"
            raise click.UsageError(msg, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with their lines of help."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.help) for name, verb in self.verbs.items()])
