"""What has to be known of an input file before its events are shared out."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fsspec

from bumpcast.config.formats import Format
from bumpcast.datasets.cache import FactsCache
from bumpcast.datasets.files import is_address
from bumpcast.events import close_file, reader_for
from bumpcast.events.errors import BadEvents
from bumpcast.events.files import open_file

_WEIGHTS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the plan needs of one file.

    Attributes:
        filename: Path or address.
        treename: The tree whose entries are the events.
        uuid: The file's own identity, text.
        entries: Entries of the tree.
        bytes: Size of the file.
    """

    filename: str
    treename: str
    uuid: str
    entries: int
    bytes: int


def survey_file(filename: str, fmt: Format, *, cache: FactsCache | None = None) -> FileFacts:
    """Learn what the plan needs of one file.

    Args:
        filename: Path or address.
        fmt: The format of its data set.
        cache: Where facts are kept between runs; absent: the user's cache.

    Raises:
        InputError: The file is missing, empty, truncated, no ROOT file, or has no such tree.
        OSError: The network or the disk failed; another try may succeed.
    """
    cache = cache or FactsCache()
    key = _file_key(filename)
    if key is not None:
        key["tree"] = fmt.tree
        known = cache.get(key)
        if known is not None:
            return FileFacts(**known)
    facts = _open_and_look(filename, fmt)
    if key is not None:
        cache.put(key, asdict(facts))
    return facts


def sum_of_weights(
    facts: FileFacts,
    fmt: Format,
    start: int,
    stop: int,
    *,
    bad_events: BadEvents = "fail",
    cache: FactsCache | None = None,
) -> float:
    """Add up the generator weights of a range of entries.

    Args:
        facts: The file, surveyed.
        fmt: The format of its data set; it names the weight.
        start: First entry.
        stop: Entry after the last.
        bad_events: Whether a weight that is not finite is an error or left out.
        cache: Where sums are kept between runs; absent: the user's cache.

    Raises:
        InputError: The file or the weight's branch cannot be read.
        OSError: The network or the disk failed; another try may succeed.
    """
    cache = cache or FactsCache()
    key = _file_key(facts.filename)
    if key is not None:
        key |= {"uuid": facts.uuid, "format": fmt.model_dump(mode="json"), "range": [start, stop]}
        key["bad_events"] = bad_events
        known = cache.get(key)
        if known is not None:
            return float(known)
    reader = reader_for(fmt)
    partial: list[float] = []
    try:
        tree = open_file(facts.filename).tree(facts.treename)
        for first in range(start, stop, _WEIGHTS_AT_ONCE):
            last = min(first + _WEIGHTS_AT_ONCE, stop)
            weights = reader.generator_weights(tree, first, last, bad_events)
            partial.append(math.fsum(weights))
    finally:
        close_file(facts.filename)
    total = math.fsum(partial)
    if key is not None:
        cache.put(key, total)
    return total


def _file_key(filename: str) -> dict[str, Any] | None:
    """Return what tells this state of a file from any other, or None where nothing cheap does."""
    if not is_address(filename):
        status = Path(filename).stat() if Path(filename).is_file() else None
        if status is None:
            return None
        return {"file": filename, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    try:
        system, path = fsspec.core.url_to_fs(filename)
        size = system.size(path)
    except Exception:
        # Any file system may stand behind an address and fail in its own way; without a size the
        # file is surveyed anew, and opening it says what is wrong.
        return None
    return None if size is None else {"file": filename, "bytes": int(size)}


def _open_and_look(filename: str, fmt: Format) -> FileFacts:
    # A handle that this process still has could be of a file that was replaced since.
    close_file(filename)
    try:
        opened = open_file(filename)
        entries = int(opened.tree(fmt.tree).num_entries)
        return FileFacts(
            filename=filename,
            treename=fmt.tree,
            uuid=opened.uuid,
            entries=entries,
            bytes=int(opened.directory.file.source.num_bytes),
        )
    finally:
        close_file(filename)
