"""From the options of `submit` and the command that it is given to the files of the job."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bumpcast.batch.environment_unpack import unpack_lines
from bumpcast.batch.submit import make_folder, write_job
from bumpcast.batch.submit_files import (
    JobFileError,
    JobFiles,
    Output,
    parse_directives,
    size_in_bytes,
)
from bumpcast.cli.submit_command import (
    CommandFilesError,
    NamedFiles,
    check_command,
    check_outputs,
    named_files,
    place,
)
from bumpcast.cli.submit_site import site_defaults
from bumpcast.config.base import SAFE_NAME

_FROM_HERE = ("PYTHONPATH", "BUMPCAST_CACHE")
"""What a job takes over of the environment. Nothing else, since it may be secret."""
_MOST_LISTED = 6


@dataclass(frozen=True)
class Request:
    """The options of `submit` that say what the job is; its help describes them."""

    site: str | None
    cores: int | None
    memory: str | None
    disk: str | None
    gpus: int | None
    directives: tuple[str, ...]
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    environment: Path | None
    image: str | None
    python: str | None
    here: bool | None
    prologue: tuple[str, ...]
    name: str | None
    folder: Path | None


@dataclass(frozen=True)
class Plan:
    """A job that could be written down.

    Attributes:
        job: What its files say.
        notes: What its user should know, a line each.
    """

    job: JobFiles
    notes: tuple[str, ...]


def make_plan(words: Sequence[str], request: Request) -> tuple[Path, Plan]:
    """Check what is asked for, make the job's folder and write its files.

    Args:
        words: The verb and its arguments.
        request: The options.

    Returns:
        The job's folder and what is in it.

    Raises:
        click.UsageError: The command is none of bumpcast's.
        BatchError: Something cannot be said in a submit file, or the folder cannot be made.
        CommandFilesError: The job could not read or bring back what the command names.
    """
    context = check_command(words)
    site = site_defaults(request.site)
    cluster = site.cluster
    if cluster.environment is not None and not (request.environment or request.image):
        request = replace(request, environment=Path(cluster.environment))
    memory, disk = request.memory or cluster.memory, request.disk or cluster.disk
    for size in (memory, disk):
        size_in_bytes(size)
    directives = {**site.directives, **parse_directives(request.directives)}
    name = request.name or "-".join(context.command_path.split()[1:]) or "version"
    if not re.fullmatch(SAFE_NAME, name):
        msg = f"--name {name!r}: a job's name has letters, digits, '_' and '-' only"
        raise JobFileError(msg)
    if request.environment is not None:
        directives.pop(cluster.image_directive, None)
    if request.environment is not None and request.image:
        msg = "--environment and --image both bring a Python along: leave one out"
        raise JobFileError(msg)
    # An environment takes the place of the site's image.
    in_image = request.image or (None if request.environment else cluster.image)
    image = _image(request.image)
    if image is None and in_image and cluster.image_directive == "container_image":
        image = _image(in_image)
    moves_files = (request.inputs, request.outputs, request.environment, in_image)
    travels = cluster.file_transfer or any(moves_files)
    here = request.here if request.here is not None else not travels
    if here and (request.inputs or request.outputs):
        msg = "--here transfers no files: leave out --input and --output, or --here"
        raise JobFileError(msg)
    current = Path.cwd()
    files = named_files(context)
    inputs, outputs, notes = ([], [], []) if here else _transfers(request, files, current)
    if not here:
        inputs += cluster.transfer_files
    unpack: list[str] = []
    if request.environment is not None:
        archive = Path(os.path.normpath(request.environment.absolute()))
        # From elsewhere than below the current folder or not: it arrives in the scratch folder.
        named = request.python or cluster.python
        unpack = unpack_lines(archive, at=None if here else archive.name, python=named)
        if not here:
            inputs.append(str(archive))
    folder = make_folder(request.folder, name)
    job = JobFiles(
        words=tuple(words),
        current=current,
        name=name if request.folder is not None else folder.name,
        cores=request.cores or cluster.cores,
        memory=memory,
        disk=disk,
        gpus=site.gpus if request.gpus is None else request.gpus,
        here=here,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        python=request.python or cluster.python or ("python3" if in_image else sys.executable),
        unpack=tuple(unpack),
        image=image,
        exports={} if unpack or in_image else _exports(),
        prologue=(*cluster.prologue, *request.prologue),
        directives=directives,
    )
    write_job(job, folder)
    return folder, Plan(job, tuple(notes))


def _image(image: str | None) -> str | None:
    if image is None or "://" in image:
        return image
    path = Path(image).absolute()
    if not path.exists():
        msg = f"--image {image}: there is no such file or folder, and it is no address"
        raise JobFileError(msg)
    return str(path)


def _exports() -> dict[str, str]:
    found = {name: os.environ[name] for name in _FROM_HERE if os.environ.get(name)}
    if "PYTHONPATH" in found:
        # Relative to the folder of this process, not to the job's.
        parts = (str(Path(part).absolute()) for part in found["PYTHONPATH"].split(os.pathsep))
        found["PYTHONPATH"] = os.pathsep.join(parts)
    return found


def _transfers(
    request: Request, named: NamedFiles, current: Path
) -> tuple[list[str], list[Output], list[str]]:
    """Return what is transferred to a job and back, and what to say of it."""
    notes = []
    wanted, elsewhere = place(request.inputs, current)
    missing = [path for path in (*map(Path, wanted), *elsewhere) if not (current / path).exists()]
    if missing:
        msg = f"--input {missing[0]}: there is no such file or folder"
        raise CommandFilesError(msg)
    outputs = check_outputs(
        [*((path, not path.suffix) for path in request.outputs), *named.outputs],
        resumes=named.resumes,
    )
    if named.is_run and not outputs:
        msg = (
            "the results would stay in the job's scratch folder: name their folder with --output "
            "behind the verb, such as -- run configs/mine.toml --output results/mine"
        )
        raise CommandFilesError(msg)
    read = list(named.inputs)
    if named.resumes:
        read += [Path(output.path) for output in outputs]
    inside, outside = place([*request.inputs, *read], current)
    inside = [path for path in inside if (current / path).exists()]
    outside = [path for path in outside if path not in elsewhere]
    arriving = [*inside, *map(str, elsewhere)]
    if arriving:
        notes.append(f"To the job: {_listed(arriving)} ({_size(arriving, current)})")
    if outputs:
        notes.append(f"Back from it: {_listed(output.path for output in outputs)}")
    if outside:
        notes.append(
            f"Not transferred, since not below {current}: {_listed(map(str, outside))}. The job's "
            f"machine has to see the same paths."
        )
    return arriving, list(dict.fromkeys(outputs)), notes


def _listed(paths: Iterable[str]) -> str:
    paths = list(paths)
    listed = ", ".join(paths[:_MOST_LISTED])
    return f"{listed} and {len(paths) - _MOST_LISTED} more" if len(paths) > _MOST_LISTED else listed


def _size(paths: Sequence[str], current: Path) -> str:
    files = []
    for path in paths:
        whole = current / path
        files += [p for p in whole.rglob("*") if p.is_file()] if whole.is_dir() else [whole]
    size = sum(file.stat().st_size for file in files)
    return f"{len(files)} file{'s' if len(files) != 1 else ''}, {size / 1e6:,.1f} MB"
