"""The network in PyTorch, for training alone."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from bumpcast.bumps.network.fits.columns import OTHER_Z
from bumpcast.bumps.network.layout import (
    FARTHEST,
    HIDDEN,
    LEAST_Z,
    MOST_Z,
    NEAR,
    SEEN_Z,
    Layout,
)


class TorchNetwork(nn.Module):
    """What ONNX's graph of the same layout does, see `graph.py`."""

    def __init__(self, layout: Layout) -> None:
        """Make a network whose weights are random; its correction begins at nothing."""
        super().__init__()
        self.layout = layout
        self.weights = nn.ParameterDict()
        for name, shape in layout.shapes().items():
            weight = torch.zeros(shape)
            if not name.endswith("bias"):
                inputs = math.prod(shape[1:])
                small = 0.01 if name == "heads.weight" else 1.0
                weight = torch.randn(shape) * small * math.sqrt(1.0 / inputs)
            if name == "heads.bias":
                weight[0] = 4.0
            self.weights[name.replace(".", "_")] = nn.Parameter(weight)

    def weight(self, name: str) -> Tensor:
        """Return the weights of a name of the layout."""
        found: Tensor = self.weights[name.replace(".", "_")]
        return found

    def forward(self, bins: Tensor, histograms: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return z and by how many sigma the background differs from the average one.

        Args:
            bins: Features, shape (histograms, features, bins).
            histograms: Features, shape (histograms, features).
            mask: 1 where a bin is, else 0; shape (histograms, 1, bins).
        """
        z = bins[:, :1].clamp(LEAST_Z, MOST_Z)
        apart = bins[:, 1 : 1 + OTHER_Z] - z
        limited = apart.clamp(-FARTHEST, FARTHEST)
        seen = torch.cat(
            [
                z.clamp(max=SEEN_Z) * 0.2,
                apart.clamp(-NEAR, NEAR) * (1 / 3),
                apart.tanh(),
                bins[:, 1 + OTHER_Z :],
            ],
            1,
        )
        whole = functional.linear(histograms, self.weight("histogram.weight"))
        state = functional.conv1d(seen, self.weight("bins.weight"), self.weight("bins.bias"))
        state = functional.relu(state + whole[:, :, None]) * mask
        number = mask.sum(2).clamp(min=1.0)
        for k, dilation in enumerate(self.layout.dilations):
            mean = state.sum(2) / number
            largest = (state + (1 - mask) * HIDDEN).amax(2)
            told = functional.linear(
                torch.cat([mean, largest], 1), self.weight(f"layer{k}.context")
            )
            change = functional.conv1d(
                state,
                self.weight(f"layer{k}.weight"),
                self.weight(f"layer{k}.bias"),
                padding=dilation * (self.layout.kernel // 2),
                dilation=dilation,
            )
            state = (state + functional.relu(change + told[:, :, None])) * mask
        last = functional.relu(
            functional.conv1d(state, self.weight("last.weight"), self.weight("last.bias"))
        )
        heads = functional.conv1d(last, self.weight("heads.weight"), self.weight("heads.bias"))
        gates = heads[:, : OTHER_Z + 1].softmax(1)
        mixed = z[:, 0] + (gates[:, 1:] * limited).sum(1)
        return mixed + heads[:, OTHER_Z + 1], heads[:, OTHER_Z + 2]
