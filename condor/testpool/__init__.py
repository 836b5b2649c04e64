"""A real HTCondor pool of one machine, for tests: nothing is installed, nothing is left running.

`packages` gets HTCondor into a folder, `settings` writes a pool's configuration, `pool` starts and
stops it, and ``python -m condor.testpool`` does so by hand. Only the standard library is used.
"""

from __future__ import annotations

from condor.testpool.errors import PoolError, PoolUnavailableError
from condor.testpool.packages import default_prefix, install
from condor.testpool.pool import Pool

__all__ = ["Pool", "PoolError", "PoolUnavailableError", "default_prefix", "install"]
