from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pool_tools import ON_THIS_MACHINE, queue, wait_until

from bumpcast.config import Analysis
from bumpcast.config.cluster import ClusterConfig


@pytest.fixture
def on_cluster(make_analysis: Any) -> Callable[..., Analysis]:
    """Return a function that makes a run whose table [cluster] is for a test's machine."""

    def make(processor: str = "jets.py:Jets", cluster: dict[str, Any] | None = None, **more: Any):
        analysis = make_analysis(processor, **more)
        settings = ClusterConfig.model_validate(ON_THIS_MACHINE | (cluster or {}))
        return analysis.model_copy(update={"cluster": settings})

    return make


@pytest.fixture
def on_condor(on_cluster: Any, htcondor_pool: Any) -> Iterator[Callable[..., Analysis]]:
    """Return a function that makes a run on the pool; no job is left in the queue afterwards."""

    def make(*arguments: Any, **more: Any) -> Any:
        return on_cluster(*arguments, executor="dask-condor", **more)

    yield make
    assert wait_until(lambda: not queue(), 30), queue()
