from __future__ import annotations

import copy
import os
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bumpcast.config import Analysis, ConfigurationError, load
from bumpcast.config.dump import dumps
from bumpcast.config.errors import Problem
from bumpcast.config.layers import paths_in, read_layers

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.toml"
VALUES = read_layers(QUICKSTART).values
PATHS = paths_in(VALUES)

scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text("ab{}% .:/*[", max_size=6),
    st.sampled_from(["{{ name }}", "{{ a.b }}", "{{ run.workers * 2 }}"]),
    st.sampled_from(["delphes", "nanoaod", "track", "atlas", "custom"]),
    st.sampled_from([".".join(path) for path in PATHS]).map(lambda key: f"{{{{ {key} }}}}"),
)  # fmt: skip
keys = st.sampled_from(["kind", "form", "custom", "files", "e", "delphes", "x", "[key]", ""])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)


def outcome_of(file: Path) -> Analysis | tuple[Problem, ...]:
    try:
        return load(file)
    except ConfigurationError as error:
        return error.problems


@given(st.lists(st.tuples(st.sampled_from(PATHS), anything), min_size=1, max_size=3))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_written_it_loads_or_every_problem_has_a_place(
    tmp_path: Path, changes: list[tuple[tuple[str, ...], Any]]
) -> None:
    values = copy.deepcopy(VALUES)
    for path, value in changes:
        table: Any = values
        for key in path[:-1]:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict):
            table[path[-1]] = value
    file = tmp_path / "mutant.toml"
    file.write_text(dumps(values), encoding="utf-8")
    outcome = outcome_of(file)
    if not isinstance(outcome, Analysis):
        assert outcome
        assert all(problem.origin.source == file for problem in outcome)
        assert all(problem.key and problem.message for problem in outcome)


def test_a_configuration_is_a_plain_value() -> None:
    analysis = load(QUICKSTART)
    assert pickle.loads(pickle.dumps(analysis)) == analysis  # noqa: S301  (as it goes to workers)
    with pytest.raises(ValueError, match="frozen"):
        analysis.name = "other"  # type: ignore[misc]


def test_the_error_goes_through_a_process_boundary() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(QUICKSTART, ["run.worker=1", "name=a b"])
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert str(error) == str(caught.value)
    assert error.problems == caught.value.problems


def test_loading_is_quick_and_independent_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(QUICKSTART)
    monkeypatch.chdir(tmp_path)
    start = time.perf_counter()
    relative = Path(os.path.relpath(QUICKSTART))
    assert load(relative) == first
    assert time.perf_counter() - start < 2
