from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.config import analysis_digest, load
from bumpcast.config.dump import dumps, to_toml

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    text,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.dates(),
    st.datetimes(),
)
inline = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(
    text,
    st.recursive(inline, lambda inner: st.dictionaries(text, inner, max_size=3), max_leaves=10),
    max_size=5,
)


@given(tables)
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    assert tomllib.loads(dumps(values)) == values


def test_types_survive() -> None:
    values = {"i": 1, "f": 1.0, "big": 1e22, "b": True, "d": date(2026, 1, 2), "inf": float("inf")}
    read = tomllib.loads(dumps(values))
    assert read == values
    assert {key: type(value) for key, value in read.items()} == {
        key: type(value) for key, value in values.items()
    }
    assert dumps({"x": float("nan"), "y": float("-inf")}) == "x = nan\ny = -inf\n"
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert tomllib.loads(dumps({"m": moment})) == {"m": moment}


def test_the_form_of_the_text() -> None:
    values = {
        "t": {"inner": {"x": 1}, "y": ["a" * 60, "b" * 60]},
        "name": 'a"b\n',
        "empty": {},
        "list": [{"a": 1, "b c": []}],
    }
    assert dumps(values, {("name",): "here"}) == (
        'name = "a\\"b\\u000a"  # here\n'
        'list = [{ a = 1, "b c" = [] }]\n'
        "\n[t]\n"
        f'y = [\n  "{"a" * 60}",\n  "{"b" * 60}",\n]\n'
        "\n[t.inner]\nx = 1\n"
        "\n[empty]\n"
    )


def test_what_toml_cannot_hold() -> None:
    with pytest.raises(TypeError, match="TOML has no form for None of type NoneType"):
        dumps({"x": None})


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_dumped_configuration_loads_to_the_same(path: Path, tmp_path: Path) -> None:
    analysis = load(path)
    copy = tmp_path / "copy.toml"
    copy.write_text(to_toml(analysis), encoding="utf-8")
    again = load(copy)
    assert again == analysis
    assert analysis_digest(again) == analysis_digest(analysis)
