"""Folders in the published layout, made by scikit-learn."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from bumpcast.surrogates.features import PAIR, WITH_BOSON


def events(features: int, number: int = 1500, seed: int = 3):
    """Return events with features of the size that decays have, and the class of each."""
    random = np.random.default_rng(seed)
    x = random.exponential(size=(number, features)) * np.linspace(1, 80, features)
    x[:, 5] = random.choice([5, 15, 21], number)
    seen = (x[:, 0] > 1) & (x[:, 0] < 4)
    region = random.integers(1, 5, number)
    return x.astype(np.float32), np.where(seen, region, 0)


def publish(folder: Path, name: str = "CR+2J", forest=None, protocol: int = 4, names=None):
    """Write a model and return the forest, its mean and its standard deviation."""
    if names is None:
        names = PAIR if name == "CR+2J" else [word.replace("V_", "W_") for word in WITH_BOSON]
    x, classes = events(len(names))
    mean, std = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    if forest is None:
        forest = RandomForestClassifier(20, max_depth=8, random_state=1)
    forest.fit((x - mean) / std, classes)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}_features.txt").write_text(repr(list(names)))
    np.save(folder / f"{name}_scaler_mean.npy", mean)
    np.save(folder / f"{name}_scaler_std.npy", std)
    (folder / f"{name}_model.pkl").write_bytes(pickle.dumps(forest, protocol))
    return forest, mean, std
