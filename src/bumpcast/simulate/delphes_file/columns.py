"""Which branches a collection has in a Delphes file, and of which types.

The names and types are those of files that Delphes 3.5 wrote. Not stored are ROOT's own members
(fUniqueID, fBits), references to other objects, and four-vector objects: what is wanted of a
groomed jet's four-vector is written as plain columns, such as SoftDroppedMass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.simulate.events import Collection

_INT, _UNSIGNED, _LONG, _DOUBLE, _FLOAT = "int32", "uint32", "int64", "float64", "float32"


class CollectionError(BumpcastError):
    """A collection does not fit a Delphes file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a collection's branches are.

    Attributes:
        types: Branches that Delphes has, in its order, and their types; one with a number in
            brackets holds so many values an object.
        needed: Those without which coffea or this project cannot read the collection.
    """

    types: Mapping[str, str]
    needed: tuple[str, ...]


_MOMENTUM = dict.fromkeys(("PT", "Eta", "Phi"), _FLOAT)
_ISOLATION = dict.fromkeys(
    (
        "IsolationVar",
        "IsolationVarRhoCorr",
        "SumPtCharged",
        "SumPtNeutral",
        "SumPtChargedPU",
        "SumPt",
    ),
    _FLOAT,
)
_IMPACT = dict.fromkeys(("D0", "DZ", "ErrorD0", "ErrorDZ"), _FLOAT)

_EVENT = Kind(
    {
        "Number": _LONG,
        **dict.fromkeys(("ReadTime", "ProcTime"), _FLOAT),
        **dict.fromkeys(("ProcessID", "MPI"), _INT),
        **dict.fromkeys(
            ("Weight", "CrossSection", "CrossSectionError", "Scale", "AlphaQED", "AlphaQCD"), _FLOAT
        ),
        **dict.fromkeys(("ID1", "ID2"), _INT),
        **dict.fromkeys(("X1", "X2", "ScalePDF", "PDF1", "PDF2"), _FLOAT),
    },
    ("Number", "Weight"),
)
_WEIGHT = Kind({"Weight": _FLOAT}, ("Weight",))
_PARTICLE = Kind(
    {
        **dict.fromkeys(
            ("PID", "Status", "IsPU", "M1", "M2", "D1", "D2", "Charge"),
            _INT,
        ),
        **dict.fromkeys(("Mass", "E", "Px", "Py", "Pz", "P"), _FLOAT),
        **_MOMENTUM,
        **dict.fromkeys(("Rapidity", "T", "X", "Y", "Z"), _FLOAT),
    },
    ("PID", "Status", "M1", "M2", "D1", "D2", "PT", "Eta", "Phi", "Mass"),
)
_JET = Kind(
    {
        **_MOMENTUM,
        **dict.fromkeys(("T", "Mass", "DeltaEta", "DeltaPhi"), _FLOAT),
        **dict.fromkeys(
            (
                *("Flavor", "FlavorAlgo", "FlavorPhys", "TauFlavor"),
                *("BTag", "BTagAlgo", "BTagPhys", "TauTag"),
            ),
            _UNSIGNED,
        ),
        "TauWeight": _FLOAT,
        "Charge": _INT,
        "EhadOverEem": _FLOAT,
        "NCharged": _INT,
        "NNeutrals": _INT,
        **dict.fromkeys(("NeutralEnergyFraction", "ChargedEnergyFraction"), _FLOAT),
        **dict.fromkeys(("Beta", "BetaStar", "MeanSqDeltaR", "PTD"), _FLOAT),
        "FracPt[5]": _FLOAT,
        "Tau[5]": _FLOAT,
        **dict.fromkeys(("NSubJetsTrimmed", "NSubJetsPruned", "NSubJetsSoftDropped"), _INT),
        **dict.fromkeys((f"ExclYmerge{n}{n + 1}" for n in range(1, 6)), _DOUBLE),
    },
    ("PT", "Eta", "Phi", "Mass", "BTag"),
)
_ELECTRON = Kind(
    {
        **_MOMENTUM,
        "T": _FLOAT,
        "Charge": _INT,
        "EhadOverEem": _FLOAT,
        **_ISOLATION,
        **_IMPACT,
    },
    ("PT", "Eta", "Phi", "Charge"),
)
_MUON = Kind(
    {**_MOMENTUM, "T": _FLOAT, "Charge": _INT, **_ISOLATION, **_IMPACT},
    ("PT", "Eta", "Phi", "Charge"),
)
_PHOTON = Kind(
    {
        **_MOMENTUM,
        **dict.fromkeys(("E", "T", "EhadOverEem"), _FLOAT),
        **_ISOLATION,
        "Status": _INT,
    },
    ("PT", "Eta", "Phi"),
)
_MISSING = Kind(dict.fromkeys(("MET", "Eta", "Phi"), _FLOAT), ("MET", "Eta", "Phi"))
_SCALAR = Kind({"HT": _FLOAT}, ("HT",))

KINDS: Final[Mapping[str, Kind]] = {
    "Event": _EVENT,
    "Weight": _WEIGHT,
    "Particle": _PARTICLE,
    "GenJet": Kind(_JET.types, ("PT", "Eta", "Phi", "Mass")),
    "GenMissingET": _MISSING,
    "Jet": _JET,
    "Electron": _ELECTRON,
    "Photon": _PHOTON,
    "Muon": _MUON,
    "FatJet": Kind(_JET.types, ("PT", "Eta", "Phi", "Mass")),
    "MissingET": _MISSING,
    "ScalarHT": _SCALAR,
}
"""By the collection's name, in the order of a Delphes file."""

