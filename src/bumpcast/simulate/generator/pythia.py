"""A Pythia made from a card, or everything that Pythia has against the card."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pythia8mc

from bumpcast.config.errors import Problem
from bumpcast.config.keys import KeyPath
from bumpcast.config.simulate import SimulationCard
from bumpcast.errors import did_you_mean
from bumpcast.simulate.generator.errors import CardError
from bumpcast.simulate.generator.messages import caught_output, messages_in

_SILENT: Final = (
    "Init:showProcesses = off",
    "Init:showMultipartonInteractions = off",
    "Init:showChangedSettings = off",
    "Init:showChangedParticleData = off",
    "Init:showChangedResonanceData = off",
    "Next:numberShowInfo = 0",
    "Next:numberShowProcess = 0",
    "Next:numberShowEvent = 0",
    "Next:numberCount = 0",
)
"""Switches every table off and leaves the messages, which 'Print:quiet' would silence as well."""

_TRUTHS: Final = ("true", "on", "yes", "ok", "1", "false", "off", "no", "0")
_NUMBERED: Final = ("m0", "mwidth", "mmin", "mmax", "tau0", "spintype", "chargetype", "coltype")
_PARTS = re.compile(r"^\s*(?P<name>[^\s=]+)\s*(?:=|\s)\s*(?P<value>.*?)\s*$")
_PARTICLE = re.compile(r"^-?\d+:")
_SLHA_LINE = re.compile(r"^\s*\|")


class _EventNotes(pythia8mc.UserHooks):  # type: ignore[misc]
    """Notes of every event what a batch does not carry."""

    def __init__(self, pythia: Any) -> None:
        super().__init__()
        self.pythia = pythia
        self.notes: list[tuple[float, float, int, int]] = []

    def onEndEvent(self, status: Any) -> None:  # noqa: N802 - Pythia's own name
        info = self.pythia.infoPython()
        self.notes.append((info.x1(), info.x2(), info.code(), info.nMPI()))


@dataclass
class Generator:
    """A Pythia that is ready to generate.

    Attributes:
        pythia: The Pythia itself.
        words: What it said so far, warnings included.
    """

    pythia: Any
    words: list[str] = field(default_factory=list)
    _hook: _EventNotes | None = None

    def next_batch(self, events: int) -> tuple[Any, list[tuple[float, float, int, int]]]:
        """Generate events.

        Args:
            events: How many are tried; those in which Pythia fails are left out.

        Returns:
            What Pythia's `nextBatch` gives, and of every event that it ended (x1, x2, code of the
            process, number of interactions).
        """
        assert self._hook is not None
        self._hook.notes = []
        with caught_output() as caught:
            batch = self.pythia.nextBatch(events)
        self.words += [words for words in messages_in(caught.text) if words not in self.words]
        return batch, self._hook.notes


@contextlib.contextmanager
def generator(card: SimulationCard, seed: int, lhe: Path | None = None) -> Iterator[Generator]:
    """Make a Pythia from a card.

    Args:
        card: The card; not one that reads HepMC.
        seed: Pythia's seed, 1 to 900 000 000.
        lhe: The Les Houches events that it showers, not compressed; None: a process of its own.

    Yields:
        The Pythia, ready to generate; the files that it reads are there until the block ends.

    Raises:
        CardError: Pythia refuses the card; the message has its words and the card's lines.
    """
    with tempfile.TemporaryDirectory(prefix="bumpcast-generator-") as folder:
        pythia = bare_pythia()
        problems = _read_settings(pythia, card)
        problems += _point_at_files(pythia, card, Path(folder), lhe)
        if problems:
            raise CardError(problems)
        pythia.readString("Random:setSeed = on")
        pythia.readString(f"Random:seed = {seed}")
        hook = _EventNotes(pythia)
        try:
            with caught_output() as caught:
                pythia.setUserHooksPtr(hook)
                ready = pythia.init()
            if not ready:
                raise CardError(_refusals(card, caught.text))
            yield Generator(pythia, messages_in(caught.text), hook)
        finally:
            hook.pythia = None  # the two would keep each other alive


def bare_pythia() -> Any:
    """Return a Pythia without settings; also good for the properties of particles."""
    with caught_output():
        pythia = pythia8mc.Pythia("", False)
        for setting in _SILENT:
            pythia.readString(setting)
    return pythia


def setting_problems(card: SimulationCard) -> list[Problem]:
    """Return what is wrong with a card's settings one by one, before Pythia starts.

    Args:
        card: The card.
    """
    return _read_settings(bare_pythia(), card)


def _read_settings(pythia: Any, card: SimulationCard) -> list[Problem]:
    pythia.readString(f"Beams:eCM = {card.energy_tev * 1000!r}")
    problems: list[Problem] = []
    for key, setting in card.settings():
        with caught_output() as caught:
            taken = pythia.readString(setting)
        wrong = None if taken else _refusal(pythia, setting, caught.text)
        wrong = wrong or _wrong_value(pythia, setting)
        if wrong is not None:
            problems.append(Problem(key, wrong, card.origin_of(key)))
    return problems


def _refusal(pythia: Any, setting: str, text: str) -> str:
    words = messages_in(text)
    said = f"Pythia says: {words[-1]}" if words else f"Pythia refuses {setting!r}"
    name = _split(setting)[0]
    if _PARTICLE.match(name) or _is_setting(pythia, name):
        return said
    return f"{said}. {did_you_mean(name, _setting_names(pythia))}"


def _wrong_value(pythia: Any, setting: str) -> str | None:
    """Return what is wrong with a value that Pythia takes for zero or 'off' without a word."""
    name, value = _split(setting)
    settings = pythia.settings
    if _PARTICLE.match(name):
        numeric = name.lower().split(":")[-1] in _NUMBERED
        if numeric and not _is_number(value):
            return f"in {setting!r} a number must follow, not {value!r}"
        return None
    if settings.isFlag(name) and value.lower() not in _TRUTHS:
        return f"{name} is 'on' or 'off', not {value!r}"
    if (settings.isMode(name) or settings.isParm(name)) and not _is_number(value.split()[0]):
        return f"{name} is a number, not {value!r}"
    return None


def _split(setting: str) -> tuple[str, str]:
    found = _PARTS.match(setting)
    return (found["name"], found["value"]) if found else (setting, "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_setting(pythia: Any, name: str) -> bool:
    settings = pythia.settings
    kinds = ("Flag", "Mode", "Parm", "Word", "FVec", "MVec", "PVec", "WVec")
    return any(getattr(settings, f"is{kind}")(name) for kind in kinds)


def _setting_names(pythia: Any) -> list[str]:
    settings = pythia.settings
    return [
        entry.name
        for kind in ("Flag", "Mode", "Parm", "Word")
        for entry in getattr(settings, f"get{kind}Map")("").values()
    ]


def _point_at_files(
    pythia: Any, card: SimulationCard, folder: Path, lhe: Path | None
) -> list[Problem]:
    problems: list[Problem] = []
    if card.slha is not None:
        path = Path(card.slha) if not card.slha_is_text() else folder / "card.slha"
        if card.slha_is_text():
            path.write_text(card.slha.rstrip() + "\n", encoding="utf-8")
        elif not path.is_file():
            problems.append(no_file(card, ("slha",), path))
        pythia.settings.word("SLHA:file", str(path))  # readString would end it at a space
    if lhe is not None:
        pythia.readString("Beams:frameType = 4")
        pythia.settings.word("Beams:LHEF", str(lhe))
    return problems


def no_file(card: SimulationCard, key: KeyPath, path: Path) -> Problem:
    """Return the problem that a file which a card names is not there."""
    near = [file.name for file in path.parent.glob("*")] if path.parent.is_dir() else []
    message = f"there is no file {path}. {did_you_mean(path.name, near)}"
    return Problem(key, message, card.origin_of(key))


def _refusals(card: SimulationCard, text: str) -> list[Problem]:
    """Return why Pythia did not start, each message at the line of the card that it speaks of."""
    words = messages_in(text)
    reasons = [message for message in words if "initialization failed" not in message]
    spectrum = card.slha is not None and any("SLHA" in message for message in reasons)
    if spectrum:
        reasons += [
            line.strip(" |")
            for line in text.splitlines()
            if _SLHA_LINE.match(line) and ("rror" in line or "arning" in line)
        ]
    problems: list[Problem] = []
    for message in reasons or words or ["it does not start and does not say why"]:
        key = _key_of(card, message)
        problems.append(Problem(key, f"Pythia says: {message}", card.origin_of(key)))
    return list(dict.fromkeys(problems))


def _key_of(card: SimulationCard, message: str) -> KeyPath:
    if card.slha is not None and "SLHA" in message:
        return ("slha",)
    if card.lhe is not None and ("LHEF" in message or "LHA" in message):
        return ("lhe",)
    particle = re.search(r"\bid = (-?\d+)", message)
    if particle is not None:
        for key, setting in card.settings():
            if setting.strip().startswith(f"{particle[1]}:"):
                return key
    return ("pythia",) if card.pythia else ("lhe",)
