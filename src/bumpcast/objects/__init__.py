"""From the event record to the ten kinds of objects."""

from bumpcast.objects.build import build

__all__ = ["build"]
