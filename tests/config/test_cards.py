from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from bumpcast.config import ConfigurationError
from bumpcast.config.cards import load_card, load_detector_of, split_overrides
from bumpcast.config.simulate import COMMON_SETTINGS

CARDS = Path(__file__).parents[2] / "configs" / "simulate"


def write(folder: Path, text: str, name: str = "card.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[tuple[str, int | None, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load_card(path)
    found = caught.value.problems
    return [(".".join(one.key), one.origin.line, one.message) for one in found]


def test_card_inherits_and_renders_templates(tmp_path: Path) -> None:
    write(tmp_path, 'energy_tev = 13.6\npythia = ["Top:all = on"]\n', "base.toml")
    path = write(
        tmp_path,
        'extends = "base.toml"\nname = "zprime"\nkind = "signal"\n'
        'pythia = ["32:m0 = {{ parameters.mass }}", "32:mMin = {{ parameters.mass / 2 }}"]\n'
        "[parameters]\nmass = 1500\n",
    )
    card = load_card(path, ["parameters.mass=2000"])
    assert card.energy_tev == 13.6
    assert card.common == list(COMMON_SETTINGS)
    assert card.pythia == ["32:m0 = 2000", "32:mMin = 1000.0"]


def test_setting_knows_its_own_line_also_in_the_file_that_is_extended(tmp_path: Path) -> None:
    base = write(tmp_path, 'common = [\n  "Tune:pp = 14",\n  "Tune:ee = 7",\n]\n', "base.toml")
    path = write(
        tmp_path,
        'extends = "base.toml"\nname = "a"\nkind = "signal"\npythia = [ # first\n'
        '  \'Top:all = on\', "25:m0 = 125.",\n\n  "23:onMode = off",\n]\n',
    )
    card = load_card(path)
    places = [card.origin_of(key) for key, _ in card.settings()]
    assert [(place.source, place.line) for place in places] == [
        (base, 2),
        (base, 3),
        (path, 5),
        (path, 5),
        (path, 7),
    ]


def test_card_survives_copies_and_equals_one_from_elsewhere(tmp_path: Path) -> None:
    text = 'name = "a"\nkind = "signal"\npythia = ["Top:all = on"]\n'
    card = load_card(write(tmp_path, text))
    other = load_card(write(tmp_path, "# a comment\n" + text, "other.toml"))
    assert card == other
    assert card != other.model_copy(update={"name": "b"})
    again = pickle.loads(pickle.dumps(copy.deepcopy(card)))  # noqa: S301 - made right here
    assert again == card
    assert again.origin_of(("pythia", "0")).line == 3


def test_paths_are_relative_to_the_card_but_a_spectrum_in_the_card_stays(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = write(
        tmp_path / "sub",
        'name = "a"\nkind = "signal"\nlhe = "../e.lhe.gz"\nslha = "s.slha"\ndetector = "d.toml"\n',
    )
    card = load_card(path)
    assert card.lhe == str(tmp_path / "e.lhe.gz")
    assert card.slha == str(tmp_path / "sub" / "s.slha")
    assert card.detector == str(tmp_path / "sub" / "d.toml")
    assert not card.slha_is_text()
    text = write(
        tmp_path,
        'name = "a"\nkind = "signal"\npythia = ["SUSY:all = on"]\nslha = """\nBlock MASS\n"""\n',
    )
    assert load_card(text).slha_is_text()


def test_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'name = "a"\nkind = "signal"\npythia = ["Top:all = on"]\nenergy_gev = 13000\n'
    )
    ((key, line, message),) = problems(path)
    assert (key, line) == ("energy_gev", 4)
    assert "'energy_tev'" in message


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("Random:seed = 3", "--seed"),
        ("beams:ecm = 14000", "energy_tev"),
        ("SLHA:file = a.slha", "'slha'"),
        ("switch top on", "such as"),
    ],
)
def test_setting_that_is_not_the_card_s_to_make(tmp_path: Path, setting: str, reason: str) -> None:
    path = write(
        tmp_path, f'name = "a"\nkind = "signal"\npythia = [\n  "Top:all = on",\n  "{setting}",\n]\n'
    )
    ((key, line, message),) = problems(path)
    assert (key, line) == ("pythia.1", 5)
    assert reason in message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('lhe = "a.lhe"\nhepmc = "b.hepmc"\n', "not both"),
        ('hepmc = "b.hepmc"\npythia = ["Top:all = on"]\n', "complete"),
        ("", "nothing to generate"),
    ],
)
def test_card_has_one_source_of_events(tmp_path: Path, text: str, reason: str) -> None:
    ((_, _, message),) = problems(write(tmp_path, 'name = "a"\nkind = "signal"\n' + text))
    assert reason in message


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'name = "a b"\nkind = "signal"\npythia = ["25:m0 = {{ parameters.mas }}"]\n'
        "k_factor = -1\n[parameters]\nmass = 1\n[[filters]]\nat_least = 2\n",
    )
    found = problems(path)
    assert {key for key, _, _ in found} == {"name", "pythia", "k_factor", "filters.0.pid"}
    assert any("'mass'" in message for _, _, message in found)


