"""What goes wrong when events are generated."""

from __future__ import annotations

from bumpcast.config.errors import ConfigurationError
from bumpcast.errors import BumpcastError


class CardError(ConfigurationError):
    """Pythia refuses the card: each problem in its own words, with the card's line."""


class GenerationError(BumpcastError):
    """Events could not be generated although Pythia took the card."""


class EventFileError(BumpcastError):
    """A file of generated events cannot be read."""

    exit_code = 2
