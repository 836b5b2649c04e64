from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.config import ConfigurationError
from bumpcast.config.layers import deep_merge, paths_in, read_layers

values = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=3))
tables: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from("abcd"),
    st.recursive(values, lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)),
    max_size=4,
)


def value_at(table: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        table = table[key]
    return table


@given(tables, tables)
def test_the_child_wins_and_nothing_else_is_lost(
    base: dict[str, Any], child: dict[str, Any]
) -> None:
    merged = deep_merge(base, child)
    for path in paths_in(child):
        if not isinstance(value_at(child, path), dict):
            assert value_at(merged, path) == value_at(child, path)
    own = set(paths_in(child))
    for path in paths_in(base):
        overruled = any(
            path[:n] in own and not isinstance(value_at(child, path[:n]), dict)
            for n in range(1, len(path) + 1)
        )
        value = value_at(base, path)
        if not overruled and not isinstance(value, dict) and path not in own:
            assert value_at(merged, path) == value
    assert set(paths_in(merged)) <= own | set(paths_in(base))


@given(tables)
def test_merging_with_nothing_or_with_itself_changes_nothing(table: dict[str, Any]) -> None:
    assert deep_merge(table, {}) == table
    assert deep_merge({}, table) == table
    assert deep_merge(table, table) == table


@given(tables, tables)
def test_merging_leaves_its_inputs_alone_and_shares_nothing(
    base: dict[str, Any], child: dict[str, Any]
) -> None:
    before = copy.deepcopy((base, child))
    merged = deep_merge(base, child)
    for path in paths_in(merged):
        value = value_at(merged, path)
        if isinstance(value, list | dict):
            value.clear()
            break
    assert (base, child) == before


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_file_wins_over_its_bases_and_a_later_base_over_an_earlier(tmp_path: Path) -> None:
    write(
        tmp_path,
        first="a = 1\nb = 1\nc = 1\n[t]\nx = [1, 2]\ny = 1\n",
        second="b = 2\nc = 2\n",
        main='extends = ["first.toml", "second.toml"]\nc = 3\n[t]\nx = [3]\n',
    )
    layer = read_layers(tmp_path / "main.toml")
    assert layer.values == {"a": 1, "b": 2, "c": 3, "t": {"x": [3], "y": 1}}
    origins = {path: str(origin) for path, origin in layer.origins.items()}
    assert origins == {
        ("a",): f"{tmp_path}/first.toml:1",
        ("b",): f"{tmp_path}/second.toml:1",
        ("c",): f"{tmp_path}/main.toml:2",
        ("t",): f"{tmp_path}/main.toml:3",
        ("t", "x"): f"{tmp_path}/main.toml:4",
        ("t", "y"): f"{tmp_path}/first.toml:6",
    }


def test_extends_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path, main='extends = "parts/a.toml"\n')
    write(tmp_path / "parts", a='extends = "b.toml"\n', b="x = 1\n")
    assert read_layers(tmp_path / "main.toml").values == {"x": 1}


def test_one_base_on_two_ways_is_no_circle(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="x = 1\n",
        left='extends = "base.toml"\n',
        right='extends = "base.toml"\n',
        main='extends = ["left.toml", "right.toml"]\n',
    )
    assert read_layers(tmp_path / "main.toml").values == {"x": 1}


def test_a_table_replaced_by_a_value_takes_its_origins_along(tmp_path: Path) -> None:
    write(tmp_path, base="[a]\nx = 1\n", main='extends = "base.toml"\na = 1\n')
    layer = read_layers(tmp_path / "main.toml")
    assert layer.values == {"a": 1}
    assert set(layer.origins) == {("a",)}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"main": 'extends = "a.toml"', "a": 'x = 1\nextends = "main.toml"'},
            "{dir}/a.toml:2: extends: the files extend each other in a circle: "
            "{dir}/main.toml -> {dir}/a.toml -> {dir}/main.toml",
        ),
        (
            {"main": 'extends = "main.toml"'},
            "{dir}/main.toml:1: extends: the files extend each other in a circle: "
            "{dir}/main.toml -> {dir}/main.toml",
        ),
        (
            {"main": '\nextends = ["scam.toml"]', "scan": ""},
            "{dir}/main.toml:2: extends: there is no file {dir}/scam.toml. "
            "Did you mean 'scan.toml' or 'main.toml'?",
        ),
        (
            {"main": 'extends = "parts/scan.toml"'},
            "{dir}/main.toml:1: extends: there is no file {dir}/parts/scan.toml. "
            "The folder {dir}/parts does not exist.",
        ),
        (
            {"main": "extends = [1]"},
            "{dir}/main.toml:1: extends: must be a file name or a list of file names, not [1]",
        ),
        (
            {"main": "a = 1\nb = = 2\n"},
            "{dir}/main.toml:2: not valid TOML: Invalid value (at line 2, column 5)",
        ),
        (
            {"main": "[datasets.a]\n[datasets.a]\n"},
            "{dir}/main.toml:2: not valid TOML: Cannot declare ('datasets', 'a') twice "
            "(at line 2, column 12)",
        ),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, files: dict[str, str], message: str) -> None:
    write(tmp_path, **files)
    with pytest.raises(ConfigurationError) as caught:
        read_layers(tmp_path / "main.toml")
    assert str(caught.value) == message.format(dir=tmp_path)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, quickstart="")
    with pytest.raises(ConfigurationError) as caught:
        read_layers(tmp_path / "quickstrat.toml")
    place = f"{tmp_path}/quickstrat.toml"
    assert str(caught.value) == (f"{place}: there is no such file. Did you mean 'quickstart.toml'?")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        read_layers(tmp_path)


def test_text_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "main.toml").write_bytes("a = 1\nb = 'é'\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"main\.toml:2: not UTF-8 text"):
        read_layers(tmp_path / "main.toml")
