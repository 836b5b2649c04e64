"""Commands whose repeated options take all words that follow, as shells write them for a glob."""

from __future__ import annotations

import click


class ManyValues(click.Command):
    """A command whose options with ``multiple=True`` may be followed by several values.

    '--map-from a.parquet b.parquet -o folder' stands for '--map-from a.parquet --map-from
    b.parquet -o folder': otherwise an unquoted glob behind such an option would leave all but the
    first of its files to the arguments, without a word.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the option in front of each of its values."""
        several = {
            name
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, spread(args, several))


def spread(words: list[str], several: set[str]) -> list[str]:
    """Return the words of a command line with each value behind an option of its own.

    Args:
        words: As typed.
        several: The options that take several values.
    """
    result: list[str] = []
    current: str | None = None
    for place, word in enumerate(words):
        if word == "--":
            return result + words[place:]
        if word.startswith("-") and word != "-":
            current = word if word in several else None
            after = words[place + 1 : place + 2]
            # Without a value it stays, for click to say so.
            if current is None or not after or after[0].startswith("-"):
                result.append(word)
        elif current is not None:
            result += [current, word]
        else:
            result.append(word)
    return result
