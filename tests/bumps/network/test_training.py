"""A training of seconds: the same twice, the same when resumed, and the same in ONNX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bumpcast.bumps.network.card import write_network
from bumpcast.bumps.network.checkpoints import CheckpointError
from bumpcast.bumps.network.features import features
from bumpcast.bumps.network.fits.columns import LOG_ODDS_UNIT, ODDS
from bumpcast.bumps.network.layout import Layout
from bumpcast.bumps.network.network import load_network
from bumpcast.bumps.network.odds import limited_by_odds
from bumpcast.bumps.network.torch_model import TorchNetwork
from bumpcast.bumps.network.training import Plan, read_all, train, weights_of
from bumpcast.bumps.synthetic import Recipe, draw

LAYOUT = Layout(channels=4, dilations=(1, 3))
PLAN = Plan(
    seed=5, recipe=Recipe(), layout=LAYOUT, chunks=3, chunk=96, passes=2, batch=32, validation=60
)


def equal(first, second) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in LAYOUT.shapes())


def test_a_training_is_the_same_twice_and_resumed(tmp_path: Path) -> None:
    told = []
    whole, progress = train(PLAN, tell=told.append)
    assert [each.chunk for each in told] == [1, 2, 3]
    assert progress.validation is not None
    assert progress.validation.histograms == 60
    checkpoint = tmp_path / "checkpoint.npz"
    _, stopped = train(PLAN, checkpoint=checkpoint, most_seconds=0.0)
    assert stopped.chunk == 1
    resumed, progress = train(PLAN, checkpoint=checkpoint)
    assert progress.chunk == 3
    assert equal(whole, resumed)
    assert equal(whole, train(PLAN)[0])
    assert not equal(whole, train(replace(PLAN, seed=6))[0])


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.npz"
    train(PLAN, checkpoint=checkpoint, most_seconds=0.0)
    with pytest.raises(CheckpointError, match="holds a training with other settings"):
        train(replace(PLAN, batch=16), checkpoint=checkpoint)
    checkpoint.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="holds no training"):
        train(PLAN, checkpoint=checkpoint)


def test_training_lowers_the_loss() -> None:
    once = replace(PLAN, chunks=1, passes=1, learning_rate=5e-3)
    often = replace(once, passes=25)
    assert train(often)[1].loss < train(once)[1].loss


def test_onnx_is_the_same_network(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = TorchNetwork(Layout())
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.05 * torch.randn_like(weight)
    path = tmp_path / "network.onnx"
    write_network(path, network.layout, weights_of(network), {"seed": 3})
    drawn = draw(Recipe(bins=(30, 60)), 1, "test", 40)
    known = features(drawn.offsets, drawn.counts)
    log_odds = known.histograms[:, ODDS].astype(np.float64) * LOG_ODDS_UNIT
    log_odds = np.repeat(log_odds, np.diff(drawn.offsets))
    by_torch = limited_by_odds(read_all(network, drawn, known), log_odds)
    by_onnx, _ = load_network(path).read(drawn.offsets, drawn.counts)
    assert np.allclose(by_torch, by_onnx, atol=2e-3, rtol=1e-4)


def test_the_same_weights_are_the_same_file(tmp_path: Path) -> None:
    weights = weights_of(TorchNetwork(LAYOUT))
    for name in ("a.onnx", "b.onnx"):
        write_network(tmp_path / name, LAYOUT, weights, {})
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_plans_as_json() -> None:
    assert Plan.from_json(PLAN.as_json()) == PLAN
    assert sum(w.size for w in weights_of(TorchNetwork(LAYOUT)).values()) == LAYOUT.parameters()
