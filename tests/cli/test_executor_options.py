"""The options that say where work is done."""

from __future__ import annotations

import json
from typing import Any

import click
from click.testing import CliRunner

from bumpcast.cli.executor_options import executor_options, place_options, where_of


@click.command()
@executor_options
def anywhere(**options: Any) -> None:
    where = where_of(options)
    assert not options
    cluster = where.cluster
    click.echo(json.dumps([where.executor, where.workers, cluster.scheduler, cluster.memory]))


@click.command()
@place_options()
@click.option("--set", "overrides", multiple=True)
def own(overrides: tuple[str, ...], **place: Any) -> None:
    where = where_of(place)
    click.echo(json.dumps([where.executor, where.workers, list(overrides)]))


@click.command()
@place_options(of_configuration=True)
def configured(**place: Any) -> None:
    click.echo(json.dumps(place))


def said(command: click.Command, *arguments: str) -> Any:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_work_is_done_here_unless_a_cluster_is_named() -> None:
    assert said(anywhere)[:3] == ["futures", 2, None]
    assert said(anywhere, "--executor", "iterative", "--workers", "3")[:2] == ["iterative", 3]
    memory = said(anywhere, "--executor", "dask-slurm", "--set", "cluster.memory='7 GiB'")[3]
    assert memory == "7 GiB"


def test_a_scheduler_is_joined() -> None:
    assert said(anywhere, "--scheduler", "tcp://a:1")[:3] == ["dask", 2, "tcp://a:1"]


def test_a_site_needs_a_cluster() -> None:
    result = CliRunner().invoke(anywhere, ["--site", "lxplus"])
    assert result.exit_code == 2
    assert "--executor futures uses none: add --executor dask-condor" in result.output


def test_a_verb_may_have_changes_of_its_own() -> None:
    assert said(own, "--set", "beam=1")[2] == ["beam=1"]


def test_what_is_not_said_is_left_to_the_configuration() -> None:
    assert said(configured) == dict.fromkeys(("executor", "workers", "site", "scheduler"))
