"""The way from a TOML file to the training of a surrogate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bumpcast.config.errors import ConfigurationError, Origin
from bumpcast.config.layers import Layer, read_layers
from bumpcast.config.overrides import apply_overrides
from bumpcast.config.paths import absolute_path
from bumpcast.config.surrogate import SurrogateConfig
from bumpcast.config.templates import render
from bumpcast.config.validation import check_against


def load_surrogate_config(path: str | Path, overrides: Sequence[str] = ()) -> SurrogateConfig:
    """Read, merge, render and check the training of a surrogate.

    Args:
        path: The TOML file; it may extend another one.
        overrides: 'KEY=VALUE' each, such as 'search.trials=1'; they win over the files.

    Returns:
        The training; its paths are absolute.

    Raises:
        ConfigurationError: A file is missing or no TOML, or the training is wrong; the message
            lists every problem with file, line and key.
    """
    path = Path(path)
    layer = apply_overrides(read_layers(path), overrides)
    rendered = render(layer)
    values = _resolved(rendered.values, layer)
    checked = check_against(SurrogateConfig, values, layer, Origin(path.absolute()))
    if isinstance(checked, SurrogateConfig) and not rendered.problems:
        return checked
    problems = [] if isinstance(checked, SurrogateConfig) else checked
    raise ConfigurationError([*rendered.problems, *problems])


def _resolved(values: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """Return the training with paths that are absolute; those in it are relative to their file."""
    samples = values.get("samples")
    if not isinstance(samples, dict):
        return values
    resolved = {}
    for name, sample in samples.items():
        resolved[name] = sample
        if not isinstance(sample, dict):
            continue
        resolved[name] = dict(sample)
        files = sample.get("files")
        if isinstance(files, list):
            key = ("samples", name, "files")
            resolved[name]["files"] = [
                absolute_path(file, key, layer) if isinstance(file, str) else file for file in files
            ]
        decisions = sample.get("decisions")
        if isinstance(decisions, str):
            key = ("samples", name, "decisions")
            resolved[name]["decisions"] = absolute_path(decisions, key, layer)
    return values | {"samples": resolved}
