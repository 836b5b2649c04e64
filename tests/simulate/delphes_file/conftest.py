from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from bumpcast.events import close_files
from bumpcast.simulate.delphes_file.columns import KINDS
from bumpcast.simulate.delphes_file.provenance import Block, Provenance
from bumpcast.simulate.events import Collection, CrossSection

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    close_files()
    yield
    close_files()


@pytest.fixture(scope="session")
def quickstart() -> Path:
    return ROOT / "data" / "quickstart"


@pytest.fixture(scope="session")
def delphes_collections(quickstart: Path) -> Callable[..., dict[str, Collection]]:
    """Reads all columns that are written of some events of a file that Delphes made."""

    def read(name: str, start: int = 0, stop: int | None = None) -> dict[str, Collection]:
        found = {}
        with uproot.open(quickstart / f"{name}.root") as file:
            tree = file["Delphes"]
            for collection, kind in KINDS.items():
                if collection not in tree.keys(recursive=False):
                    continue
                columns = {}
                for column in kind.types:
                    branch = f"{collection}/{collection}.{column}"
                    if branch not in tree:
                        continue
                    layout = ak.to_packed(tree[branch].array(entry_start=start, entry_stop=stop))
                    offsets = np.asarray(layout.layout.offsets, dtype=np.int64)
                    columns[column] = ak.to_numpy(layout.layout.content)
                found[collection] = Collection(offsets, columns)
        return found

    return read


@pytest.fixture(scope="session")
def ttbar(
    delphes_collections: Callable[..., dict[str, Collection]],
) -> Mapping[str, Collection]:
    return delphes_collections("ttbar", 0, 300)


@pytest.fixture(scope="session")
def provenance() -> Callable[..., Provenance]:
    """Makes the provenance of one block."""

    def make(events: int, number: int = 0, value: float = 500.0, accepted: int = 0) -> Provenance:
        accepted = accepted or events
        processes = {(601, "g g -> t tbar"): (0.8 * value, events)}
        return Provenance(
            card='name = "ttbar"  # Größe\n',
            seed=7,
            blocks=(Block(number, 100 + number, events),),
            cross_section=CrossSection(value, 5.0, 2 * events, accepted, events, processes),
            settings={"pythia": ["Top:gg2ttbar = on"], "jets": {"R": 0.4}},
            versions={"pythia8mc": "8.317.2"},
        )

    return make
