from __future__ import annotations

from pathlib import Path

from bumpcast.datasets.cache import FactsCache, cache_folder


def test_documents_come_back_by_key(tmp_path):
    cache = FactsCache(tmp_path)
    cache.put({"file": "a", "bytes": 1}, {"entries": 3})
    assert cache.get({"file": "a", "bytes": 1}) == {"entries": 3}
    assert cache.get({"file": "a", "bytes": 2}) is None
    cache.put({"file": "a", "bytes": 1}, 0.1)
    assert FactsCache(tmp_path).get({"bytes": 1, "file": "a"}) == 0.1


def test_a_damaged_document_is_no_document(tmp_path, caplog):
    cache = FactsCache(tmp_path)
    cache.put({"file": "a"}, 1)
    (stored,) = tmp_path.rglob("*.json")
    stored.write_text("{")
    assert cache.get({"file": "a"}) is None
    assert "learnt again" in caplog.text
    stored.write_text('{"key": {"file": "b"}, "value": 1}')
    assert cache.get({"file": "a"}) is None


def test_a_cache_that_cannot_be_written_costs_nothing_else(tmp_path, caplog):
    (tmp_path / "files").write_text("not a folder")
    cache = FactsCache(tmp_path)
    cache.put({"file": "a"}, 1)
    assert "cannot keep" in caplog.text
    assert cache.get({"file": "a"}) is None


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("BUMPCAST_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "bumpcast"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "bumpcast"
