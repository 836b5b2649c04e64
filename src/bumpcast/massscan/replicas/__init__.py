"""Whole data sets drawn again from their events and sent through the same scan."""
