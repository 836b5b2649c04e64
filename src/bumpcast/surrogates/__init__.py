"""Surrogate models of published searches: how a search would have seen a new model's events."""
