"""Which branches a reader needs, and what to say when one is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bumpcast.events.errors import MissingBranchError


def why_needed(key: str) -> str:
    """Return the reason for a branch that a key of the configuration asks for."""
    return f"the event record (key {key!r} of [formats])"


@dataclass
class Requirements:
    """Collects the branches that are needed from those that exist.

    Args:
        tree: Name of the tree, for the messages.
        known: The branches that exist.
        split: Returns a branch's collection and field; None for a branch of no collection.
    """

    tree: str
    known: frozenset[str]
    split: Callable[[str], tuple[str, str] | None]
    found: set[str] = field(default_factory=set)

    def need(self, collection: str, field_name: str, branch: str, key: str) -> None:
        """Need one field of a collection.

        Args:
            collection: Name of the collection.
            field_name: Name of the field.
            branch: The branch that holds it.
            key: The key of the configuration that asks for it.

        Raises:
            MissingBranchError: There is no such branch.
        """
        if branch in self.known:
            self.found.add(branch)
            return
        fields = self._fields_of(collection)
        if fields:
            candidates = {f"{collection}.{name}" for name in fields}
            asked = f"{collection}.{field_name}"
        else:
            candidates = self._collections_with(field_name) or self._collections_with(None)
            asked = collection
        raise MissingBranchError.of(self.tree, asked, candidates, why=why_needed(key))

    def need_branch(self, branch: str, key: str) -> None:
        """Need one branch by its full name.

        Raises:
            MissingBranchError: There is no such branch.
        """
        if branch not in self.known:
            raise MissingBranchError.of(self.tree, branch, self.known, why=why_needed(key))
        self.found.add(branch)

    def _fields_of(self, collection: str) -> set[str]:
        parts = (self.split(branch) for branch in self.known)
        return {part[1] for part in parts if part is not None and part[0] == collection}

    def _collections_with(self, field_name: str | None) -> set[str]:
        parts = (self.split(branch) for branch in self.known)
        return {part[0] for part in parts if part is not None and field_name in (None, part[1])}


def counters(columns: Collection[str]) -> frozenset[str]:
    """Return the counters `nCollection` of branches named `Collection_field`."""
    return frozenset(f"n{column.partition('_')[0]}" for column in columns if "_" in column)


def companions(columns: Collection[str]) -> frozenset[str]:
    """Return what the four-vectors of branches named `Collection_field` are made of."""
    collections = {column.partition("_")[0] for column in columns if "_" in column}
    fields = ("pt", "eta", "phi", "mass", "charge")
    return frozenset(f"{collection}_{field}" for collection in collections for field in fields)
