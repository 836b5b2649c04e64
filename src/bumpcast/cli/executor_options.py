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
_NAMES: Final = ("executor", "workers", "site", "scheduler", "cluster_overrides")


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


def executor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the work is done; `where_of` takes what they say."""
    for option in reversed(
        [
            click.option(
                "--executor",
                type=click.Choice(get_args(ExecutorName)),
                default="futures",
                show_default=True,
                help="Where the work is done.",
            ),
            click.option(
                "--workers",
                type=click.IntRange(min=1),
                default=2,
                show_default=True,
                help="How many.",
            ),
            click.option(
                "--site",
                metavar="NAME",
                help="Site profile: what depends on the place, or a .toml.",
            ),
            click.option("--scheduler", metavar="ADDRESS", help="Running Dask cluster to join."),
            click.option(
                "--set",
                "cluster_overrides",
                metavar="KEY=VALUE",
                multiple=True,
                help="Change a value of the cluster, such as cluster.memory='4 GiB'.",
            ),
        ]
    ):
        command = option(command)
    return command


def where_of(options: dict[str, Any]) -> Where:
    """Take what the options say out of a verb's other arguments.

    Args:
        options: The arguments; those of `executor_options` are removed.

    Raises:
        click.UsageError: A cluster is described for work that is done here.
        ConfigurationError: A site profile or a value is wrong.
    """
    executor, workers, site, scheduler, overrides = (options.pop(name) for name in _NAMES)
    if scheduler is not None:
        overrides = (*overrides, f"cluster.scheduler={json.dumps(scheduler)}")
        executor = "dask"
    if site is not None and executor in _HERE:
        msg = (
            f"--site describes a cluster, and --executor {executor} uses none: add --executor "
            f"dask-condor or --executor dask-slurm"
        )
        raise click.UsageError(msg)
    return Where(executor, workers, load_cluster(overrides, site))
