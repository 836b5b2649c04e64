"""Which column of a file holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.features import SYNONYMS
from bumpcast.surrogates.reading.errors import LlpColumnError

OF_LLP: Final = ("Lxy", "Lz", "eta", "pT", "ET", "child_pdgId", "mass")
"""A particle's columns after 'llp1_' or 'llp2_'; the first six in the order of arXiv:2502.10231."""

OF_EVENT: Final = ("V_pt", "V_eta", "weight")
"""An event's own columns."""

TABLE: Final = tuple(f"llp{llp}_{word}" for llp in (1, 2) for word in OF_LLP) + OF_EVENT
"""All columns of a table that have a meaning here."""


class ColumnNames:
    """Finds the columns of a file.

    A column is found under the name that the user gives; else under its own; else under one that
    means the same (`features.SYNONYMS`); else under its own with other capitals.

    Args:
        names: The file's.
        given: What the user says a file calls columns, by our names.
        where: The file, for messages.

    Raises:
        LlpColumnError: A given name is none of ours, or the file has none of that name.
    """

    def __init__(self, names: Sequence[str], given: Mapping[str, str], where: str) -> None:
        self.names = tuple(names)
        self.where = where
        self._given = given
        for ours, theirs in given.items():
            if ours not in TABLE:
                msg = f"columns: there is no column {ours!r}. {did_you_mean(ours, TABLE)}"
                raise LlpColumnError(msg)
            if theirs not in self.names:
                msg = (
                    f"{where}: there is no column {theirs!r}, which is to be {ours}. "
                    f"{did_you_mean(theirs, self.names)}"
                )
                raise LlpColumnError(msg)

    def find(self, name: str) -> str | None:
        """Return what the file calls a column; None: it has none.

        Args:
            name: One of `TABLE`.

        Raises:
            LlpColumnError: Several columns might be meant.
        """
        if name in self._given:
            return self._given[name]
        if name in self.names:
            return name
        synonyms = [theirs for theirs, ours in SYNONYMS.items() if ours == name]
        same = [theirs for theirs in self.names if theirs in synonyms]
        if not same:
            folded = {name.casefold(), *(synonym.casefold() for synonym in synonyms)}
            same = [theirs for theirs in self.names if theirs.casefold() in folded]
        if len(same) > 1:
            listed = " and ".join(repr(theirs) for theirs in same)
            msg = f"{self.where}: {listed} may both be {name}; say which one it is"
            raise LlpColumnError(msg)
        return same[0] if same else None

    def need(self, name: str, *, instead: str = "") -> str:
        """Return what the file calls a column that has to be there.

        Args:
            name: Any name; one that is none of `TABLE` is looked for as it is.
            instead: What would do in its place, for the message.

        Raises:
            LlpColumnError: There is none, or several might be meant.
        """
        found = self.find(name)
        if found is None:
            either = f" {instead}" if instead else ""
            msg = (
                f"{self.where}: there is no column {name!r}.{either} "
                f"{did_you_mean(name, self.names)}"
            )
            raise LlpColumnError(msg)
        return found
