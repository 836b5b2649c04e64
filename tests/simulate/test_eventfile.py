"""Where the events of a file begin, found in one pass."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate import eventfile
from bumpcast.simulate.eventfile import EventFileError, index

HEPMC = (
    b"HepMC::Version 3.03\nHepMC::Asciiv3-START_EVENT_LISTING\nW Weight\n"
    + b"".join(b"E %d 1 2\nU GEV MM\nA 0 E 1\nP 1 0 11 E\n" % number for number in range(7))
    + b"HepMC::Asciiv3-END_EVENT_LISTING\n"
)
LHE = (
    b"<LesHouchesEvents version='3.0'>\n<header>\n# an <event> is text here\n</header>\n"
    b"<init>\n</init>\n"
    + b"".join(
        b"  <event npLO='%d'>\n1 2\n<weights>1 2</weights>\n</event>\n" % n for n in range(7)
    )
    + b"</LesHouchesEvents>\n"
)


def card_of(kind: str, path: Path) -> SimulationCard:
    return SimulationCard.model_validate({"name": "a", "kind": "signal", kind: str(path)})


@pytest.mark.parametrize(
    ("kind", "content", "mark"), [("hepmc", HEPMC, b"E "), ("lhe", LHE, b"<event ")]
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("at_once", [1, 50, 1 << 20])
def test_every_share_holds_its_events(kind, content, mark, packed, at_once, tmp_path, monkeypatch):
    monkeypatch.setattr(eventfile, "_AT_ONCE", at_once)
    path = tmp_path / "events"
    path.write_bytes(gzip.compress(content) if packed else content)
    lines = content.splitlines(keepends=True)
    begin = [n for n, line in enumerate(lines) if line.lstrip().startswith(mark)]
    file = index(card_of(kind, path), tmp_path, 3)
    assert file is not None
    assert file.events == len(begin) == 7
    assert file.head().split() == b"".join(lines[: begin[0]]).split()
    assert file.share(0, 3).split() == b"".join(lines[begin[0] : begin[3]]).split()
    assert file.share(3, 2).split() == b"".join(lines[begin[3] : begin[6]]).split()
    assert file.share(3, 4).split() == b"".join(lines[begin[3] :]).split()
    assert file.share(6, 1).split() == b"".join(lines[begin[6] :]).split()
    with pytest.raises(EventFileError, match="holds 7 events; 8 are asked for"):
        file.share(6, 2)


def test_what_was_found_is_kept_until_the_file_changes(tmp_path, monkeypatch):
    path = tmp_path / "events.gz"
    path.write_bytes(gzip.compress(HEPMC))
    card = card_of("hepmc", path)
    file = index(card, tmp_path, 3)
    with monkeypatch.context() as patch:
        patch.setattr(eventfile, "_scan", None)
        assert index(card, tmp_path, 3) == file
    again = index(card, tmp_path, 2)
    assert again is not None
    assert (again.step, again.events) == (2, 7)
    path.write_bytes(gzip.compress(HEPMC.replace(b"E 6 1 2\n", b"")))
    changed = index(card, tmp_path, 2)
    assert changed is not None
    assert changed.events == 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nothing\n", "holds no event"),
        (gzip.compress(HEPMC)[:-30], "cannot read the events"),
        (None, "cannot read the events"),
    ],
)
def test_a_file_without_events_is_named(content, words, tmp_path):
    path = tmp_path / "events.hepmc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EventFileError, match=words) as caught:
        index(card_of("hepmc", path), tmp_path, 3)
    assert "events.hepmc" in str(caught.value)


def test_a_card_with_a_process_has_no_file(tmp_path):
    card = SimulationCard(name="a", kind="signal", pythia=["Top:all = on"])
    assert index(card, tmp_path, 3) is None
