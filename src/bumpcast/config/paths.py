"""Relative paths in a configuration are relative to the file that wrote them."""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import Any

from bumpcast.config.keys import KeyPath
from bumpcast.config.layers import Layer
from bumpcast.config.option_paths import OPTIONS, replace_paths

_PATTERN = re.compile(r"[*?\[]")
_CLUSTER_PATHS = ("environment", "logs", "proxy", "scheduler", "tls_ca", "tls_cert", "tls_key")
_WORDS = ("default",)


def resolve_paths(values: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """Return the configuration with absolute paths.

    They are in `processor`, `datasets.*.files`, `cluster`, and in those of `options` that are a
    table with the one key `path`. A path of an override is relative to the current folder.
    Addresses (anything with '://') stay as they are; what is no text is left for the checks to
    refuse.

    Args:
        values: The configuration, rendered.
        layer: The same with its origins.
    """
    resolved = dict(values)
    processor = values.get("processor")
    if isinstance(processor, str):
        resolved["processor"] = _absolute(processor, _folder(layer, ("processor",)))
    datasets = values.get("datasets")
    if isinstance(datasets, dict):
        resolved["datasets"] = {
            name: _resolve_files(dataset, _folder(layer, ("datasets", name, "files")))
            for name, dataset in datasets.items()
        }
    options = values.get(OPTIONS)
    if isinstance(options, dict):
        resolved[OPTIONS] = replace_paths(
            options, lambda key, text: {"path": absolute_path(text, key, layer)}
        )
    cluster = values.get("cluster")
    if isinstance(cluster, dict):
        resolved["cluster"] = _resolve_cluster(cluster, layer)
    return resolved


def absolute_path(text: str, key: KeyPath, layer: Layer) -> str:
    """Return a path of a configuration as an absolute one.

    Args:
        text: The path as it was written.
        key: The key that holds it.
        layer: Says in which file the key was written.
    """
    return _absolute(text, _folder(layer, key))


def _resolve_cluster(cluster: dict[str, Any], layer: Layer) -> dict[str, Any]:
    resolved = dict(cluster)
    for key in _CLUSTER_PATHS:
        value = cluster.get(key)
        if isinstance(value, str) and value not in _WORDS:
            resolved[key] = _absolute(value, _folder(layer, ("cluster", key)))
    files = cluster.get("transfer_files")
    if isinstance(files, list):
        folder = _folder(layer, ("cluster", "transfer_files"))
        resolved["transfer_files"] = [
            _absolute(file, folder) if isinstance(file, str) else file for file in files
        ]
    return resolved


def _resolve_files(dataset: Any, folder: Path) -> Any:
    if not isinstance(dataset, dict) or not isinstance(dataset.get("files"), list):
        return dataset
    files = [
        _absolute(file, folder) if isinstance(file, str) else file for file in dataset["files"]
    ]
    return {**dataset, "files": files}


def _folder(layer: Layer, key: KeyPath) -> Path:
    origin = layer.origin_of(key)
    if origin is None or origin.source is None:
        return Path.cwd()
    return origin.source.parent


def _absolute(text: str, folder: Path) -> str:
    if "://" in text or not text:
        return text
    path = Path(text).expanduser()
    if path.is_absolute():
        return str(path)
    # Links are resolved before '..' is taken off, as the system itself would.
    folder = folder.resolve()
    # Only the user's own part of a pattern is a pattern: a folder may be called 'run[1]'.
    base = glob.escape(str(folder)) if _PATTERN.search(text) else str(folder)
    parts = [part for part in path.parts if part != "."]
    root = Path(base)
    while parts and parts[0] == "..":
        root = root.parent
        parts.pop(0)
    return str(root.joinpath(*parts))
