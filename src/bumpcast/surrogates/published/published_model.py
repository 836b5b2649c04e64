"""A model as it is published: four files in a folder, which holds one model a selection."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.llps import Floats
from bumpcast.surrogates.model.card import NOT_SELECTED
from bumpcast.surrogates.model.trees import Trees
from bumpcast.surrogates.published.errors import PickleRefusedError, PublishedModelError
from bumpcast.surrogates.published.feature_list import read_feature_list
from bumpcast.surrogates.published.forest import trees_of_forest
from bumpcast.surrogates.published.pickle_reading import ForestRecord, read_forest
from bumpcast.surrogates.published.scaler import read_mean, read_std

FEATURES: Final = "_features.txt"
MEAN: Final = "_scaler_mean.npy"
STD: Final = "_scaler_std.npy"
MODEL: Final = "_model.pkl"

REGIONS: Final = (NOT_SELECTED, "A", "B", "C", "D")
"""The classes of the published models, in their order (arXiv:2502.10231)."""


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A published model, read.

    Attributes:
        name: The selection.
        features: What it reads, by our names, in its order.
        features_written: The same as its file writes them.
        mean: What is subtracted from features; (features,).
        std: What they are divided by after that; (features,).
        trees: A forest that gives probabilities of the classes.
        classes: The classes, first 'not selected'.
        labels: What the training called them.
        estimator: The class of scikit-learn.
        scikit_learn: The version that pickled it; '' if it does not say.
        digests: Each file's name and SHA-256.
    """

    name: str
    features: tuple[str, ...]
    features_written: tuple[str, ...]
    mean: Floats
    std: Floats
    trees: Trees
    classes: tuple[str, ...]
    labels: tuple[str, ...]
    estimator: str
    scikit_learn: str
    digests: Mapping[str, str]


def selections_of(folder: Path) -> list[str]:
    """Return the selections that a folder has models of.

    Args:
        folder: The folder.

    Raises:
        PublishedModelError: It cannot be read, or has none.
    """
    try:
        found = sorted(path.name.removesuffix(FEATURES) for path in folder.glob(f"?*{FEATURES}"))
        there = folder.is_dir()
    except OSError as error:
        msg = f"{folder}: cannot be read: {error.strerror}"
        raise PublishedModelError(msg) from error
    if not found:
        what = "has no file" if there else "is no folder; one is expected with a file"
        msg = (
            f"{folder}: {what} NAME{FEATURES}; a published model is four files: NAME{FEATURES}, "
            f"NAME{MEAN}, NAME{STD}, NAME{MODEL}"
        )
        raise PublishedModelError(msg)
    return found


def read_published(
    folder: Path,
    selection: str | None = None,
    *,
    trust_pickle: bool,
    classes: Sequence[str] | None = None,
) -> PublishedModel:
    """Read a published model.

    Args:
        folder: Where its files are.
        selection: Of which selection; None: the only one.
        trust_pickle: Whether its pickle may be read, by a process that runs nothing of it. If not,
            it is not even opened.
        classes: The classes' names in the order of the probabilities; None: those of the published
            models, 'not selected', A, B, C and D.

    Raises:
        PublishedModelError: There is no such model, or its parts do not fit each other.
        FeatureListError: The list of features is something else, or names one that is not known.
        ScalerError: An array of the scaling is something else.
        PickleRefusedError: The model is a pickle, and ``trust_pickle`` is not set.
        PickleContentError: The pickle holds something else than a forest.
        TreesError: The forest's nodes lead astray.
    """
    name = _selection(folder, selection)
    paths = {suffix: folder / f"{name}{suffix}" for suffix in (FEATURES, MEAN, STD, MODEL)}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        msg = f"{folder}: a model of {name!r} needs {', '.join(missing)}, which is not there"
        raise PublishedModelError(msg)
    written, features = read_feature_list(paths[FEATURES])
    mean, std = read_mean(paths[MEAN], features), read_std(paths[STD], features)
    model = paths[MODEL]
    if not trust_pickle:
        raise PickleRefusedError(_refusal(model))
    data = _bytes(model)
    forest = read_forest(data, str(model))
    trees = trees_of_forest(forest, str(model))
    if trees.features != len(features):
        msg = (
            f"{model}: its trees read {trees.features} features, and {paths[FEATURES].name} names "
            f"{len(features)}: {', '.join(written)}"
        )
        raise PublishedModelError(msg)
    digests = {path.name: hashlib.sha256(_bytes(path)).hexdigest() for path in paths.values()}
    digests[model.name] = hashlib.sha256(data).hexdigest()
    return PublishedModel(
        name=name,
        features=features,
        features_written=written,
        mean=mean,
        std=std,
        trees=trees,
        classes=_classes(forest, classes, model),
        labels=tuple(str(label) for label in forest.labels),
        estimator=forest.estimator,
        scikit_learn=forest.scikit_learn,
        digests=digests,
    )


def _selection(folder: Path, asked: str | None) -> str:
    found = selections_of(folder)
    if asked is None:
        if len(found) > 1:
            msg = f"{folder}: has models of {', '.join(found)}; say which (--selection NAME)"
            raise PublishedModelError(msg)
        return found[0]
    if asked not in found:
        msg = f"{folder}: has no model of {asked!r}. {did_you_mean(asked, found)}"
        raise PublishedModelError(msg)
    return asked


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise PublishedModelError(msg) from error


def _refusal(path: Path) -> str:
    return (
        f"{path}: is a pickle, and was not opened: a pickle is a programme, which can do whatever "
        f"your account can as soon as Python loads it. With --trust-pickle it is converted once, "
        f"and never loaded as such: a process of its own, with no packages, files, environment or "
        f"network to call upon, notes down the arrays of a scikit-learn forest, and whatever else "
        f"the pickle asks for is an error instead of being run. Even so, take it only from where "
        f"you would take a programme; if its authors offer ONNX or XGBoost's JSON, use that"
    )


def _classes(forest: ForestRecord, asked: Sequence[str] | None, path: Path) -> tuple[str, ...]:
    """Return the classes' names, after a look at what the training called them."""
    labels = forest.labels
    if labels.ndim != 1 or not len(labels):
        msg = f"{path}: its classes' labels are an array of shape {labels.shape}"
        raise PublishedModelError(msg)
    shown = ", ".join(str(label) for label in labels)
    if asked is None:
        # A forest's classes are in the order of their labels: numbers that count the regions.
        counted = labels.dtype.kind in "iuf" and labels.tolist() == list(range(len(labels)))
        if not (counted and len(labels) == len(REGIONS)):
            msg = (
                f"{path}: its classes are {shown}, and not 0 to {len(REGIONS) - 1} for "
                f"{', '.join(REGIONS)}; name them in this order (--classes)"
            )
            raise PublishedModelError(msg)
        return REGIONS
    if len(asked) != len(labels) or len(set(asked)) < len(asked) or asked[0] != NOT_SELECTED:
        msg = (
            f"{path}: the classes {shown} cannot be called {', '.join(asked)}: that takes "
            f"{len(labels)} different names, of which the first is {NOT_SELECTED!r}"
        )
        raise PublishedModelError(msg)
    return tuple(asked)
