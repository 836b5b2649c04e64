"""What a batch system is asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bumpcast.config.base import Section

Size = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?([kMGT]B|[KMGT]iB)$")]
"""A number and a unit: '2 GiB' is 2^31 bytes, '2 GB' 2 * 10^9."""


class ClusterConfig(Section):
    """The table [cluster]; nothing of it can change a result."""

    cores: int = Field(1, ge=1, description="Worker processes of one job, with one core each.")
    memory: Size = Field("3 GiB", description="Memory of one job.")
    disk: Size = Field("4 GiB", description="Scratch space of one job.")
    host: str = Field(
        "127.0.0.1",
        description="Address that scheduler and dashboard listen on; workers must reach it.",
    )
    worker_host: str | None = Field(
        None,
        description="Address that workers listen on; absent: that of a scheduler on the loopback, "
        "else every interface.",
    )
    scheduler_port: int = Field(0, ge=0, le=65535, description="0: any that is free.")
    dashboard_port: int = Field(0, ge=0, le=65535, description="0: any that is free.")
    directives: dict[str, str] = Field(
        default_factory=dict, description="More lines of the submit file, such as '+JobFlavour'."
    )
    prologue: list[str] = Field(
        default_factory=list, description="Shell lines that a job runs before its workers."
    )
    python: str | None = Field(
        None, description="The jobs' Python; absent: the driver's, on a shared file system."
    )
    death_timeout_s: float = Field(
        120.0,
        gt=0,
        description="Longest time that a worker waits for a scheduler it has lost, in seconds.",
    )
    wait_s: float = Field(
        600.0, gt=0, description="Longest time without any worker before the run stops, in seconds."
    )