@pytest.mark.parametrize(
    ("line", "words"),
    [("", "missing: 'background' or 'signal'"), ('kind = "data"\n', "Known names: 'background'")],
)
def test_a_card_says_what_its_events_are(tmp_path: Path, line: str, words: str) -> None:
    text = f'name = "a"\n{line}pythia = ["Top:all = on"]\n'
    ((key, _, message),) = problems(write(tmp_path, text))
    assert key == "kind"
    assert words in message


def test_overrides_of_the_detector_are_told_from_those_of_the_card() -> None:
    both = ["parameters.mass=2", "detector.muon.isolation.delta_r=0.3", "detector=other.toml"]
    of_card, of_detector = split_overrides(both)
    assert of_card == ["parameters.mass=2", "detector=other.toml"]
    assert of_detector == ["muon.isolation.delta_r=0.3"]
    card = load_card(CARDS / "ttbar.toml")
    detector = load_detector_of(card, of_detector)
    assert detector is not None
    assert detector.muon.isolation.delta_r == 0.3
    with pytest.raises(ConfigurationError, match="detector: missing: the file of a detector"):
        load_detector_of(card.model_copy(update={"detector": None}))


def test_a_card_may_have_no_detector() -> None:
    card = load_card(CARDS / "ttbar.toml", ["detector=none"])
    assert card.detector == "none"
    assert load_detector_of(card) is None
    with pytest.raises(ConfigurationError, match=r"is 'none', so that detector\.muon\.x=1 means"):
        load_detector_of(card, ["muon.x=1"])


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_cards_of_the_library_load_under_their_own_name(path: Path) -> None:
    if path.stem != "base":  # which others extend, and which is no card itself
        card = load_card(path)
        assert card.name == path.stem
        assert card.description
        assert card.label is not None
        assert card.common[: len(COMMON_SETTINGS)] == list(COMMON_SETTINGS)


# One flavour, both chiralities of one mass, 13 TeV, NLO + NLL, PDF4LHC15: LHC SUSY Cross Section
# Working Group, version 2019-07-17.
SLEPTONS_PB = {
    80: 0.8014,
    100: 0.3657,
    125: 0.1669,
    150: 0.08712,
    250: 0.01292,
    500: 6.736e-4,
    1000: 1.504e-5,
}


@pytest.mark.parametrize("mass", SLEPTONS_PB)
def test_cross_section_of_sleptons_is_the_published_one(mass: int) -> None:
    card = load_card(CARDS / "sleptons.toml", [f"parameters.mass={mass}"])
    assert card.cross_section_pb == pytest.approx(2 * SLEPTONS_PB[mass], rel=4e-3)


def test_cross_section_of_sleptons_ends_where_its_table_does() -> None:
    with pytest.raises(ConfigurationError, match="known from 80 to 1000 GeV"):
        load_card(CARDS / "sleptons.toml", ["parameters.mass=60"])
