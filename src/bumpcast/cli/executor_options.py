"""The options of verbs whose work may be done on a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_args

import click

from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.loader import load_cluster
from bumpcast.config.run import ExecutorName

_HERE: Final = ("iterative", "futures", "dask-local")
_NAMES: Final = ("executor", "workers", "site", "scheduler")

Command = Callable[..., Any]

site_option = click.option(
    "--site", metavar="NAME", help="Site profile: what depends on the place, or a .toml."
)
"""Adds the option that names a site profile."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where work is done.

    Attributes:
        executor: The back end.
        workers: How many processes.
        cluster: What a batch system is asked for.
    """

    executor: ExecutorName
    workers: int
    cluster: ClusterConfig


def place_options(*, of_configuration: bool = False) -> Callable[[Command], Command]:
    """Return what adds the options that say where work is done, without those of the cluster.

    Args:
        of_configuration: What is not said is as a configuration says.
    """
    default = None if of_configuration else "futures"
    absent = "; absent: run.executor of the configuration" if of_configuration else ""
    options = [
        click.option(
            "--executor",
            type=click.Choice(get_args(ExecutorName)),
            default=default,
            show_default=True,
            help=f"Where the work is done{absent}.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            default=None if of_configuration else 2,
            show_default=True,
            help="How many processes.",
        ),
        site_option,
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Running Dask cluster, or its scheduler file, to join (executor 'dask').",
        ),
    ]

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def executor_options(command: Command) -> Command:
    """Add the options that say where the work is done; `where_of` takes what they say."""
    option = click.option(
        "--set",
        "cluster_overrides",
        metavar="KEY=VALUE",
        multiple=True,
        help="Change a value of the cluster, such as cluster.memory='4 GiB'.",
    )
    return place_options()(option(command))


def joining(scheduler: str) -> str:
    """Return the override that has a Dask cluster joined.

    Args:
        scheduler: Its address, or its scheduler's file.
    """
    return f"cluster.scheduler={json.dumps(scheduler)}"


def where_of(options: dict[str, Any]) -> Where:
    """Take what the options say out of a verb's other arguments.

    Args:
        options: The arguments; those of `executor_options` or `place_options` are removed.

    Raises:
        click.UsageError: A cluster is described for work that is done here.
        ConfigurationError: A site profile or a value is wrong.
    """
    executor, workers, site, scheduler = (options.pop(name) for name in _NAMES)
    overrides = options.pop("cluster_overrides", ())
    if scheduler is not None:
        overrides = (*overrides, joining(scheduler))
        executor = "dask"
    if site is not None and executor in _HERE:
        msg = (
            f"--site describes a cluster, and --executor {executor} uses none: add --executor "
            f"dask-condor or --executor dask-slurm"
        )
        raise click.UsageError(msg)
    return Where(executor, workers, load_cluster(overrides, site))
