"""A generator's events, from a process card."""

from bumpcast.simulate.generator.errors import CardError, EventFileError, GenerationError
from bumpcast.simulate.generator.generate import check, generate
from bumpcast.simulate.generator.seeds import block_seed

__all__ = [
    "CardError",
    "EventFileError",
    "GenerationError",
    "block_seed",
    "check",
    "generate",
]
