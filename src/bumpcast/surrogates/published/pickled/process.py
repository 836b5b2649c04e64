"""A process that reads a pickled forest and can make nothing of it but records.

`pickle_reading` starts it with Python's standard library and no other package on its path: neither
scikit-learn nor NumPy nor bumpcast is there to be called. What the pickle names is looked up in a
short list and nowhere else, and whatever stands there is an inert class that keeps what it is given
(`inert`). No function of a pickle is ever called, no array allocated: what an array would be is
written down, and the reader checks it before it makes one.

Standard input is the pickle, standard output one line of JSON and the arrays' bytes after it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Final

from .errors import PickleError, shown
from .forest import Forest, forest_of
from .inert import ForestUnpickler

_LONGEST_ERROR: Final = 10_000


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Make whatever a pickle can lead to an error that says it."""
    try:
        yield
    except PickleError:
        raise
    except MemoryError as error:
        msg = "reading it takes more memory than a forest of its size does"
        raise PickleError(msg) from error
    except EOFError as error:
        msg = "it ends too early"
        raise PickleError(msg) from error
    # Bytes at random raise nearly everything.
    except Exception as error:
        msg = f"it cannot be read ({type(error).__name__}: {shown(str(error))})"
        raise PickleError(msg) from error


def read(file: IO[bytes]) -> Forest:
    """Return the forest of a pickle.

    Args:
        file: Where it is read from.

    Raises:
        PickleError: It holds anything else, names anything else, or is not whole.
    """
    with _explained():
        found = forest_of(ForestUnpickler(file).load())
        if file.read(1):
            msg = "more follows after the forest"
            raise PickleError(msg)
        return found


def write(forest: Forest, file: IO[bytes], most: int) -> None:
    """Write a line of JSON, and the arrays' bytes after it.

    Args:
        forest: What is written.
        file: Where to.
        most: So many bytes it may be.

    Raises:
        PickleError: It is more, as if one array were meant many times over.
    """
    header = json.dumps(forest.header).encode() + b"\n"
    size = len(header) + sum(len(array.data) for array in forest.arrays)
    if size > most:
        msg = f"its arrays would be {size:,} bytes, which a pickle of its size cannot hold"
        raise PickleError(msg)
    file.write(header)
    for array in forest.arrays:
        array.write(file)
    file.flush()


def shut_in(memory: int, seconds: int, output: int) -> None:
    """Take from this process what it will not need; what a system does not know, it keeps.

    Args:
        memory: Bytes of address space.
        seconds: Of a processor's time.
        output: Bytes of a file.
    """
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": output,
        "RLIMIT_CORE": 0,
        # Those that are open already stay so.
        "RLIMIT_NOFILE": 3,
        "RLIMIT_NPROC": 0,
    }
    for name, limit in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


def forbid(event: str, _arguments: Sequence[object]) -> None:
    """Refuse all that Python tells of: imports, files, processes, sockets, code that is compiled.

    Raises:
        PickleError: Always; it names the event (PEP 578).
    """
    msg = f"reading it led to {event!r}, which was not done"
    raise PickleError(msg)


def main() -> None:
    """Read standard input and write standard output; an error is a line of JSON, too."""
    memory, seconds, most = (int(word) for word in sys.argv[1:4])
    shut_in(memory, seconds, most + _LONGEST_ERROR)
    sys.addaudithook(forbid)
    target = sys.stdout.buffer
    try:
        with _explained():
            write(read(sys.stdin.buffer), target, most)
    except PickleError as error:
        target.write(json.dumps({"error": str(error)}).encode() + b"\n")
        target.flush()
        os._exit(1)
    # Not to take apart what a pickle has put together.
    os._exit(0)
