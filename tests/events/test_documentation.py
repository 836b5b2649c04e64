"""docs/your-own-files.md: its tables are formats."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bumpcast.config.formats import Format
from bumpcast.events import reader_for

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-files.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
TABLES = [
    table
    for language, text in BLOCKS
    if language == "toml"
    for table in tomllib.loads(text).get("formats", {}).values()
]


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_are_formats(table: dict[str, Any]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Format)
    assert reader_for(adapter.validate_python(table)).tree


def test_every_format_has_a_table() -> None:
    assert {table["kind"] for table in TABLES} == {"delphes", "nanoaod", "physlite", "darkmachines"}
