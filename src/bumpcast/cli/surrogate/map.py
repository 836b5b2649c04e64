"""The words after `surrogate map`."""

from __future__ import annotations

import click

from bumpcast.cli.lazy import LazyGroup, Verb


class MapGroup(LazyGroup):
    """`surrogate map` and what may stand after it."""

    verbs = {  # noqa: RUF012 - the base class declares it a mapping that nobody changes
        "build": Verb(
            "bumpcast.cli.surrogate.map_build:build", "Build a map from events with decisions."
        ),
        "apply": Verb(
            "bumpcast.cli.surrogate.apply:apply", "Tell how a search would see events of a model."
        ),
        "convert": Verb(
            "bumpcast.cli.surrogate.map_convert:convert",
            "Write a map as correctionlib JSON, or as a table.",
        ),
        "show": Verb(
            "bumpcast.cli.surrogate.map_show:show", "Say what a map holds, or of two particles."
        ),
    }


@click.group(cls=MapGroup, context_settings={"help_option_names": ["-h", "--help"]})
def efficiency_map() -> None:
    """Use efficiency maps: the method before surrogates, for searches that published them.

    A map holds how probable it is that a search selects an event, by where both long-lived
    particles decay, their transverse momenta and what they decay to.

    A MAP is the name of a published one, high-ET or low-ET (ATLAS-EXOT-2019-23), or a file: .json
    or .json.gz for correctionlib, .csv in the published layout.
    """
