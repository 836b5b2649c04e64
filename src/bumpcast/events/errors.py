"""What can be wrong with an input file, one exception each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

from bumpcast.errors import BumpcastError, did_you_mean

BadEvents = Literal["fail", "skip"]


class InputError(BumpcastError):
    """Base of the errors of reading.

    Attributes:
        permanent: True when another try cannot succeed.
    """

    permanent: bool = True


class MissingFileError(InputError):
    """There is no such file."""

    @classmethod
    def local(cls, filename: str) -> MissingFileError:
        """Return the error for a local path, with the nearest names in its folder."""
        path = Path(filename)
        folder = path.parent
        if folder.is_dir():
            names = [entry.name for entry in folder.iterdir()]
            hint = f"In {folder}: {did_you_mean(path.name, names)}"
        else:
            hint = f"The folder {folder} does not exist either."
        return cls(f"{filename}: no such file. {hint}")


class UnreadableFileError(InputError):
    """The file is there, but it is truncated, empty, damaged or no ROOT file."""


class ChangedFileError(InputError):
    """The file is not the one that was planned with."""


class MissingTreeError(InputError):
    """The file holds no tree of that name."""

    @classmethod
    def of(cls, filename: str, tree: str, trees: Collection[str]) -> MissingTreeError:
        """Return the error that lists the trees that are there."""
        if trees:
            listed = ", ".join(repr(name) for name in sorted(trees))
            hint = f"It holds {listed}: name the right one as 'tree' in [formats]."
        else:
            hint = "It holds no tree at all."
        return cls(f"{filename}: there is no tree {tree!r}. {hint}")


class MissingBranchError(InputError):
    """The tree lacks a branch that the configuration asks for."""

    @classmethod
    def of(
        cls, tree: str, branch: str, branches: Iterable[str], *, why: str, filename: str = ""
    ) -> MissingBranchError:
        """Return the error for one branch.

        Args:
            tree: Name of the tree.
            branch: The branch that is missing.
            branches: The branches that exist.
            why: What the branch is needed for, and the key that asks for it.
            filename: The file, where it is known.
        """
        where = f"{filename}, tree {tree!r}" if filename else f"tree {tree!r}"
        return cls(
            f"{where}: there is no branch {branch!r}, needed for {why}. "
            f"{did_you_mean(branch, branches)}"
        )

    def within(self, filename: str) -> MissingBranchError:
        """Return the same error with the file named first."""
        return MissingBranchError(f"{filename}, {self}")


class BadEventError(InputError):
    """An event holds a value that cannot be: not finite, or a negative momentum or mass."""


class UnsupportedLayoutError(InputError):
    """The branch exists, but not in the shape that its format documents."""
