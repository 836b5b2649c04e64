"""The words after `surrogate`."""

from __future__ import annotations

import click

from bumpcast.cli.lazy import LazyGroup, Verb


class SurrogateGroup(LazyGroup):
    """`surrogate` and what may stand after it."""

    verbs = {  # noqa: RUF012 - the base class declares it a mapping that nobody changes
        "tutorial": Verb(
            "bumpcast.cli.surrogate.tutorial:tutorial", "Go the whole way once, to learn it."
        ),
        "train": Verb("bumpcast.cli.surrogate.train:train", "Train a surrogate of a search."),
        "apply": Verb(
            "bumpcast.cli.surrogate.apply:apply", "Tell how a search would see events of a model."
        ),
        "map": Verb(
            "bumpcast.cli.surrogate.map:efficiency_map", "Build, apply and convert efficiency maps."
        ),
        "closure": Verb(
            "bumpcast.cli.surrogate.closure:closure", "Compare a surrogate with the search itself."
        ),
        "limit": Verb(
            "bumpcast.cli.surrogate.limit:limit", "Set limits against lifetime from efficiencies."
        ),
        "label": Verb(
            "bumpcast.cli.surrogate.label:label", "Decide of events as a stand-in for a search."
        ),
        "import": Verb(
            "bumpcast.cli.surrogate.import_model:import_model", "Take over a published model."
        ),
    }


@click.group(cls=SurrogateGroup, context_settings={"help_option_names": ["-h", "--help"]})
def surrogate() -> None:
    """Train, publish and use surrogate models of searches for long-lived particles.

    A surrogate tells, of an event's truth alone, how probable it is that a published search selects
    it. 'bumpcast surrogate WORD --help' describes each word.
    """
