"""The root of this room's exceptions."""

from __future__ import annotations

from bumpcast.errors import BumpcastError


class SurrogateError(BumpcastError):
    """A surrogate, or what it is given, is not what it has to be."""

    permanent = True
