"""The events of a comparison, from files, and whether a model has seen them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bumpcast.surrogates.closure.errors import ClosureError
from bumpcast.surrogates.features import FEATURES
from bumpcast.surrogates.labelled import LabelledEvents, labelled
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs
from bumpcast.surrogates.model.card import SurrogateCard
from bumpcast.surrogates.reading import ReadOptions, read_decisions, read_pairs
from bumpcast.surrogates.reading.decisions import column_names

LIFETIME: Final = "ctau_m"
"""The column of lifetimes where no other is named."""


def read_samples(
    files: Sequence[Path],
    classes: Sequence[str],
    *,
    options: ReadOptions,
    decision: str = "region",
    lifetime: str | None = LIFETIME,
    features: Sequence[str] = (),
) -> LabelledEvents:
    """Read labelled events, each file a sample that is called as the file without its ending.

    Args:
        files: Tables, or anything that `read_pairs` reads with one more column.
        classes: Of the decisions, first 'not selected'.
        options: How the files are read.
        decision: The column of the search's decision.
        lifetime: The column of the mean proper decay length in m; '': none is read; None:
            `LIFETIME` where all files have that column, else lifetimes are not known.
        features: What the model reads; columns of the files' own among them are read, too.

    Raises:
        ClosureError: Two files have the same name, or some have the column `LIFETIME` and some not.
        SurrogateError: A file cannot be read, or lacks something.
    """
    names: dict[str, Path] = {}
    for file in files:
        other = names.setdefault(sample_of(file), file)
        if other is not file:
            msg = (
                f"{other} and {file} would both be the sample {sample_of(file)!r}: each file is a "
                "sample of its own, and is called as the file"
            )
            raise ClosureError(msg)
    column = _common_lifetime(files, options) if lifetime is None else lifetime
    own = [name for name in features if name not in FEATURES]
    wanted = tuple(dict.fromkeys([*options.more, *own, *([column] if column else [])]))
    parts: list[tuple[str, LlpPairs, Integers, Floats | None]] = []
    for file in files:
        pairs = read_pairs(file, replace(options, more=wanted))
        decided = read_decisions(file, decision, classes, tree=options.tree)
        parts.append((sample_of(file), pairs, decided, pairs.more[column] if column else None))
    return labelled(parts)


def sample_of(file: Path) -> str:
    """Return what a file's sample is called."""
    return file.name.split(".")[0]


def trained_on(card: SurrogateCard, files: Sequence[Path]) -> list[str]:
    """Return what is to be said of files that a surrogate was trained on; empty if there are none.

    A file was trained on if its digest is on the card.

    Args:
        card: Of the surrogate.
        files: What it is compared on.
    """
    known = set((card.training.get("files") or {}).values())
    seen = [str(file) for file in files if file.is_file() and digest_of(file) in known]
    if not seen:
        return []
    return [
        f"{card.name} was trained on {', '.join(seen)}: what is off there is less than for events "
        "that it has not seen"
    ]


def _common_lifetime(files: Sequence[Path], options: ReadOptions) -> str | None:
    having = [LIFETIME in column_names(file, tree=options.tree) for file in files]
    if any(having) and not all(having):
        msg = (
            f"{files[having.index(True)]} has a column {LIFETIME}, and "
            f"{files[having.index(False)]} has none: name the lifetimes' column of all files, or "
            "compare them one after the other"
        )
        raise ClosureError(msg)
    return LIFETIME if having and all(having) else None


def digest_of(file: Path) -> str:
    """Return the sha256 of a file's bytes, as a card has it of what was trained on."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
