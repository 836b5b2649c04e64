"""docs/backgrounds.md: its Python runs, on spectra of known truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bumpcast
from bumpcast.bumps import scanned
from bumpcast.bumps.backgrounds.families import FAMILIES
from tests.bumps.backgrounds.toys import falling, fluctuated, spectra_of

PAGE = (Path(__file__).parents[3] / "docs" / "backgrounds.md").read_text(encoding="utf-8")


def test_its_python_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spectra = fluctuated(spectra_of([falling("exponential", 40, 900.0, 20.0)] * 2), 1)
    monkeypatch.setattr(bumpcast, "open_results", lambda folder: folder)
    monkeypatch.setattr(scanned, "searched_spectra", lambda results: spectra)
    names: dict[str, object] = {}
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        exec(compile(code, "docs/backgrounds.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "h0 " in printed
    assert "CrossCheck(location=" in printed


def test_every_family_is_in_the_table() -> None:
    for family in FAMILIES:
        assert f"`{family}`" in PAGE
