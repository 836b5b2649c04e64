"""The configuration of an analysis: one TOML file, merged, rendered and checked."""

from bumpcast.config.analysis import Analysis
from bumpcast.config.digest import analysis_digest
from bumpcast.config.errors import ConfigurationError
from bumpcast.config.loader import load

__all__ = ["Analysis", "ConfigurationError", "analysis_digest", "load"]
