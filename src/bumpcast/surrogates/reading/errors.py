"""What can be wrong with a file of events."""

from __future__ import annotations

from bumpcast.surrogates.errors import SurrogateError


class LlpFileError(SurrogateError):
    """A file of events cannot be read, or is of a kind that is not known."""


class LlpColumnError(SurrogateError):
    """A file lacks a column, or a column does not hold what it has to."""


class LlpEventError(SurrogateError):
    """An event's truth record is not one of one or two long-lived particles."""
