from __future__ import annotations

import pytest

from bumpcast.execution.ledger import Ledger, LedgerError, read_ledger


def test_lines_come_back(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.write("start", {"a": 1})
        ledger.write("item", {"b": [2]})
        ledger.sync()
    assert list(read_ledger(path)) == [{"event": "start", "a": 1}, {"event": "item", "b": [2]}]


def test_a_torn_last_line_is_left_out_and_not_written_on(tmp_path, caplog):
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.write("start", {})
        ledger.write("item", {"leaf": 1})
    path.write_bytes(path.read_bytes()[:-5])
    assert [line["event"] for line in read_ledger(path)] == ["start"]
    assert "torn by a kill" in caplog.text
    with Ledger(path) as ledger:
        ledger.write("start", {})
        ledger.write("item", {"leaf": 2})
    assert [line["event"] for line in read_ledger(path)] == ["start", "start", "item"]


def test_damage_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "start"}\n{"event": oops\n{"event": "item"}\n')
    with pytest.raises(LedgerError, match="line 2"):
        list(read_ledger(path))
