"""Files of blocks into one file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from bumpcast.simulate.delphes_file import joining
from bumpcast.simulate.delphes_file.columns import CollectionError
from bumpcast.simulate.delphes_file.joining import join
from bumpcast.simulate.delphes_file.provenance import (
    Provenance,
    ProvenanceError,
    read_provenance,
)
from bumpcast.simulate.delphes_file.writing import write_block
from bumpcast.simulate.events import Collection

Collections = Mapping[str, Collection]


def part_of(collections: Collections, start: int, stop: int) -> dict[str, Collection]:
    parts = {}
    for name, collection in collections.items():
        first, last = collection.offsets[start], collection.offsets[stop]
        parts[name] = Collection(
            collection.offsets[start : stop + 1] - first,
            {key: values[first:last] for key, values in collection.columns.items()},
        )
    return parts


def arrays(path: Path) -> dict[str, Any]:
    with uproot.open(path) as file:
        return {key: branch.array() for key, branch in file["Delphes"].iteritems()}


@pytest.fixture(scope="module")
def some(ttbar: Collections) -> Collections:
    """Few collections: many branches take long."""
    return {name: ttbar[name] for name in ("Event", "Weight", "FatJet", "Muon", "MissingET")}


@pytest.fixture
def blocks(some: Collections, provenance: Callable[..., Provenance], tmp_path: Path) -> list[Path]:
    paths = []
    edges = [0, 120, 120, 137, 300]
    for number, (start, stop) in enumerate(itertools.pairwise(edges)):
        paths.append(tmp_path / f"block{number}.root")
        made = provenance(stop - start, number, value=500.0 + number)
        write_block(paths[-1], part_of(some, start, stop), made)
    return paths


@pytest.mark.parametrize("entries_a_basket", [50, 120, 2000])
def test_the_events_are_those_of_the_blocks_in_order(
    blocks: list[Path],
    some: Collections,
    provenance: Callable[..., Provenance],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entries_a_basket: int,
) -> None:
    monkeypatch.setattr(joining, "ENTRIES_A_BASKET", entries_a_basket)
    whole = tmp_path / "whole.root"
    write_block(whole, some, provenance(300))
    output = tmp_path / "joined.root"
    said = join(blocks, output)
    found, expected = arrays(output), arrays(whole)
    assert list(found) == list(expected)
    total = said.cross_section
    for key, values in expected.items():
        if key == "Event/Event.CrossSection":
            values = ak.full_like(values, np.float32(total.value))
        elif key == "Event/Event.CrossSectionError":
            values = ak.full_like(values, np.float32(total.error))
        assert ak.array_equal(found[key], values), key
    assert said == read_provenance(output)
    assert [block.events for block in said.blocks] == [120, 0, 17, 163]
    assert total.value == pytest.approx((120 * 500 + 17 * 502 + 163 * 503) / 300)


def test_numbers_are_places_in_the_file(blocks: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "joined.root"
    join(blocks[::-1], output)
    numbers = arrays(output)["Event/Event.Number"][:, 0]
    assert numbers.tolist() == list(range(1, 301))


def test_empty_blocks_alone_give_an_empty_file(blocks: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "joined.root"
    join([blocks[1], blocks[1]], output)
    with uproot.open(output) as file:
        assert file["Delphes"].num_entries == 0


def test_what_does_not_belong_together_is_an_error(
    blocks: list[Path],
    some: Collections,
    provenance: Callable[..., Provenance],
    quickstart: Path,
    tmp_path: Path,
) -> None:
    output = tmp_path / "joined.root"
    with pytest.raises(CollectionError, match=r"hold 137 events, but 300 are said"):
        join(blocks[:3], output, provenance(300))
    fewer = tmp_path / "fewer.root"
    without = {name: c for name, c in part_of(some, 0, 9).items() if name != "Muon"}
    write_block(fewer, without, provenance(9))
    with pytest.raises(CollectionError, match=r"branches differ from those of .*block0.*Muon"):
        join([blocks[0], fewer], output)
    with pytest.raises(ProvenanceError, match="not written by `bumpcast simulate`"):
        join([blocks[0], quickstart / "ttbar.root"], output)
    with pytest.raises(ProvenanceError, match="nothing to combine"):
        join([], output)
    assert not output.exists()
