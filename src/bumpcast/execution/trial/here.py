"""What may be wrong on this machine, looked at before anything is submitted."""

from __future__ import annotations

from pathlib import Path

from bumpcast.batch.proxy import check_proxy
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.job_systems import JobSystem
from bumpcast.execution.backends.listening import listening
from bumpcast.execution.backends.packed import check_environment
from bumpcast.execution.trial.steps import (
    COMMANDS,
    ENVIRONMENT,
    LISTENING,
    NO_BATCH_SYSTEM,
    NOT_HERE,
    PROXY,
    QUEUE,
    Steps,
)


def look_here(system: JobSystem, cluster: ClusterConfig, steps: Steps) -> None:
    """Look at the batch system's commands and queue, and at what a job would bring along.

    Args:
        system: The batch system.
        cluster: The table [cluster].
        steps: Where it is told.

    Raises:
        WrongError: Something is wrong.
    """
    _look_at_system(system, steps)
    _look_at_proxy(cluster, steps)
    _look_at_environment(cluster, steps)
    # Where it listens is told when it does.
    steps.attempt(LISTENING, NOT_HERE, lambda: listening(cluster))


def _look_at_system(system: JobSystem, steps: Steps) -> None:
    command = steps.attempt(COMMANDS, NO_BATCH_SYSTEM, system.find_commands)
    steps.settle(COMMANDS, "ok", command)
    steps.attempt(QUEUE, NO_BATCH_SYSTEM, system.check_queue)
    steps.settle(QUEUE, "ok", f"{system.name}'s queue answers")


def _look_at_proxy(cluster: ClusterConfig, steps: Steps) -> None:
    setting, least_s = cluster.proxy, cluster.proxy_left_s
    if setting is None:
        steps.settle(PROXY, "not looked at", "[cluster] proxy asks for none")
        return
    proxy = steps.attempt(PROXY, NOT_HERE, lambda: check_proxy(setting, least_s))
    steps.settle(PROXY, "ok", f"{proxy} lives for {least_s / 3600:g} h at least")


def _look_at_environment(cluster: ClusterConfig, steps: Steps) -> None:
    if cluster.environment is None:
        steps.settle(ENVIRONMENT, "not looked at", "[cluster] environment names none")
        return
    archive = Path(cluster.environment)
    words = steps.attempt(ENVIRONMENT, NOT_HERE, lambda: check_environment(archive))
    steps.settle(ENVIRONMENT, "ok", words)
