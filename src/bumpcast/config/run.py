"""How a run walks through the events."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bumpcast.config.base import Section

ExecutorName = Literal["iterative", "futures", "dask-local", "dask-condor", "dask-slurm", "dask"]


class RunConfig(Section):
    """The table [run]; of it, only max_events and bad_events can change a result."""

    executor: ExecutorName = Field(
        "futures",
        description="'iterative': this process; 'futures': processes of this machine; "
        "'dask-local': a Dask cluster on this machine; 'dask-condor' and 'dask-slurm': jobs of a "
        "batch system, 'dask': a cluster that runs already, see [cluster].",
    )
    workers: int = Field(2, ge=1, description="Number of worker processes.")
    chunk_events: int = Field(100_000, ge=1, description="Most events of one work item.")
    retries: int = Field(2, ge=0, description="Further tries of a work item that failed.")
    retry_wait_s: float = Field(
        1.0, ge=0, description="Pause before the first further try, in seconds."
    )
    checkpoint_s: float = Field(20.0, gt=0, description="Seconds between checkpoints.")
    dask_report: bool = Field(
        True,
        description="Save Dask's performance report as dask-report.html in the results folder.",
    )
    max_events: int | None = Field(None, ge=1, description="Most events of each data set.")
    bad_events: Literal["fail", "skip"] = Field(
        "fail",
        description="An event with a value that is not finite or a negative energy: fail its work "
        "item, or skip the event and count it.",
    )
