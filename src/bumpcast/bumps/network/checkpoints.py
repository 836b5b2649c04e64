"""Trainings on disk, as arrays and JSON in one npz file; nothing in it is ever unpickled."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bumpcast.bumps.network.torch_model import TorchNetwork
from bumpcast.diskio import replacing
from bumpcast.errors import BumpcastError


class CheckpointError(BumpcastError):
    """A training cannot go on from a file."""


_MOMENTS = ("exp_avg", "exp_avg_sq")


def save(
    path: Path | None,
    plan: dict[str, Any],
    network: TorchNetwork,
    optimiser: torch.optim.Optimizer,
    chunks: int,
    seconds: float,
) -> None:
    """Save a training.

    Args:
        path: The file; None: nothing is saved.
        plan: What is being done.
        network: With its weights.
        optimiser: With its moments.
        chunks: How many are done.
        seconds: Time taken so far.
    """
    if path is None:
        return
    state = {"plan": plan, "chunks": chunks, "seconds": seconds, "steps": 0.0}
    arrays: dict[str, Any] = {}
    for name in network.layout.shapes():
        weight = network.weight(name)
        arrays[f"weight/{name}"] = weight.detach().numpy()
        for moment in _MOMENTS:
            arrays[f"{moment}/{name}"] = optimiser.state[weight][moment].numpy()
        state["steps"] = float(optimiser.state[weight]["step"])
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with replacing(path) as file:
        file.write(buffer.getvalue())


def load(
    path: Path | None,
    plan: dict[str, Any],
    network: TorchNetwork,
    optimiser: torch.optim.Optimizer,
) -> tuple[int, float]:
    """Load a training if it was saved; return how many chunks are done, and the time taken.

    Args:
        path: The file.
        plan: What is to be done.
        network: Its weights are set.
        optimiser: Its moments are set.

    Raises:
        CheckpointError: The file is of another plan, or cannot be read.
    """
    if path is None or not path.exists():
        return 0, 0.0
    try:
        with np.load(path, allow_pickle=False) as arrays:
            state = json.loads(arrays["state"].tobytes())
            if state["plan"] != json.loads(json.dumps(plan)):
                msg = (
                    f"{path}: holds a training with other settings. Give the ones it began with, "
                    f"or another folder"
                )
                raise CheckpointError(msg)
            for name in network.layout.shapes():
                weight = network.weight(name)
                with torch.no_grad():
                    weight.copy_(torch.from_numpy(arrays[f"weight/{name}"]))
                optimiser.state[weight] = {
                    "step": torch.tensor(state["steps"]),
                    **{m: torch.from_numpy(arrays[f"{m}/{name}"]) for m in _MOMENTS},
                }
    except (OSError, ValueError, KeyError) as error:
        msg = f"{path}: holds no training that can be gone on with: {error}"
        raise CheckpointError(msg) from error
    return int(state["chunks"]), float(state["seconds"])
