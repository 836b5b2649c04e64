"""A published model as a surrogate's folder: ONNX and a card, without a pickle."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.surrogates.features import FEATURES
from bumpcast.surrogates.model.card import (
    DomainCard,
    FeatureCard,
    Scaling,
    SurrogateCard,
)
from bumpcast.surrogates.model.engines import OnnxEngine
from bumpcast.surrogates.model.folder import model_file, write_folder
from bumpcast.surrogates.model.onnx_file import onnx_of
from bumpcast.surrogates.published.errors import PublishedModelError
from bumpcast.surrogates.published.published_model import PublishedModel

ONNX: Final = "model.onnx"
REFERENCE: Final = "arXiv:2502.10231"

UNCERTAINTY: Final = 0.25
"""What arXiv:2502.10231 gives an efficiency of its models."""

SELECTIONS: Final = ("CR+2J", "WALP", "WHS_highET", "WHS_lowET", "ZHS_highET", "ZHS_lowET")
"""The selections of the search that models are published of."""

_MEAN_LXY_M: Final = (0.25, 16.0)
_MEAN_LZ_M: Final = (0.55, 28.0)
"""A sample's mean decay positions that the published code does not warn of."""

_EVENTS: Final = 500
_SAME: Final = 1e-6


def card_of(model: PublishedModel, data: bytes, uncertainty: float = UNCERTAINTY) -> SurrogateCard:
    """Return the card of a published model.

    Args:
        model: The model.
        data: It as ONNX.
        uncertainty: Relative uncertainty of every efficiency.
    """
    known = model.name in SELECTIONS
    domain = DomainCard()
    if known:
        domain = DomainCard(
            mean_lxy_m=_MEAN_LXY_M,
            mean_lz_m=_MEAN_LZ_M,
            source=f"what the code of {REFERENCE} warns of; ranges of the training are not known",
        )
    given = uncertainty == UNCERTAINTY
    return SurrogateCard(
        name=model.name,
        description=f"Taken over from a published model of {model.estimator} by bumpcast.",
        reference=REFERENCE if known else "",
        classes=list(model.classes),
        features=[
            FeatureCard(name=name, unit=FEATURES[name].unit, meaning=FEATURES[name].meaning)
            for name in model.features
        ],
        scaling=Scaling(mean=model.mean.tolist(), std=model.std.tolist()),
        files=[model_file("onnx", ONNX, data)],
        uncertainty=dict.fromkeys(model.classes[1:], uncertainty),
        uncertainty_source=REFERENCE if given else "said on taking the model over",
        domain=domain,
        training={
            "estimator": model.estimator,
            "trees": len(model.trees),
            "nodes": model.trees.nodes,
            "labels": list(model.labels),
            "features_as_published": list(model.features_written),
            "sha256_as_published": dict(model.digests),
        },
        versions={
            "scikit-learn": model.scikit_learn or "not known",
            "bumpcast": version("bumpcast"),
            "onnx": version("onnx"),
        },
    )


def onnx_of_published(model: PublishedModel) -> bytes:
    """Return a published model as ONNX, whose input is the features as they are, not scaled.

    Args:
        model: The model.

    Raises:
        PublishedModelError: ONNX Runtime gives other probabilities than the forest.
    """
    data = onnx_of(
        model.trees,
        features=model.features,
        classes=model.classes,
        softmax=False,
        scale_mean=model.mean,
        scale_std=model.std,
        metadata={"name": model.name},
    )
    events = np.random.default_rng(1).normal(size=(_EVENTS, len(model.features)))
    x = (model.mean + model.std * events).astype(np.float32)
    expected = model.trees.evaluate(((x - model.mean) / model.std).astype(np.float32))
    engine = OnnxEngine(data, ONNX, len(model.classes), model.features, 1)
    most = float(np.abs(engine.probabilities(x) - expected).max())
    if not most < _SAME:
        msg = f"{model.name}: as ONNX its probabilities differ by {most:.2g}; it was not written"
        raise PublishedModelError(msg)
    return data


def write_published(
    model: PublishedModel, folder: Path, uncertainty: float = UNCERTAINTY
) -> SurrogateCard:
    """Write a published model as a surrogate's folder.

    Args:
        model: The model.
        folder: Made if it is not there.
        uncertainty: Relative uncertainty of every efficiency.

    Returns:
        The card that was written.

    Raises:
        PublishedModelError: The ONNX file would not give what the forest gives.
        DiskError: Writing failed.
    """
    data = onnx_of_published(model)
    card = card_of(model, data, uncertainty)
    write_folder(folder, card, {ONNX: data})
    return card
