from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = """\
name = "test"
processor = "scan.py:Scan"

[normalisation]
mode = "luminosity"
luminosity_fb = 10.0

[formats.delphes]
kind = "delphes"
b_tag_bit = 0
weight = "none"

[datasets.ttbar]
files = ["ttbar.root"]
format = "delphes"
kind = "background"
cross_section_pb = 800.0
"""

OBJECTS = """
[objects]
electron = { pt_min_GeV = 10, abs_eta_max = 2.5 }
muon = { pt_min_GeV = 10, abs_eta_max = 2.5 }
photon = { pt_min_GeV = 10, abs_eta_max = 2.5 }
jet = { pt_min_GeV = 20, abs_eta_max = 2.5 }
[objects.mass_classes]
source = "none"
"""

WriteConfig = Callable[..., Path]


@pytest.fixture
def minimal() -> str:
    return MINIMAL


@pytest.fixture
def objects() -> str:
    return OBJECTS


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Write the smallest configuration that loads, one text replaced and lines added."""

    def write(extra: str = "", *, replace: tuple[str, str] = ("", "")) -> Path:
        old, new = replace
        assert old in MINIMAL
        path = tmp_path / "analysis.toml"
        path.write_text(MINIMAL.replace(old, new, 1 if old else 0) + extra, encoding="utf-8")
        return path

    return write
