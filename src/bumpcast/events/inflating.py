"""Which library undoes the compression of ROOT's default, zlib: half of the time of reading."""

from __future__ import annotations

import uproot


def use_isal() -> None:
    """Let uproot read zlib's format with ISA-L, which takes two thirds of zlib's own time.

    Uproot offers the choice as ``ZLIB.library``, but its readers look at the class below ZLIB that
    declares it, so it is set wherever it is declared.
    """
    for declaring in uproot.ZLIB.__mro__:
        if "library" in vars(declaring):
            declaring.library = "isal"
