"""Reading a file that has no reason to be long."""

from __future__ import annotations

from pathlib import Path

from bumpcast.surrogates.published.errors import PublishedModelError


def read_small(path: Path, most: int, error: type[PublishedModelError]) -> bytes:
    """Return a file's bytes.

    Args:
        path: The file.
        most: So many bytes it may have.
        error: What is raised else.

    Raises:
        PublishedModelError: As the class that is given: it cannot be read, or is longer.
    """
    try:
        # What waits for a writer, such as a pipe, would keep us for ever.
        if not path.is_file():
            msg = f"{path}: there is no such file"
            raise error(msg)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as reason:
        msg = f"{path}: cannot be read: {reason.strerror}"
        raise error(msg) from reason
    if len(data) > most:
        msg = f"{path}: is longer than {most:,} bytes, which nothing of its kind is"
        raise error(msg)
    return data
