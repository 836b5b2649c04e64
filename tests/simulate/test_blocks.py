from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.simulate.blocks import Block, BlockError, BlockFolder, BlockRecord, Made, cut
from bumpcast.simulate.events import CrossSection


def record(number: int, events: int = 5) -> BlockRecord:
    section = CrossSection(507.4, 3.3, 120, 100, events, {(601, "g g -> t tbar"): (442.5, 87)})
    return BlockRecord(number, events, section, {"generator": 1.5}, "node7")


@given(st.integers(1, 5000), st.integers(1, 700))
def test_blocks_cover_every_event_once(events: int, size: int):
    blocks = cut(events, size)
    numbers = [block.first + n for block in blocks for n in range(block.events)]
    assert numbers == list(range(events))
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert all(block.events == size for block in blocks[:-1])


def test_more_events_leave_full_blocks_as_they_are():
    assert cut(3000, 1000)[:2] == cut(2500, 1000)[:2]


def test_a_record_comes_back_from_its_text():
    assert BlockRecord.parse(record(3).text()) == record(3)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"number": 1}'])
def test_what_is_no_record_is_told(text: str):
    with pytest.raises(BlockError, match="not the record of a block"):
        BlockRecord.parse(text)


def test_a_block_is_done_when_file_and_record_are_there(tmp_path):
    folder = BlockFolder(tmp_path / "blocks")
    assert folder.done() == {}
    for number in (0, 2):
        folder.save(Block(number, 10, 0), Made(record(number), b"events"))
    assert folder.done() == {0: record(0), 2: record(2)}
    folder.file(0).unlink()
    assert set(folder.done()) == {2}
    folder.remove()
    assert not folder.folder.exists()


def test_a_damaged_record_is_told_with_its_file(tmp_path):
    folder = BlockFolder(tmp_path)
    folder.save(Block(1, 10, 0), Made(record(1), b"events"))
    (tmp_path / "block-000001.json").write_text(json.dumps({"number": 1}))
    with pytest.raises(BlockError, match=r"block-000001\.json.*remove it"):
        folder.done()
