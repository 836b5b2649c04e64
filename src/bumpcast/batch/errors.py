"""What a batch system may refuse."""

from __future__ import annotations

from bumpcast.errors import BumpcastError


class BatchError(BumpcastError):
    """A batch system cannot be reached, or does not take a job."""
