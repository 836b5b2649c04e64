"""A surrogate on disk: a folder with its card and the files that the card names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from bumpcast.diskio import write_atomically
from bumpcast.surrogates.model.card import CARD, CardError, ModelFile, SurrogateCard, read_card
from bumpcast.surrogates.model.engines import ModelFileError

Kind = Literal["xgboost", "onnx"]


def model_file(kind: Kind, name: str, data: bytes) -> ModelFile:
    """Return a card's entry of a file.

    Args:
        kind: What reads it.
        name: Its name in the folder.
        data: Its bytes.
    """
    return ModelFile(kind=kind, file=name, sha256=hashlib.sha256(data).hexdigest())


def write_folder(folder: Path, card: SurrogateCard, files: Mapping[str, bytes]) -> None:
    """Write a surrogate; its card last, so that what there is of it is whole.

    Args:
        folder: Made if it is not there; files of the same names are replaced.
        card: It names the files.
        files: Their bytes by name.

    Raises:
        DiskError: The disk is full, or writing failed otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Of an older model whose files are about to go.
    (folder / CARD).unlink(missing_ok=True)
    for name, data in files.items():
        write_atomically(folder / name, data)
    write_atomically(folder / CARD, card.as_json().encode())


def read_folder(folder: Path, kind: Kind | None = None) -> tuple[SurrogateCard, ModelFile, bytes]:
    """Read a surrogate's card and one of its files.

    Args:
        folder: The surrogate.
        kind: Which of its files; None: the first that the card names.

    Returns:
        The card, its entry of the file, and the file's bytes, whose digest is the card's.

    Raises:
        CardError: There is no card, it is wrong, or it names no such file.
        ModelFileError: The file cannot be read, or is another one than the card is of.
    """
    card = read_card(folder)
    of_kind = [file for file in card.files if kind is None or file.kind == kind]
    if not of_kind:
        known = ", ".join(file.kind for file in card.files)
        msg = f"{folder / CARD}: names no {kind} file, but {known}"
        raise CardError(msg)
    path = folder / of_kind[0].file
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}), and the card {CARD} names it"
        raise ModelFileError(msg) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != of_kind[0].sha256:
        msg = (
            f"{path}: is not the file that its card {CARD} is of: sha256 {digest[:12]}..., and the "
            f"card says {of_kind[0].sha256[:12]}...; use the files that were published together"
        )
        raise ModelFileError(msg)
    return card, of_kind[0], data
