"""Batch systems and their jobs; knows nothing of runs."""
