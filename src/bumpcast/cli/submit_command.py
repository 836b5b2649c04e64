"""What a command line of bumpcast names: the files that it reads and those that it makes."""

from __future__ import annotations

import glob
import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bumpcast.batch.submit_files import Output
from bumpcast.cli.main import main
from bumpcast.errors import BumpcastError


class CommandFilesError(BumpcastError):
    """A job that shares no file system could not do what the command says."""


@dataclass
class NamedFiles:
    """What a command names.

    Attributes:
        inputs: Files and folders that it reads, of those that exist here.
        outputs: What it makes.
        resumes: Whether it goes on with what is in its output.
        is_run: Whether it is the verb `run`.
    """

    inputs: list[Path] = field(default_factory=list)
    outputs: list[tuple[Path, bool]] = field(default_factory=list)
    resumes: bool = False
    is_run: bool = False


def check_command(words: Sequence[str]) -> click.Context:
    """Parse a command without doing it, so that a slip shows here and not in the job.

    Args:
        words: The verb and its arguments.

    Raises:
        click.UsageError: There is no such verb, option or argument.
    """
    if list(words) == ["--version"]:
        # Parsing it would say the version here.
        return main.make_context("bumpcast", [], resilient_parsing=True)
    context = main.make_context("bumpcast", list(words))
    command: click.Command = main
    while isinstance(command, click.Group):
        # What a group leaves of its words, as its own `invoke` takes it.
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        if name == "submit":
            msg = "a job does not submit itself: name the verb that it runs"
            raise click.UsageError(msg, context)
        context = found.make_context(name, rest, parent=context)
        command = found
    return context


def named_files(context: click.Context) -> NamedFiles:
    """Return what a parsed command names.

    Raises:
        ConfigurationError: It is `run` or `simulate`, and its configuration is wrong.
    """
    found = NamedFiles(
        resumes=bool(context.params.get("resume")), is_run=context.command.name == "run"
    )
    for parameter in context.command.params:
        if not isinstance(parameter.type, click.Path):
            continue
        value = context.params.get(parameter.name or "")
        for path in _paths(value):
            if parameter.name == "output":
                found.outputs.append((path, not parameter.type.file_okay or not path.suffix))
            elif path.exists():
                found.inputs.append(path)
    if found.is_run:
        found.inputs += _files_of_run(context.params)
    if context.command.name == "simulate":
        output = Path(context.params["output"])
        # The data set's entry lies beside the file.
        found.outputs.append((output.with_name(f"{output.name}.toml"), False))
        found.inputs += _files_of_simulate(context.params)
    return found


def _paths(value: Any) -> list[Path]:
    if value is None:
        return []
    several = value if isinstance(value, (tuple, list)) else (value,)
    return [Path(path) for path in several]


def _files_of_run(parameters: dict[str, Any]) -> list[Path]:
    """Return what a run reads: files of its configuration, processor, options and data sets."""
    from bumpcast.cli.run import quickstart
    from bumpcast.config import load
    from bumpcast.config.option_paths import paths_of

    path = Path(parameters["config"] or quickstart())
    analysis = load(path, parameters["overrides"])
    files = [*_configuration_files(path), Path(analysis.processor.rpartition(":")[0])]
    files += map(Path, paths_of(analysis.options).values())
    for dataset in analysis.datasets.values():
        for pattern in dataset.files:
            if "://" in pattern:
                continue
            is_file = not glob.has_magic(pattern) or os.path.lexists(pattern)
            matches = [pattern] if is_file else sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
            files += [Path(match) for match in matches]
    return files


def _files_of_simulate(parameters: dict[str, Any]) -> list[Path]:
    """Return what a simulation reads: the card's files, its detector's, and events or spectra."""
    from bumpcast.config.cards import load_card, load_detector_of, split_overrides

    path = Path(parameters["card"])
    of_card, of_detector = split_overrides(parameters["overrides"])
    card = load_card(path, of_card)
    files = _configuration_files(path)
    if load_detector_of(card, of_detector) is not None:
        files += _configuration_files(Path(str(card.detector)))
    spectrum = None if card.slha_is_text() else card.slha
    return files + [Path(name) for name in (spectrum, card.lhe, card.hepmc) if name is not None]


def _configuration_files(path: Path) -> list[Path]:
    """Return a TOML file and those that it extends; that they can be read was seen before."""
    bases = tomllib.loads(path.read_text(encoding="utf-8")).get("extends", [])
    names = [bases] if isinstance(bases, str) else bases
    found = [path]
    for name in names:
        found += _configuration_files(path.parent / Path(name).expanduser())
    return found


def place(paths: Iterable[Path], current: Path) -> tuple[list[str], list[Path]]:
    """Sort paths by whether they lie below a folder.

    Args:
        paths: Files and folders.
        current: The folder; absolute.

    Returns:
        Those below it, relative to it, without what lies in others of them; and the rest.
    """
    inside, outside = set(), []
    for path in paths:
        whole = Path(os.path.normpath(current / path))
        if whole != current and whole.is_relative_to(current):
            inside.add(whole.relative_to(current))
        elif whole not in outside:
            outside.append(whole)
    kept = [path for path in inside if not inside.intersection(path.parents)]
    return sorted(map(str, kept)), outside


def check_outputs(outputs: Iterable[tuple[Path, bool]], *, resumes: bool) -> list[Output]:
    """Return what comes back from a job.

    Args:
        outputs: Paths and whether each is a folder.
        resumes: Whether the job goes on with what is there.

    Raises:
        CommandFilesError: One lies elsewhere than below the current folder, or exists.
    """
    checked = []
    for path, is_folder in outputs:
        normal = os.path.normpath(path)
        if path.is_absolute() or normal == "." or normal.startswith(".."):
            msg = (
                f"{path} cannot come back from a job with a scratch folder of its own: name the "
                f"output by a path below the current folder, or let the job run --here if its "
                f"machine shares this one's file system"
            )
            raise CommandFilesError(msg)
        if not resumes and _holds_something(path):
            msg = f"{path} exists, and what the job makes would be mixed with it: name another"
            raise CommandFilesError(msg)
        checked.append(Output(normal, is_folder))
    return checked


def _holds_something(path: Path) -> bool:
    if path.is_dir():
        return any(path.iterdir())
    return path.exists() and path.stat().st_size > 0
