"""docs/configuration.md: its examples load, and no key is left out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.config import load
from bumpcast.config.schema import json_schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)( complete)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMPLETE = [text for language, complete, text in BLOCKS if language == "toml" and complete]
FRAGMENTS = [text for language, complete, text in BLOCKS if language == "toml" and not complete]


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """A folder as the page takes it: the project's parts, and the worked example beside them."""
    folder = tmp_path / "configs"
    shutil.copytree(ROOT / "configs" / "parts", folder / "parts")
    (folder / "mine.toml").write_text(COMPLETE[0], encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", COMPLETE)
def test_complete_examples_load(configs: Path, text: str) -> None:
    path = configs / "other.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path).name.startswith("mine")


@pytest.mark.parametrize("text", FRAGMENTS)
def test_fragments_fit_into_the_worked_example(configs: Path, text: str) -> None:
    path = configs / "other.toml"
    path.write_text(f'extends = "mine.toml"\n{text}', encoding="utf-8")
    load(path)


def test_the_template_example_gives_what_it_says(configs: Path) -> None:
    (text,) = (text for text in FRAGMENTS if "{{" in text)
    path = configs / "other.toml"
    path.write_text(f'extends = "mine.toml"\n{text}', encoding="utf-8")
    analysis = load(path)
    assert analysis.normalisation.luminosity_fb == 59.8
    assert analysis.datasets["ttbar"].files == [f"{configs.parent}/data/2018/ttbar_*.root"]


def test_the_error_message_is_the_real_one(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(configs.parent)
    wrong = COMPLETE[0].replace("k_factor", "k_facter").replace("cross_section_pb = 0.1\n", "")
    (configs / "mine.toml").write_text(wrong, encoding="utf-8")
    result = CliRunner().invoke(main, ["config", "check", "configs/mine.toml"])
    (message,) = (text for language, _, text in BLOCKS if language == "text")
    assert result.stderr == message


def test_every_key_is_on_the_page() -> None:
    schema = json_schema()
    kinds = {"e", "m", "g", "j", "b", "Z", "Wh", "T", "HM"}
    keys = {
        key
        for node in [schema, *schema["$defs"].values()]
        for key in node.get("properties", {})
        if key not in kinds
    }
    words = set(re.findall(r"\w+", PAGE))
    assert keys - words == set()
