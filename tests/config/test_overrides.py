# ruff: noqa: E501  (every input stands on one line beside its message)
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bumpcast.config import ConfigurationError, load
from bumpcast.config.layers import Layer
from bumpcast.config.overrides import apply_overrides, parse_override


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("run.workers=4", ("run", "workers"), 4),
        ("scan.selections.met_min_GeV=[100,200]", ("scan", "selections", "met_min_GeV"), [100, 200]),
        ("name=my-scan", ("name",), "my-scan"),
        ('name="2"', ("name",), "2"),
        ("name=", ("name",), ""),
        ("a = b=c", ("a",), "b=c"),
        ("scan.split_dilepton_charge=false", ("scan", "split_dilepton_charge"), False),
        ("objects.mass_classes.HM_GeV=[200,inf]", ("objects", "mass_classes", "HM_GeV"), [200, float("inf")]),
        ("name=2026-01-01", ("name",), "2026-01-01"),
        ("name=1\nprocessor='x'", ("name",), "1\nprocessor='x'"),
        ("datasets.a={kind='data'}", ("datasets", "a"), {"kind": "data"}),
    ],
)  # fmt: skip
def test_values_are_toml_or_else_text(text: str, path: tuple[str, ...], value: Any) -> None:
    assert parse_override(text) == (path, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run.workers", "--set: 'run.workers' must be KEY=VALUE, such as run.workers=4"),
        ("run..workers=4", "--set: 'run..workers=4': 'run..workers' is no dotted key, such as run.workers"),
        ("=4", "--set: '=4': '' is no dotted key, such as run.workers"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_override(text)
    assert str(caught.value) == message


def test_every_override_that_cannot_be_applied_is_reported() -> None:
    layer = Layer({"a": [1]}, {})
    with pytest.raises(ConfigurationError) as caught:
        apply_overrides(layer, ["x", "a.b.c=1"])
    assert str(caught.value) == (
        "2 problems in the configuration:\n"
        "  --set: 'x' must be KEY=VALUE, such as run.workers=4\n"
        "  --set: a.b.c: a is no table; set it as a whole: a=VALUE"
    )


def test_overrides_win_and_the_last_one_most(write_config: Callable[..., Path]) -> None:
    path = write_config("[run]\nworkers = 3\n")
    analysis = load(path, ["run.workers=5", "run.workers=7", "run.retries=0"])
    assert (analysis.run.workers, analysis.run.retries) == (7, 0)


def test_a_new_data_set(write_config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path.parent)
    analysis = load(
        write_config(),
        [
            "datasets.extra.files=['*.root', '/data/x.root', 'root://host//y.root']",
            "datasets.extra.format=delphes",
            "datasets.extra.kind=data",
        ],
    )
    assert analysis.datasets["extra"].files == [
        f"{tmp_path.parent}/*.root",
        "/data/x.root",
        "root://host//y.root",
    ]


def test_an_unknown_key_is_an_error_as_in_a_file(write_config: Callable[..., Path]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(write_config(), ["run.worker=4", "scan.min_event=50"])
    assert str(caught.value) == (
        "2 problems in the configuration:\n"
        "  --set: scan.min_event: unknown key. Did you mean 'min_events' or 'min_events_per_bin' or 'min_bins'?\n"
        "  --set: run.worker: unknown key. Did you mean 'workers'?"
    )


def test_the_tables_around_an_override_keep_their_file(write_config: Callable[..., Path]) -> None:
    path = write_config()
    with pytest.raises(ConfigurationError) as caught:
        load(path, ["formats.delphes.weight=Weight", "formats.delphes.kind=nanoaod"])
    places = {problem.key[-1]: str(problem.origin) for problem in caught.value.problems}
    assert places["b_tag_discriminator"] == f"{path}:8"
    assert places["b_tag_bit"] == f"{path}:10"
