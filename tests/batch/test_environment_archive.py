from __future__ import annotations


def test_the_same_environment_gives_the_same_bytes(packed, pack_small, tmp_path):
    pack_small(tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == packed.read_bytes()


def test_an_archive_appears_whole_or_not_at_all(pack_small, tmp_path):
    target = tmp_path / "env.tar.gz"
    target.write_text("the old one")
    more = (
        "import bumpcast.batch.environment_archive as a\n"
        "def fail(*_): raise KeyboardInterrupt\n"
        "a._header = fail"
    )
    assert pack_small(target, more=more, check=False).returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["env.tar.gz"]
    assert target.read_text() == "the old one"
