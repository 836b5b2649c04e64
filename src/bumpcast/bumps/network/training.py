"""Training of the network with PyTorch, on histograms that are drawn as it goes."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from bumpcast.bumps.network import checkpoints
from bumpcast.bumps.network.batching import Batch, pad
from bumpcast.bumps.network.features import Features, features
from bumpcast.bumps.network.layout import Layout
from bumpcast.bumps.network.measures import Measures, measures
from bumpcast.bumps.network.network import EVENTS_A_SIGMA
from bumpcast.bumps.network.torch_model import TorchNetwork
from bumpcast.bumps.synthetic import Curves, Histograms, Recipe, draw

log = logging.getLogger(__name__)

_WEIGHT_DECAY: Final = 1e-4
_LARGEST_GRADIENT: Final = 1.0
_FARTHEST: Final = 10.0
_OUTLIER: Final = 10.0
"""Errors beyond count linearly. Smaller ones count squared, so that of a histogram that may have a
signal or none the mean of both is read."""

_PEAK_WEIGHT: Final = 2.0
_BACKGROUND_WEIGHT: Final = 0.1
_ALARM: Final = 4.0
_ALARM_WEIGHT: Final = 12.0
"""Of what is read beyond _ALARM where there is no signal."""

_WARM_UP: Final = 0.02


TRAINING_RECIPE: Final = Recipe(
    bins=(12, 110),
    entries=(3.0, 100_000.0),
    widths_bins=(1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0),
    sum_share=0.25,
    smoothed_share=0.25,
)
"""More of everything than the reference's test sample has, so that its borders are inside."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training does; the same plan gives the same network on the same machine.

    Attributes:
        seed: Of histograms, weights and order.
        recipe: Of the histograms to train with.
        layout: Of the network.
        chunks: How many chunks of histograms are drawn.
        chunk: Histograms in one.
        passes: How often each is used.
        batch: Histograms that a step looks at.
        learning_rate: The highest; it rises in the first steps and falls to nothing as a cosine.
        validation: Histograms of functions, with the reference's recipe, that it is judged by.
    """

    seed: int = 1
    recipe: Recipe = TRAINING_RECIPE
    layout: Layout = field(default_factory=Layout)
    chunks: int = 36
    chunk: int = 16384
    passes: int = 3
    batch: int = 128
    learning_rate: float = 2e-3
    validation: int = 10000

    def as_json(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers."""
        plain = asdict(self)
        return plain | {"recipe": self.recipe.as_json(), "layout": self.layout.as_json()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Plan:
        """Return the plan of what as_json returned."""
        recipe = Recipe.from_json(values["recipe"])
        return cls(**values | {"recipe": recipe, "layout": Layout.from_json(values["layout"])})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is.

    Attributes:
        chunk: Chunks that are done.
        chunks: Of how many.
        loss: Of the last chunk.
        seconds: Time taken, over all runs of this training.
        validation: Figures of the network as it is.
    """

    chunk: int
    chunks: int
    loss: float
    seconds: float
    validation: Measures | None


def train(
    plan: Plan,
    *,
    checkpoint: Path | None = None,
    curves: Curves | None = None,
    tell: Callable[[Progress], None] = lambda progress: None,
    validate_every: int = 4,
    threads: int = 1,
    most_seconds: float = math.inf,
) -> tuple[dict[str, npt.NDArray[np.float32]], Progress]:
    """Train a network, or go on with a training.

    Args:
        plan: What to do.
        checkpoint: Where the training is saved after every chunk; if it is there, it goes on.
        curves: Fitted to spectra; needed where the recipe has smoothed spectra.
        tell: Called after every chunk.
        validate_every: So many chunks are between two validations.
        threads: Of PyTorch.
        most_seconds: It stops after the first chunk that ends later; go on with the checkpoint.

    Returns:
        The weights by name, and how far it came.

    Raises:
        RecipeError: The recipe has smoothed spectra, but there is no curve.
        CheckpointError: The checkpoint is of another plan.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    network = TorchNetwork(plan.layout)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=plan.learning_rate, weight_decay=_WEIGHT_DECAY
    )
    done, before = checkpoints.load(checkpoint, plan.as_json(), network, optimiser)
    begun = time.perf_counter()
    progress = Progress(done, plan.chunks, math.nan, before, None)
    judged = _validation(plan)
    for chunk in range(done, plan.chunks):
        drawn = draw(
            plan.recipe, plan.seed, "train", plan.chunk, first=chunk * plan.chunk, curves=curves
        )
        loss = _one_chunk(plan, chunk, network, optimiser, drawn)
        last = chunk + 1 == plan.chunks
        found = None
        if last or (chunk + 1) % validate_every == 0:
            found = measures(judged[0], read_all(network, judged[0], judged[1]))
        seconds = before + time.perf_counter() - begun
        progress = Progress(chunk + 1, plan.chunks, loss, seconds, found)
        tell(progress)
        checkpoints.save(checkpoint, plan.as_json(), network, optimiser, chunk + 1, seconds)
        if seconds - before > most_seconds:
            break
    return weights_of(network), progress


