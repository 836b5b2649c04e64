"""Arrays of two particles an event, as `llprecasting` and others exchange them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.llps import Booleans, Floats, LlpPairs
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError
from bumpcast.surrogates.reading.options import ReadOptions

ORDER: Final = ("pT", "eta", "px", "py", "pz", "m", "|pdgId| of the decay")
"""What the seven numbers of a particle are."""

AGREEMENT: Final = 1e-3
"""So much of the momentum may pT and eta differ from what px, py and pz give."""


class ArrayFile:
    """A .npy file of one array, or a .npz file of several.

    Args:
        path: The file.

    Raises:
        LlpFileError: It cannot be read, or holds Python objects, which are not read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            loaded = np.load(path, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                self.arrays: dict[str, npt.NDArray[Any]] = {"": loaded}
            else:
                with loaded:
                    self.arrays = {name: loaded[name] for name in loaded.files}
        except (OSError, ValueError, EOFError) as error:
            msg = f"{path} cannot be read: {error}"
            raise LlpFileError(msg) from error

    @property
    def names(self) -> Sequence[str]:
        """Of the arrays of one value an event."""
        return [name for name, array in self.arrays.items() if name and array.ndim == 1]

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return arrays of one value an event."""
        return {name: self.arrays[name] for name in names}

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return an array as texts or numbers, None where it is NaN."""
        values = self.arrays[name].tolist()
        return np.array([None if value != value else value for value in values], object)


def pairs_of_arrays(file: ArrayFile, options: ReadOptions, where: str) -> LlpPairs:
    """Return the events of an array (events, 2, 7), in the file's units and not yet checked.

    Args:
        file: Of a .npz file, the array of that shape is taken; ``weight`` of shape (events,) may
            stand beside it. One particle an event, in shape (events, 1, 7) or with seven NaN in the
            second place, is taken for both. It is not known where they decay.
        options: How they are read.
        where: The file, for messages.

    Raises:
        LlpFileError: There is no such array, or more than one.
        LlpColumnError: pT and eta are not what px, py and pz give, so that the order must be
            another one.
    """
    array = _array(file, where)
    copied: Booleans = np.ones(len(array), np.bool_)
    if array.shape[1] == 2:
        copied = np.asarray(np.isnan(array[:, 1]).all(axis=1))
    particles = np.repeat(array[:, :1], 2, axis=1) if array.shape[1] == 1 else array.copy()
    particles[copied, 1] = particles[copied, 0]
    pt, eta, px, py, pz, mass, child = (particles[..., column] for column in range(7))
    _check_order(pt, eta, px, py, pz, where)
    if options.boson:
        msg = f"{where}: arrays do not name a W or Z boson, which is wanted; a table may"
        raise LlpColumnError(msg)
    if options.child is not None:
        child = np.where(np.isnan(child), options.child, child)
    wrong = ~(np.trunc(child) == child)
    if wrong.any():
        event, llp = (int(index) for index in np.argwhere(wrong)[0])
        msg = f"{where}: {child[event, llp]:g} is no PDG number (event {event}, LLP {llp + 1})"
        raise LlpColumnError(msg)
    return LlpPairs(
        pt=pt,
        eta=eta,
        mass=mass,
        child=np.abs(child).astype(np.int64),
        weight=_column(file, "weight", len(array), where)
        if "weight" in file.names
        else np.ones(len(array)),
        copied=copied,
        more={name: _column(file, name, len(array), where) for name in options.more},
    )


def _array(file: ArrayFile, where: str) -> Floats:
    fitting = {
        name: array
        for name, array in file.arrays.items()
        if array.ndim == 3 and array.shape[1] in (1, 2) and array.shape[2] == 7
    }
    if len(fitting) != 1:
        found = ", ".join(
            f"{name} {array.shape}".strip() for name, array in (fitting or file.arrays).items()
        )
        msg = (
            f"{where}: {'several arrays fit' if fitting else 'no array fits'} ({found}); one of "
            f"shape (events, 2, 7) is expected: {', '.join(ORDER)}"
        )
        raise LlpFileError(msg)
    (array,) = fitting.values()
    if array.dtype.kind not in "fiu":
        msg = f"{where}: values of type {array.dtype}, where numbers are expected"
        raise LlpColumnError(msg)
    return array.astype(np.float64)


def _check_order(pt: Floats, eta: Floats, px: Floats, py: Floats, pz: Floats, where: str) -> None:
    transverse = np.hypot(px, py)
    momentum = np.hypot(transverse, pz)
    with np.errstate(over="ignore", invalid="ignore"):
        along = pt * np.sinh(eta)
        differs = (
            (np.abs(pt - transverse) > AGREEMENT * momentum),
            (np.abs(along - pz) > AGREEMENT * momentum),
        )
    for wrong, said, given in zip(
        differs,
        ("pT is {:g}, but px and py give {:g}", "pT and eta give pz = {:g}, but it is {:g}"),
        ((pt, transverse), (along, pz)),
        strict=True,
    ):
        if wrong.any():
            event, llp = (int(index) for index in np.argwhere(wrong)[0])
            numbers = said.format(*(values[event, llp] for values in given))
            msg = (
                f"{where}: in event {event}, LLP {llp + 1}, {numbers}; the order of the numbers is "
                f"{', '.join(ORDER)}"
            )
            raise LlpColumnError(msg)


def _column(file: ArrayFile, name: str, events: int, where: str) -> Floats:
    if name not in file.names:
        msg = f"{where}: there is no array {name!r}. {did_you_mean(name, file.names)}"
        raise LlpColumnError(msg)
    values = file.arrays[name]
    if values.shape != (events,) or values.dtype.kind not in "fiu":
        msg = (
            f"{where}, array {name}: shape {values.shape} of type {values.dtype}, where {events} "
            "numbers are expected"
        )
        raise LlpColumnError(msg)
    return values.astype(np.float64)
