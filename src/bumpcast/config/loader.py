"""The way from a TOML file to the checked configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bumpcast.config.analysis import Analysis
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.errors import ConfigurationError, Origin, Problem
from bumpcast.config.keys import KeyPath
from bumpcast.config.layers import Layer, merge_layers, read_layers
from bumpcast.config.overrides import apply_overrides
from bumpcast.config.paths import resolve_paths
from bumpcast.config.sites import read_site
from bumpcast.config.templates import render
from bumpcast.config.validation import check

_HERE = Origin(None)


@dataclass(frozen=True)
class Loaded:
    """A checked configuration and its history.

    Attributes:
        analysis: The configuration.
        layer: What the files and the overrides wrote, with where; templates as they were written.
    """

    analysis: Analysis
    layer: Layer


def load(path: str | Path, overrides: Sequence[str] = (), site: str | None = None) -> Analysis:
    """Read, merge, render and check the configuration of one analysis.

    Args:
        path: The TOML file.
        overrides: 'KEY=VALUE' each, such as 'run.workers=4'; they win over the files.
        site: Name or file of a site profile; the files win over it.

    Returns:
        The configuration; its paths are absolute.

    Raises:
        ConfigurationError: A file is missing or no TOML, or the configuration is wrong; the
            message lists every problem with file, line and key.
        SiteError: There is no such site profile.
    """
    return load_with_origins(path, overrides, site).analysis


def load_with_origins(
    path: str | Path, overrides: Sequence[str] = (), site: str | None = None
) -> Loaded:
    """Do what `load` does, and also return where every key was written.

    Args:
        path: The TOML file.
        overrides: 'KEY=VALUE' each.
        site: Name or file of a site profile.

    Raises:
        ConfigurationError: As for `load`.
        SiteError: As for `load`.
    """
    path = Path(path)
    layer = read_layers(path)
    if site is not None:
        layer = merge_layers(read_site(site), layer)
    layer = apply_overrides(layer, overrides)
    rendered = render(layer)
    values = resolve_paths(rendered.values, layer)
    checked = check(values, layer, Origin(path.absolute()))
    problems = list(rendered.problems)
    if isinstance(checked, Analysis):
        if not problems:
            return Loaded(checked, layer)
    else:
        # A template that failed is not a wrong value as well.
        problems += [found for found in checked if not _lies_in(found.key, rendered.failed)]
    raise ConfigurationError(problems)


def load_cluster(overrides: Sequence[str] = (), site: str | None = None) -> ClusterConfig:
    """Read the table [cluster] where there is no analysis to read.

    Args:
        overrides: 'cluster.KEY=VALUE' each; they win over the profile.
        site: Name or file of a site profile; absent: the defaults.

    Raises:
        ConfigurationError: It is wrong; the message lists every problem.
        SiteError: There is no such site profile.
    """
    layer = apply_overrides(Layer({}, {}) if site is None else read_site(site), overrides)
    values = resolve_paths(layer.values, layer)
    problems = [
        Problem((key,), "without a configuration there is only [cluster] to set", _HERE)
        for key in values
        if key != "cluster"
    ]
    if not problems:
        try:
            table = json.dumps(values.get("cluster", {}), default=str)
            return ClusterConfig.model_validate_json(table, strict=True)
        except ValidationError as error:
            for detail in error.errors():
                key = ("cluster", *(str(part) for part in detail["loc"]))
                problems.append(Problem(key, detail["msg"], layer.origin_of(key) or _HERE))
    raise ConfigurationError(problems)


def _lies_in(key: KeyPath, others: set[KeyPath]) -> bool:
    return any(key[:length] in others for length in range(1, len(key) + 1))
