"""A fingerprint of what a configuration asks for."""

from __future__ import annotations

import hashlib
import json

from bumpcast.config.analysis import Analysis
from bumpcast.config.scan import READING_KEYS

_RUN_KEYS = ("max_events", "bad_events")


def analysis_digest(analysis: Analysis) -> str:
    """Return the SHA-256 digest of everything that can change what is filled, in hexadecimal.

    Two configurations with one digest fill the same histograms from the same files. Left out are
    the keys of [scan] that say which histograms are kept (`min_events`, `min_bins` and
    `min_events_per_bin`), which are applied when results are read; [bumps], by which they are
    searched; the data sets' labels, which only plots show; [cluster]; and of [run] all but
    `max_events` and `bad_events`. The order of tables and keys does not matter, that of lists does.

    Args:
        analysis: The configuration; its absolute paths count.
    """
    values = analysis.model_dump(mode="json")
    if values["scan"] is not None:
        for key in READING_KEYS:
            del values["scan"][key]
    del values["cluster"], values["bumps"]
    values["run"] = {key: values["run"][key] for key in _RUN_KEYS}
    for dataset in values["datasets"].values():
        del dataset["label"]
    # inf and nan become the tokens Infinity and NaN: not JSON, but distinct and stable.
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
