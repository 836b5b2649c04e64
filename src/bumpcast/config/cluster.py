"""What a batch system is asked for."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bumpcast.config.base import Section

Size = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?([kMGT]B|[KMGT]iB)$")]
"""A number and a unit: '2 GiB' is 2^31 bytes, '2 GB' 2 * 10^9."""

HIGHEST_PORT = 65535


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _ports(value: str) -> str:
    found = re.fullmatch(r"(\d+)(?::(\d+))?", value)
    if found is not None:
        first, last = int(found[1]), int(found[2] or found[1])
        if first <= last <= HIGHEST_PORT and (first or not found[2]):
            return value
    msg = (
        f"{value!r} must be a port, or the first and the last of a range such as '9000:9100', "
        f"up to {HIGHEST_PORT}; 0 is any that is free"
    )
    raise ValueError(msg)


Ports = Annotated[
    str, BeforeValidator(_text, json_schema_input_type=int | str), AfterValidator(_ports)
]
"""A port, '0' for any that is free, or a range 'first:last'."""


class ClusterConfig(Section):
    """The table [cluster]; nothing of it can change a result."""

    cores: int = Field(1, ge=1, description="Worker processes of one job, with one core each.")
    memory: Size = Field("3 GiB", description="Memory of one job.")
    disk: Size = Field("4 GiB", description="Scratch space of one job; Slurm is not asked for it.")
    min_jobs: int | None = Field(
        None, ge=0, description="Fewest jobs; absent: 1 where there is max_jobs."
    )
    max_jobs: int | None = Field(
        None, ge=1, description="Most jobs; absent: as many as run.workers needs, all the time."
    )
    walltime_s: int | None = Field(
        None,
        ge=60,
        description="Longest time of one job in seconds: HTCondor's +MaxRuntime, Slurm's --time.",
    )
    lifetime_s: float | None = Field(
        None,
        gt=0,
        description="A worker ends in good order after so many seconds and is replaced; absent: "
        "nine tenths of walltime_s, where that is given.",
    )
    lifetime_stagger_s: float = Field(
        0.0, ge=0, description="Spreads the workers' ends by up to so many seconds."
    )
    queue: str | None = Field(
        None, description="Slurm's partition (--partition); HTCondor has none."
    )
    account: str | None = Field(None, description="HTCondor's accounting_group, Slurm's --account.")
    directives: dict[str, str] = Field(
        default_factory=dict,
        description="More lines of the submit file, such as '+JobFlavour'; more options of sbatch, "
        "such as '--constraint'.",
    )
    image: str | None = Field(None, description="Container image that a job runs in.")
    image_directive: str = Field(
        "container_image",
        description="HTCondor's word for the image; some sites have '+SingularityImage'.",
    )
    environment: str | None = Field(
        None,
        description="Archive of 'bumpcast pack', which each job unpacks and whose Python it uses.",
    )
    prologue: list[str] = Field(
        default_factory=list, description="Shell lines that a job runs before its workers."
    )
    python: str | None = Field(
        None,
        description="The jobs' Python; absent: the driver's, on a shared file system, or the "
        "image's python3. With an environment: the Python of its version that it is unpacked for.",
    )
    file_transfer: bool = Field(
        False,
        description="Jobs see no file system of this machine: what they need travels with them.",
    )
    transfer_files: list[str] = Field(
        default_factory=list,
        description="Files that HTCondor brings into each job's working folder.",
    )
    host: str | None = Field(
        None,
        description="Address that the scheduler listens on, 'hostname' for that of this machine's "
        "name; absent: 127.0.0.1, unless there is an interface.",
    )
    interface: str | None = Field(
        None, description="Network interface that the scheduler listens on, instead of a host."
    )
    scheduler_port: Ports = Field("0", description="0: any that is free; or a range '9000:9100'.")
    worker_host: str | None = Field(
        None,
        description="Address that workers listen on; absent: that of a scheduler on the loopback, "
        "else every interface.",
    )
    worker_interface: str | None = Field(
        None, description="Network interface that workers listen on, instead of a host."
    )
    worker_ports: Ports = Field("0", description="Ports of workers and their nannies.")
    dashboard_host: str = Field("127.0.0.1", description="Address that the dashboard listens on.")
    dashboard_port: Ports = Field("0", description="0: any that is free; or a range '8787:8887'.")
    tls: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Encrypt connections and let only holders of the run's certificate connect; "
        "'auto': unless the scheduler listens on the loopback.",
    )
    scheduler: str | None = Field(
        None,
        description="Address or scheduler file of a running Dask cluster, for the executor 'dask'.",
    )
    tls_ca: str | None = Field(
        None, description="File of the authority of a running cluster's certificates (PEM)."
    )
    tls_cert: str | None = Field(
        None, description="File of the certificate to show to a running cluster (PEM)."
    )
    tls_key: str | None = Field(None, description="File of that certificate's key (PEM).")
    proxy: str | None = Field(
        None,
        description="X.509 proxy that jobs get; 'default' is $X509_USER_PROXY or "
        "/tmp/x509up_u<number of the user>.",
    )
    proxy_left_s: float = Field(
        43_200.0, ge=0, description="Shortest life that the proxy has left at the start, in s."
    )
    logs: str | None = Field(
        None,
        description="Folder of the jobs' logs, with a folder for each run; absent: logs in the "
        "results folder.",
    )
    death_timeout_s: float = Field(
        120.0,
        gt=0,
        description="Longest time that a worker waits for a scheduler it has lost, in seconds.",
    )
    wait_s: float = Field(
        600.0, gt=0, description="Longest time without any worker before the run stops, in seconds."
    )
    idle_s: float = Field(
        300.0, gt=0, description="A job that is idle for longer is told of, in seconds."
    )
    watch_s: float = Field(
        30.0, gt=0, description="Seconds between looks at the batch system's queue."
    )

    @model_validator(mode="after")
    def _keys_fit_together(self) -> Self:
        problems = [
            f"{one} and {other} are both given, and each says the same: leave one out"
            for one, other in (("host", "interface"), ("worker_host", "worker_interface"))
            if getattr(self, one) is not None and getattr(self, other) is not None
        ]
        if self.image is not None and self.environment is not None:
            problems.append(
                "image and environment are both given, and each brings the jobs their packages: "
                "leave one out"
            )
        if self.min_jobs is not None and self.max_jobs is None:
            problems.append("min_jobs needs max_jobs beside it")
        elif (self.min_jobs or 0) > (self.max_jobs or 0):
            problems.append(f"min_jobs, {self.min_jobs}, is above max_jobs, {self.max_jobs}")
        longest = (self.lifetime_s or 0.0) + self.lifetime_stagger_s
        if self.walltime_s is not None and longest >= self.walltime_s:
            problems.append(
                f"lifetime_s and lifetime_stagger_s, {longest:g} s together, must end before "
                f"walltime_s, {self.walltime_s} s"
            )
        given = [name for name in ("tls_ca", "tls_cert", "tls_key") if getattr(self, name)]
        if given and len(given) < 3:
            problems.append(f"{', '.join(given)}: tls_ca, tls_cert and tls_key go together")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def worker_lifetime_s(self) -> float | None:
        """After how many seconds a worker ends in good order; None: never."""
        if self.lifetime_s is None and self.walltime_s is not None:
            return 0.9 * self.walltime_s - self.lifetime_stagger_s
        return self.lifetime_s

    @property
    def brings_files(self) -> bool:
        """Whether HTCondor brings jobs what they need, so that none is read off a shared disk."""
        return self.file_transfer or self.environment is not None

    def jobs_for(self, workers: int) -> tuple[int, int]:
        """Return the fewest and the most jobs.

        Args:
            workers: The worker processes that are asked for where there are no bounds.
        """
        if self.max_jobs is None:
            fixed = -(-workers // self.cores)
            return fixed, fixed
        return (1 if self.min_jobs is None else self.min_jobs), self.max_jobs
