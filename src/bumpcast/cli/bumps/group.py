"""The words after `bumps`."""

from __future__ import annotations

import click

from bumpcast.cli.lazy import LazyGroup, Verb


class BumpsGroup(LazyGroup):
    """`bumps` and what may stand after it; a results folder alone is searched."""

    verbs = {  # noqa: RUF012 - the base class declares it a mapping that nobody changes
        "find": Verb(
            "bumpcast.cli.bumps.find:find", "Search a results folder; the word may be left out."
        ),
        "spectrum": Verb(
            "bumpcast.cli.bumps.spectrum:spectrum",
            "Search one published spectrum, from a CSV file.",
        ),
        "replicas": Verb(
            "bumpcast.cli.bumps.replicas:replicas", "Draw a scan's events again, many times over."
        ),
        "whole": Verb(
            "bumpcast.cli.bumps.whole:whole", "Judge all histograms of a search together."
        ),
        "inject": Verb(
            "bumpcast.cli.bumps.inject:inject", "Add a signal and see whether it is found."
        ),
        "synthesise": Verb(
            "bumpcast.cli.bumps.synthesise:synthesise", "Make histograms to train a network with."
        ),
        "train": Verb("bumpcast.cli.bumps.train:train", "Train a network."),
        "validate": Verb(
            "bumpcast.cli.bumps.validate:validate", "Measure how good a network is, with plots."
        ),
    }
    default = "find"


@click.group(cls=BumpsGroup, context_settings={"help_option_names": ["-h", "--help"]})
def bumps() -> None:
    """Find excesses in the histograms of a scan, or in any spectrum.

    'bumpcast bumps RESULTS' searches a results folder. 'bumpcast bumps WORD --help' describes each
    of the others.
    """
