"""The files of a plain HTCondor job: its submit file and the shell script that it runs."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import jinja2

from bumpcast.batch.errors import BatchError

SUBMIT: Final = "job.sub"
SCRIPT: Final = "job.sh"
LOG: Final = "job.log"
OUTPUT: Final = "job.out"
ERROR: Final = "job.err"
NOTHING_MADE: Final = 73
"""What a job ends with whose command succeeded without making its output; EX_CANTCREAT."""

_UNITS: Final = {
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_KEY = re.compile(r"\+?[A-Za-z_][A-Za-z0-9_.]*")
_OWN_KEYS: Final = {
    "initialdir": None,
    "folder": None,
    "batch_name": "--name",
    "universe": "--image",
    "container_image": "--image",
    "executable": None,
    "log": None,
    "output": None,
    "error": None,
    "request_cpus": "--cores",
    "requestcpus": "--cores",
    "request_memory": "--memory",
    "requestmemory": "--memory",
    "request_disk": "--disk",
    "requestdisk": "--disk",
    "request_gpus": "--gpus",
    "requestgpus": "--gpus",
    "should_transfer_files": "--here",
    "when_to_transfer_output": None,
    "preserve_relative_paths": None,
    "transfer_input_files": "--input",
    "transfer_output_files": "--output",
    "getenv": None,
    "queue": None,
}
"""Lines that the submit file has anyway, and the option that changes each."""


class JobFileError(BatchError):
    """Something cannot be said in a submit file."""


@dataclass(frozen=True)
class Output:
    """What a job makes and brings back.

    Attributes:
        path: Relative to the folder of the job.
        is_folder: Whether it is a folder, rather than a file.
    """

    path: str
    is_folder: bool


@dataclass(frozen=True)
class JobFiles:
    """What is written down of a job.

    Attributes:
        words: The verb and its arguments.
        current: Folder from which it is submitted.
        name: Name in the queue.
        cores: Cores of its slot.
        memory: '3 GiB'.
        disk: '4 GiB'.
        gpus: Graphics cards of its slot.
        here: It runs in the folder from which it is submitted; nothing is transferred.
        inputs: Files and folders that are transferred to it.
        outputs: Those that come back.
        python: The job's Python: a path, or a name on its PATH.
        unpack: Shell lines that set BUMPCAST_PYTHON, instead of ``python``.
        image: Container image that it runs in.
        exports: Environment variables of the job.
        prologue: Shell lines before the command.
        directives: More lines of the submit file.
    """

    words: tuple[str, ...]
    current: Path
    name: str
    cores: int = 1
    memory: str = "3 GiB"
    disk: str = "4 GiB"
    gpus: int = 0
    here: bool = False
    inputs: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    python: str = "python3"
    unpack: tuple[str, ...] = ()
    image: str | None = None
    exports: Mapping[str, str] = field(default_factory=dict)
    prologue: tuple[str, ...] = ()
    directives: Mapping[str, str] = field(default_factory=dict)


def render(job: JobFiles, folder: Path) -> dict[str, str]:
    """Return the submit file and the script, by their names.

    Args:
        job: What they say.
        folder: Where they will be; absolute.

    Raises:
        JobFileError: A name or a directive cannot be said in a submit file.
    """
    check_directives(job.directives)
    transferred = [*job.inputs, *(output.path for output in job.outputs)]
    for path in transferred:
        if "," in path:
            msg = f"{path!r} cannot be transferred: HTCondor takes a comma for the end of a name"
            raise JobFileError(msg)
    shown = " ".join(shlex.join(("bumpcast", *job.words)).split())
    by_hand = folder.relative_to(job.current) if folder.is_relative_to(job.current) else folder
    common = {
        "name": job.name,
        "here": job.here,
        "image": None if job.image is None else quote(job.image),
    }
    return {
        SUBMIT: _template(SUBMIT).render(
            **common,
            shown=shown if len(shown) <= 200 else f"{shown[:200]} ...",
            by_hand=shlex.quote(str(by_hand / SUBMIT)),
            current=quote(str(job.current)),
            folder=quote(str(folder)),
            cores=job.cores,
            memory_mib=math.ceil(size_in_bytes(job.memory) / 2**20),
            disk_kib=math.ceil(size_in_bytes(job.disk) / 2**10),
            gpus=job.gpus,
            inputs=[quote(path) for path in job.inputs],
            outputs=[quote(output.path) for output in job.outputs],
            directives=job.directives,
        ),
        SCRIPT: _template(SCRIPT).render(
            **common,
            current=shlex.quote(str(job.current)),
            python=shlex.quote(job.python),
            unpack=job.unpack,
            exports={name: shlex.quote(value) for name, value in job.exports.items()},
            prologue=job.prologue,
            command=shlex.join(job.words),
            outputs=[(shlex.quote(output.path), output.is_folder) for output in job.outputs],
            missing_code=NOTHING_MADE,
        ),
    }


def quote(text: str) -> str:
    """Return a value for the right-hand side of a line of a submit file.

    Raises:
        JobFileError: It holds a line break, or ends in a way that HTCondor would not keep.
    """
    if any(character in text for character in "\n\r\0"):
        msg = f"{text!r} cannot stand in a submit file: it holds a line break"
        raise JobFileError(msg)
    if text.endswith("\\") or text != text.strip():
        msg = (
            f"{text!r} cannot stand in a submit file: it begins or ends with a space, or ends in \\"
        )
        raise JobFileError(msg)
    if "$$(" in text or "$$[" in text:
        msg = (
            f"{text!r} cannot stand in a submit file: HTCondor puts something else for $$( and $$["
        )
        raise JobFileError(msg)
    return text.replace("$", "$(DOLLAR)")


def size_in_bytes(text: str) -> float:
    """Return what '3 GiB' or '500 MB' is in bytes.

    Raises:
        JobFileError: It is no number with a unit.
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([kMGT]B|[KMGT]iB)", text)
    if found is None:
        msg = f"{text!r} is no size: write a number and a unit, such as '3 GiB' or '500 MB'"
        raise JobFileError(msg)
    return float(found[1]) * _UNITS[found[2]]


def parse_directives(texts: Iterable[str]) -> dict[str, str]:
    """Return lines of a submit file, such as '+JobFlavour="workday"', by their keys.

    Raises:
        JobFileError: One is no KEY=VALUE, or belongs to an option of its own.
    """
    directives = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            msg = f"{text!r} is no directive: write KEY=VALUE, such as '+JobFlavour=\"workday\"'"
            raise JobFileError(msg)
        directives[key] = value
    check_directives(directives)
    return directives


def check_directives(directives: Mapping[str, str]) -> None:
    """Make sure that lines can be added to a submit file.

    Raises:
        JobFileError: One cannot, or belongs to an option of its own.
    """
    for key, value in directives.items():
        if not _KEY.fullmatch(key) or "\n" in value or "\r" in value:
            msg = (
                f"'{key}={value}' is no line of a submit file: a key is one word, a value one line"
            )
            raise JobFileError(msg)
        if key.casefold() in _OWN_KEYS:
            option = _OWN_KEYS[key.casefold()]
            instead = f"use {option}" if option else "edit the submit file that --dry-run writes"
            msg = f"the submit file has '{key}' already: {instead}"
            raise JobFileError(msg)


def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bumpcast.batch"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # No HTML: each value is quoted for the language of its file before it gets here.
        autoescape=False,
    )
    return environment.get_template(f"{name}.j2")
