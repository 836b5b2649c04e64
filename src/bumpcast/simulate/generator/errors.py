"""What goes wrong when events are generated."""

from __future__ import annotations

from bumpcast.config.errors import ConfigurationError
from bumpcast.errors import BumpcastError
from bumpcast.simulate.eventfile import EventFileError

__all__ = ["CardError", "EventFileError", "GenerationError"]


class CardError(ConfigurationError):
    """Pythia refuses the card: each problem in its own words, with the card's line."""


class GenerationError(BumpcastError):
    """Events could not be generated although Pythia took the card."""
