from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.config.keys import dotted, key_lines, parse_dotted, quoted

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(names)
def test_a_quoted_key_is_read_back_by_toml(name: str) -> None:
    assert tomllib.loads(f"{quoted(name)} = 1") == {name: 1}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("run.workers", ("run", "workers")),
        ('datasets."my set".files', ("datasets", "my set", "files")),
        ("a . b", ("a", "b")),
        ("datasets.2018-b.kind", ("datasets", "2018-b", "kind")),
    ],
)
def test_dotted_keys(text: str, path: tuple[str, ...]) -> None:
    assert parse_dotted(text) == path
    assert parse_dotted(dotted(path)) == path


@pytest.mark.parametrize("text", ["", "a..b", "a b", "a = 1\nb", "[a]", "a#"])
def test_what_is_no_dotted_key(text: str) -> None:
    with pytest.raises(ValueError, match="is no dotted key"):
        parse_dotted(text)


def test_lines_of_keys() -> None:
    text = '''name = "x" # [not.a.table]
run.workers = 2

[datasets.a]  # comment
files = [
  "x = 1",
]
label = """
kind = "no key"
"""
kind = "data"
[[list.of.tables]]
"quoted key" = 1
'''
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines[("name",)] == 1
    assert lines[("run", "workers")] == 2
    assert lines[("datasets", "a")] == 4
    assert lines[("datasets", "a", "files")] == 5
    assert lines[("datasets", "a", "kind")] == 11
    assert lines[("list", "of", "tables", "quoted key")] == 13
    assert ("not", "a", "table") not in lines
