"""What Dask says beside the driver's own lines."""

from __future__ import annotations

import logging

import pytest

import bumpcast.execution.backends.dask_calls  # noqa: F401


@pytest.mark.parametrize("name", ["batched", "core"])
def test_connections_that_end_are_no_news(name):
    logger = logging.getLogger(f"distributed.{name}")
    assert not logger.isEnabledFor(logging.INFO)
    assert logger.isEnabledFor(logging.WARNING)
