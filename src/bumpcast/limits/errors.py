"""The root of this room's exceptions."""

from __future__ import annotations

from bumpcast.errors import BumpcastError


class LimitError(BumpcastError):
    """A limit cannot be set with what was given."""


class ResultError(LimitError):
    """A counting result holds a number that cannot be."""
