"""What can be wrong with a published model."""

from __future__ import annotations

from bumpcast.surrogates.errors import SurrogateError


class PublishedModelError(SurrogateError):
    """A folder does not hold a model in the published layout, or not this one."""


class FeatureListError(PublishedModelError):
    """A list of features is something else."""


class ScalerError(PublishedModelError):
    """An array of the scaling is something else."""


class PickleRefusedError(PublishedModelError):
    """A model is a pickle, and nobody has said that it may be opened."""


class PickleContentError(PublishedModelError):
    """A pickle holds something else than a forest of trees, or cannot be read."""
