"""Efficiency maps: how a search sees pairs of long-lived particles, in bins of their truth."""
