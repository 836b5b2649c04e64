"""The configuration of an analysis: one TOML file, merged, rendered and checked."""

from bumpcast.config.analysis import Analysis

__all__ = ["Analysis"]
