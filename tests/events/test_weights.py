from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bumpcast.config.formats import NanoAODFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import bytes_read, open_tree, reader_for
from bumpcast.events.errors import BadEventError, MissingBranchError

FORMAT = NanoAODFormat(
    missing_energy="MET", b_tag_discriminator="btagB", b_tag_working_point=0.5, weight="genWeight"
)


def test_only_the_branch_of_the_weight_is_read(
    quickstart: Path, data: Path, item: Callable[..., WorkItem]
) -> None:
    tree = open_tree(item(data / "nanoaod_v15.root", "Events"))
    before = bytes_read()
    weights = reader_for(FORMAT).generator_weights(tree, 0, 60)
    assert weights.shape == (60,)
    assert bytes_read() - before < 2000


def test_without_a_branch_every_weight_is_one(data: Path, item: Callable[..., WorkItem]) -> None:
    tree = open_tree(item(data / "nanoaod_v15.root", "Events"))
    fmt = FORMAT.model_copy(update={"weight": "none"})
    assert reader_for(fmt).generator_weights(tree, 5, 8).tolist() == [1.0, 1.0, 1.0]


def test_a_missing_branch_is_named(data: Path, item: Callable[..., WorkItem]) -> None:
    tree = open_tree(item(data / "nanoaod_v15.root", "Events"))
    fmt = FORMAT.model_copy(update={"weight": "genweights"})
    with pytest.raises(MissingBranchError, match=r"v15\.root.*'genweights'.*'genWeight'"):
        reader_for(fmt).generator_weights(tree, 0, 1)


def test_a_weight_that_is_not_finite_fails_or_is_left_out(
    nanoaod_events: dict[str, Any],
    write_events: Callable[..., Path],
    item: Callable[..., WorkItem],
    caplog: pytest.LogCaptureFixture,
) -> None:
    nanoaod_events["genWeight"][3] = np.nan
    path = write_events(nanoaod_events)
    tree = open_tree(item(path, "Events"))
    reader = reader_for(FORMAT)
    with pytest.raises(
        BadEventError, match=r"1 of the entries 1 to 4.*the first is entry 3"
    ) as caught:
        reader.generator_weights(tree, 1, 4)
    assert str(path) in str(caught.value)
    with caplog.at_level(logging.WARNING):
        assert reader.generator_weights(tree, 0, 4, "skip").tolist() == [1.0, 2.0, -1.0]
    assert "left out" in caplog.text
