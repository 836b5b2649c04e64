"""How good a network is: samples that it reads, figures, plots, and a page of them."""

from bumpcast.bumps.network.validation.page import validate

__all__ = ["validate"]
