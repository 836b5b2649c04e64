"""What can be wrong with a comparison."""

from __future__ import annotations

from bumpcast.surrogates.errors import SurrogateError


class ClosureError(SurrogateError):
    """Events do not allow to compare a model with the search."""
