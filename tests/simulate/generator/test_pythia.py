from __future__ import annotations

import os
from pathlib import Path

import pytest

from bumpcast.config.cards import load_card
from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.generator import CardError, check, generate
from bumpcast.simulate.generator.messages import caught_output, messages_in


def card_of(folder: Path, *settings: str, extra: str = "") -> SimulationCard:
    path = folder / "card.toml"
    lines = "".join(f'  "{setting}",\n' for setting in settings)
    path.write_text(f'name = "a"\nkind = "signal"\npythia = [\n{lines}]\n{extra}', encoding="utf-8")
    return load_card(path)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("Top:gg2tbar = on", "input string not found in settings databases: Top:gg2tbar = on"),
        ("Top:gg2tbar = on", "'Top:gg2ttbar'"),
        ("25:mm0 = 125.", "input property not found in Particle Data Table"),
        ("PhaseSpace:pTHatMin = -5.", "value is out of range"),
        ("PhaseSpace:mHatMin = much", "value not meaningful"),
        # These two Pythia takes without a word, and for 'off' or zero.
        ("Top:qqbar2ttbar = maybe", "'on' or 'off'"),
        ("25:m0 = heavy", "a number must follow"),
    ],
)
def test_wrong_setting_is_named_with_its_line(tmp_path: Path, setting: str, words: str) -> None:
    (problem,) = check(card_of(tmp_path, "Top:gg2ttbar = on", setting))
    assert (problem.key, problem.origin.line) == (("pythia", "1"), 5)
    assert words in problem.message


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    card = card_of(tmp_path, "Top:gg2tbar = on", "Top:all = on", "25:mm0 = 1")
    assert [problem.origin.line for problem in check(card)] == [4, 6]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["HardQCD:all = off"], "no process switched on"),
        (["Top:all = on", "PhaseSpace:mHatMin = 14000."], "vanishing cross sections"),
        (["SUSY:all = on"], "no process switched on"),
    ],
)
def test_impossible_process_ends_with_pythia_s_words(
    tmp_path: Path, settings: list[str], words: str
) -> None:
    card = card_of(tmp_path, *settings)
    with pytest.raises(CardError, match=rf"card\.toml:3: pythia: Pythia says: .*{words}"):
        generate(card, seed=1, block=0, events=1, first=0)
    assert words in check(card)[0].message


def test_spectrum_that_pythia_rejects(tmp_path: Path) -> None:
    spectrum = 'slha = """\nBlock MASSES\n  1000021 abc\n"""\n'
    found = check(card_of(tmp_path, "SUSY:gg2gluinogluino = on", extra=spectrum))
    (refused,) = [one for one in found if "No MASS or MODSEL blocks" in one.message]
    assert (refused.key, refused.origin.line) == (("slha",), 6)


def test_missing_files_are_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "spectrum.slha").touch()
    card = card_of(tmp_path, "SUSY:all = on", extra='slha = "spectrm.slha"\n')
    (problem,) = check(card)
    assert problem.key == ("slha",)
    assert "'spectrum.slha'" in problem.message


def test_right_card_has_no_problem_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(card_of(tmp_path, "Top:gg2ttbar = on")) == []
    assert capfd.readouterr() == ("", "")


def test_output_is_caught_below_python_and_given_back(capfd: pytest.CaptureFixture[str]) -> None:
    with caught_output() as caught:
        os.write(1, b" PYTHIA Error in A::b: wrong:\n   this one\n PYTHIA Warning in C: odd\n")
    os.write(1, b"after")
    assert messages_in(caught.text) == ["in A::b: wrong: this one", "in C: odd"]
    assert messages_in(caught.text, warnings=False) == ["in A::b: wrong: this one"]
    assert capfd.readouterr().out == "after"
