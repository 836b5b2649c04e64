"""The way from a TOML file to a detector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.errors import ConfigurationError, Origin
from bumpcast.config.layers import read_layers
from bumpcast.config.overrides import apply_overrides
from bumpcast.config.templates import render
from bumpcast.config.validation import check_against


def load_detector(path: str | Path, overrides: Sequence[str] = ()) -> DetectorConfig:
    """Read, merge, render and check a detector.

    Args:
        path: The TOML file; it may extend another one and change what is different.
        overrides: 'KEY=VALUE' each, such as 'electron.isolation.ratio_max=0.2'; they win over the
            files.

    Raises:
        ConfigurationError: A file is missing or no TOML, or the detector is wrong; the message
            lists every problem with file, line and key.
    """
    path = Path(path)
    layer = apply_overrides(read_layers(path), overrides)
    rendered = render(layer)
    checked = check_against(DetectorConfig, rendered.values, layer, Origin(path.absolute()))
    if isinstance(checked, DetectorConfig) and not rendered.problems:
        return checked
    problems = [] if isinstance(checked, DetectorConfig) else checked
    raise ConfigurationError([*rendered.problems, *problems])
