"""Synthetic histograms whose significances are known, to train and to test a network with."""

from bumpcast.bumps.synthetic.histograms import Histograms, batches, draw
from bumpcast.bumps.synthetic.recipe import Curves, Part, Recipe, RecipeError
from bumpcast.bumps.synthetic.shapes import KINDS

__all__ = ["KINDS", "Curves", "Histograms", "Part", "Recipe", "RecipeError", "batches", "draw"]