ONE_EACH: Final = ("Event", "MissingET", "ScalarHT")
"""Collections of exactly one object an event, which coffea flattens."""

_DEFAULT_TYPES = {"f": _FLOAT, "i": _INT, "u": _UNSIGNED, "b": _INT}


def file_columns(name: str, collection: Collection) -> dict[str, npt.NDArray[Any]]:
    """Return a collection's columns in the order and types of a Delphes file.

    A column that Delphes does not have comes last: numbers with fractions as float32, whole ones
    as int32 or uint32.

    Args:
        name: The collection's.
        collection: Its objects; a column is named as in Delphes, 'Tau[5]' for five values each.

    Raises:
        CollectionError: The name is not one of Delphes, a column that readers need is missing, the
            columns' lengths differ from what the offsets say, a number does not fit the type of its
            branch, or a collection of one object an event has another number of them.
    """
    if name not in KINDS:
        msg = f"{name!r} is no collection of a Delphes file. {did_you_mean(name, KINDS)}"
        raise CollectionError(msg)
    kind = KINDS[name]
    missing = [column for column in kind.needed if column not in collection.columns]
    if missing:
        msg = f"{name}: the columns {', '.join(missing)} are missing, which readers need"
        raise CollectionError(msg)
    counts = np.diff(collection.offsets)
    if len(collection.offsets) == 0 or collection.offsets[0] != 0 or np.any(counts < 0):
        msg = f"{name}: offsets must begin with 0 and never decrease"
        raise CollectionError(msg)
    wrong = np.flatnonzero(counts != 1)
    if name in ONE_EACH and len(wrong):
        msg = f"{name}: event {wrong[0]} has {counts[wrong[0]]} objects; there must be one"
        raise CollectionError(msg)
    given = collection.columns
    ordered = [column for column in kind.types if column in given]
    ordered += [column for column in given if column not in kind.types]
    return {column: _as_stored(name, column, collection, kind) for column in ordered}


def _as_stored(name: str, column: str, collection: Collection, kind: Kind) -> npt.NDArray[Any]:
    values = np.asarray(collection.columns[column])
    shape = (int(collection.offsets[-1]), *values_each(column))
    if values.shape != shape:
        msg = f"{name}.{column} has the shape {values.shape}; {shape} is expected"
        raise CollectionError(msg)
    stored = np.dtype(kind.types.get(column, _DEFAULT_TYPES.get(values.dtype.kind, "O")))
    if stored == np.object_:
        msg = f"{name}.{column} holds {values.dtype}; numbers are expected"
        raise CollectionError(msg)
    if stored.kind in "iu":
        limits = np.iinfo(stored)
        if values.dtype.kind not in "iub" or (
            values.size and not (limits.min <= values.min() and values.max() <= limits.max)
        ):
            msg = f"{name}.{column} holds {values.dtype} numbers that {stored} cannot hold"
            raise CollectionError(msg)
    return values.astype(stored, copy=False)


def values_each(column: str) -> tuple[int, ...]:
    """Return the shape of one object's values: (5,) for 'Tau[5]', () for a plain column."""
    _, bracket, size = column.partition("[")
    return (int(size.removesuffix("]")),) if bracket else ()


def branch_name(name: str, column: str) -> str:
    """Return the branch of a column.

    'Tau[5]' becomes 'Tau_5', which is what coffea calls Delphes's own: brackets in the name would
    be taken for a second dimension.
    """
    return f"{name}/{name}.{column.replace('[', '_').removesuffix(']')}"
