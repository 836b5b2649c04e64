"""What has to be right where a worker runs: looked at there, judged by the driver."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from bumpcast.own_code import code_digest

CODE: Final = "the code of bumpcast"
PACKAGES: Final = ("awkward", "coffea", "dask", "distributed", "numba", "numpy", "uproot")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a worker finds at its place.

    Attributes:
        machine: Name of its machine.
        facts: What `facts` says there.
        threads: How many calls the worker runs at the same time.
        scratch: Folder for temporary files.
        scratch_problem: Why nothing can be written there; None: it can.
        inputs: For each file that was asked for, why it cannot be opened; None: it can.
    """

    machine: str
    facts: Mapping[str, str]
    threads: int
    scratch: str
    scratch_problem: str | None
    inputs: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        passed: Whether it is right.
        detail: What was found; where it is not right, in words for the user.
    """

    name: str
    passed: bool
    detail: str


def facts() -> dict[str, str]:
    """Return what is compared: Python, packages that exchange objects, and this package's code."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
        CODE: code_digest()[:16],
    }


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return in words what differs.

    Args:
        here: The driver's facts.
        there: A worker's.
    """
    return [
        f"{name} is {there.get(name, 'missing')} there and {value} here"
        for name, value in here.items()
        if there.get(name) != value
    ]


def look_around(inputs: Sequence[str], threads: int | None = None) -> Findings:
    """Return what is found where this is called, which is on a worker.

    Args:
        inputs: Files that work there will read, or some of them.
        threads: How many calls the worker runs at the same time; None: ask it.
    """
    if threads is None:
        from distributed import get_worker

        worker: Any = get_worker()
        threads = worker.state.nthreads
    scratch = tempfile.gettempdir()
    return Findings(
        machine=platform.node(),
        facts=facts(),
        threads=threads,
        scratch=scratch,
        scratch_problem=_scratch_problem(scratch),
        inputs={file: _input_problem(file) for file in inputs},
    )


def judge(here: Mapping[str, str], found: Findings) -> list[Check]:
    """Return what a worker's findings come to, a check for everything that was looked at.

    Args:
        here: The driver's facts.
        found: The worker's findings.
    """
    checks = []
    for name, value in here.items():
        problems = differences({name: value}, found.facts)
        checks.append(Check(name, not problems, problems[0] if problems else value))
    one = found.threads == 1
    words = f"{found.threads} calls at a time" if not one else "one call at a time"
    remedy = "" if one else ", and the work is for one: start workers with --nthreads 1"
    checks.append(Check("threads", one, words + remedy))
    problem = found.scratch_problem
    words = found.scratch if problem is None else f"{found.scratch} cannot be written: {problem}"
    checks.append(Check("scratch space", problem is None, words))
    for file, why in found.inputs.items():
        words = file if why is None else f"the input {file} cannot be read there: {why}"
        checks.append(Check("input", why is None, words))
    return checks


def _scratch_problem(folder: str) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(os.urandom(1024))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _input_problem(file: str) -> str | None:
    try:
        if "://" in file:
            import fsspec

            with fsspec.open(file, "rb") as remote:
                remote.read(4)
        else:
            with open(file, "rb") as local:  # noqa: PTH123
                local.read(4)
    except OSError as error:
        return error.strerror or str(error)
    except Exception as error:
        # A protocol's package may raise anything, also that it is not installed.
        return f"{type(error).__name__}: {error}"
    return None