def weights_of(network: TorchNetwork) -> dict[str, npt.NDArray[np.float32]]:
    """Return a network's weights by the names of its layout."""
    return {name: network.weight(name).detach().numpy().copy() for name in network.layout.shapes()}


def _validation(plan: Plan) -> tuple[Histograms, Features]:
    histograms = draw(Recipe(), plan.seed, "validation", plan.validation)
    return histograms, features(histograms.offsets, histograms.counts)


def read_all(
    network: TorchNetwork, histograms: Histograms, known: Features
) -> npt.NDArray[np.float64]:
    """Return z of all bins, as the network in PyTorch reads it; NaN where it says nothing."""
    z = np.full(len(histograms.counts), np.nan)
    network.eval()
    with torch.no_grad():
        for begin in range(0, len(histograms), 256):
            chosen = np.arange(begin, min(begin + 256, len(histograms)))
            batch = pad(known, histograms.offsets, chosen)
            found, _ = network(*_tensors(batch))
            there = batch.place >= 0
            z[batch.place[there]] = found.numpy()[there]
    network.train()
    return z


def _tensors(batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return (
        torch.from_numpy(batch.bins),
        torch.from_numpy(batch.histograms),
        torch.from_numpy(batch.mask),
    )


def _one_chunk(
    plan: Plan,
    chunk: int,
    network: TorchNetwork,
    optimiser: torch.optim.Optimizer,
    drawn: Histograms,
) -> float:
    """Train with a chunk's histograms; return the mean loss."""
    known = features(drawn.offsets, drawn.counts)
    background = drawn.centre < 0
    events = np.exp(np.where(known.usable, known.log_background, 0.0))
    shift = (np.log(drawn.background) - np.log(events)) * np.sqrt(EVENTS_A_SIGMA * (events + 1.0))
    shift = np.clip(shift, -_FARTHEST, _FARTHEST)
    random = np.random.default_rng([plan.seed, chunk])
    steps_a_pass = math.ceil(plan.chunk / plan.batch)
    steps = steps_a_pass * plan.passes
    total = 0.0
    for done, chosen in enumerate(_order(plan, np.diff(drawn.offsets), random)):
        rate = _rate(plan, (chunk * steps + done) / (plan.chunks * steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = pad(known, drawn.offsets, chosen)
        there = np.maximum(batch.place, 0)
        target = torch.from_numpy(drawn.z[there].astype(np.float32))
        target_shift = torch.from_numpy(shift[there].astype(np.float32))
        alone = torch.from_numpy(background[chosen])
        z, moved = network(*_tensors(batch))
        loss = _loss(z, moved, target, target_shift, torch.from_numpy(batch.mask[:, 0]), alone)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        optimiser.step()
        total += float(loss.detach())
    return total / steps


def _order(
    plan: Plan, lengths: npt.NDArray[np.int64], random: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Return batches of similar length, in random order, for all passes."""
    batches = []
    for _ in range(plan.passes):
        shuffled = random.permutation(len(lengths))
        # Neighbours in length, so that little is padded; which of them come together is random.
        ordered = shuffled[np.argsort(lengths[shuffled], kind="stable")]
        cut = [ordered[k : k + plan.batch] for k in range(0, len(ordered), plan.batch)]
        batches += [cut[k] for k in random.permutation(len(cut))]
    return batches


def _rate(plan: Plan, share: float) -> float:
    rise = min(1.0, (share + 1e-4) / _WARM_UP)
    return plan.learning_rate * rise * 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))


def _loss(
    z: torch.Tensor,
    shift: torch.Tensor,
    target: torch.Tensor,
    target_shift: torch.Tensor,
    mask: torch.Tensor,
    background: torch.Tensor,
) -> torch.Tensor:
    """Return what is to be small: errors in every bin, of the largest z, and false alarms."""
    number = mask.sum().clamp(min=1.0)
    each = torch.nn.functional.huber_loss(z, target, reduction="none", delta=_OUTLIER)
    moved = torch.nn.functional.huber_loss(shift, target_shift, reduction="none", delta=1.0)
    hidden = (mask - 1.0) * 1e4
    largest, true = (z + hidden).amax(1), (target + hidden).amax(1)
    peak = torch.nn.functional.huber_loss(largest, true, delta=_OUTLIER)
    alarm = ((largest - _ALARM).clamp(min=0.0, max=_FARTHEST) * background).mean()
    return (
        (each * mask).sum() / number
        + _BACKGROUND_WEIGHT * (moved * mask).sum() / number
        + _PEAK_WEIGHT * peak
        + _ALARM_WEIGHT * alarm
    )
