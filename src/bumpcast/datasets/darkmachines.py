"""Dark Machines CSV to a ROOT file that is read as format `darkmachines`."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, cast

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from bumpcast import __version__
from bumpcast.datasets.darkmachines_block import Block, parse_block
from bumpcast.datasets.darkmachines_line import BadLineReasonError
from bumpcast.errors import BumpcastError

logger = logging.getLogger(__name__)

GEV_PER_MEV = 1e-3
TREE = "events"
PROVENANCE = "provenance"
BLOCK_BYTES = 16 * 2**20
MOST_LISTED = 20
EXCERPT = 80

OnBadLine = Literal["fail", "skip"]


class ConversionError(BumpcastError):
    """A file cannot be converted."""


class BadLineError(ConversionError):
    """A line is no event, and bad lines are to fail."""


@dataclass(frozen=True)
class BadLine:
    """A line that was left out."""

    number: int
    reason: str
    excerpt: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}: {self.excerpt!r}"


@dataclass
class SourceSummary:
    """What was read from one CSV file; `sha256` is that of its text, uncompressed."""

    name: str
    lines: int = 0
    events: int = 0
    blank_lines: int = 0
    bad_lines: int = 0
    bad_lines_listed: list[BadLine] = field(default_factory=list)
    sha256: str = ""


@dataclass
class Conversion:
    """What a conversion read and wrote."""

    output: str
    sources: list[SourceSummary]
    processes: list[str]

    @property
    def events(self) -> int:
        """Events that were written."""
        return sum(source.events for source in self.sources)

    @property
    def lines(self) -> int:
        """Lines that were read."""
        return sum(source.lines for source in self.sources)

    @property
    def bad_lines(self) -> int:
        """Lines that were left out."""
        return sum(source.bad_lines for source in self.sources)


def convert_csv(
    inputs: Sequence[Path],
    output: Path,
    *,
    on_bad_line: OnBadLine = "fail",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Conversion:
    """Convert CSV files, one after the other, to one ROOT file; MeV become GeV.

    The output appears under its name only when it is complete. Its tree `events` has, for each
    event, `event`, `process` (position in the list of names in the provenance), `weight`, `met_pt`,
    `met_phi` and the lists `electron`, `muon` (pt, eta, phi, charge), `photon` (pt, eta, phi) and
    `jet` (pt, eta, phi, mass, btag); its text `provenance` says in JSON what it was made from.

    Args:
        inputs: CSV files; those that end in .gz are decompressed.
        output: The ROOT file.
        on_bad_line: "fail" at the first bad line, or "skip" bad lines and count them.
        overwrite: Whether an existing output may be replaced.
        progress: Called after each block with the lines and bytes of text read so far.
        block_bytes: Bytes of text that are held at a time.

    Raises:
        BadLineError: A line is no event, and bad lines are to fail.
        ConversionError: An input cannot be read or the output cannot be written.
    """
    if output.exists() and not overwrite:
        msg = f"{output}: exists already; --overwrite replaces it"
        raise ConversionError(msg)
    if not output.parent.is_dir():
        msg = f"{output}: the folder {output.parent} does not exist"
        raise ConversionError(msg)
    for path in inputs:
        if not path.is_file():
            msg = f"{path}: no such file"
            raise ConversionError(msg)
    result = Conversion(str(output), [], [])
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    done = (0, 0)
    try:
        with uproot.recreate(part, compression=uproot.ZSTD(1)) as file:
            tree = file.mktree(TREE, _branches(), title="converted from Dark Machines CSV")
            for path in inputs:
                source = SourceSummary(path.name)
                result.sources.append(source)
                for block, size in _blocks(path, source, on_bad_line, block_bytes):
                    if len(block):
                        tree.extend(_columns(block, result.processes))
                    done = (done[0] + block.lines, done[1] + size)
                    if progress is not None:
                        progress(*done)
            file[PROVENANCE] = json.dumps(_provenance(result))
        part.replace(output)
    except OSError as error:
        msg = f"{output}: cannot be written: {error.strerror or error}"
        raise ConversionError(msg) from error
    finally:
        part.unlink(missing_ok=True)
    return result


def _blocks(
    path: Path, source: SourceSummary, on_bad_line: OnBadLine, block_bytes: int
) -> Iterator[tuple[Block, int]]:
    """Give the events of a file, whole lines at a time, and the bytes they took."""

    def bad_line(position: int, text: bytes, reason: BadLineReasonError) -> None:
        shown = text.decode(errors="replace").strip()
        excerpt = shown if len(shown) <= EXCERPT else f"{shown[:EXCERPT]}..."
        bad = BadLine(source.lines + position + 1, str(reason), excerpt)
        if on_bad_line == "fail":
            msg = f"{path}, {bad}. --on-bad-line skip leaves such lines out and counts them."
            raise BadLineError(msg)
        source.bad_lines += 1
        if len(source.bad_lines_listed) < MOST_LISTED:
            source.bad_lines_listed.append(bad)
        logger.warning("%s, %s", path, bad)

    digest = hashlib.sha256()
    with _opened(path) as file:
        rest = b""
        while True:
            try:
                read = file.read(block_bytes)
            except (OSError, EOFError) as error:
                msg = f"{path}, after line {source.lines}: cannot be read further: {error}"
                raise ConversionError(msg) from error
            digest.update(read)
            end = read.rfind(b"\n") + 1 if read else 0
            if read and not end:
                rest += read
                if len(rest) > block_bytes:
                    msg = f"{path}, line {source.lines + 1}: {len(rest)} bytes without a line's end"
                    raise ConversionError(msg)
                continue
            text, rest = rest + read[:end], read[end:]
            if text:
                before = source.bad_lines
                block = parse_block(text, bad_line)
                source.lines += block.lines
                source.events += len(block)
                source.blank_lines += block.blank
                assert block.lines == len(block) + block.blank + source.bad_lines - before
                yield block, len(text)
            if not read:
                break
    source.sha256 = digest.hexdigest()


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.suffix == ".gz":
            return cast("IO[bytes]", gzip.open(path))
        return path.open("rb")
    except OSError as error:
        msg = f"{path}: cannot be opened: {error.strerror or error}"
        raise ConversionError(msg) from error


def _branches() -> dict[str, str]:
    momentum = "pt: float64, eta: float64, phi: float64"
    return {
        "event": "int64",
        "process": "int32",
        "weight": "float64",
        "met_pt": "float64",
        "met_phi": "float64",
        "electron": f"var * {{{momentum}, charge: int32}}",
        "muon": f"var * {{{momentum}, charge: int32}}",
        "photon": f"var * {{{momentum}}}",
        "jet": f"var * {{{momentum}, mass: float64, btag: bool}}",
    }


def _columns(block: Block, processes: list[str]) -> dict[str, Any]:
    """Return what a block adds to the tree; new names of processes are added to the list."""
    for name in block.process:
        if name not in processes:
            processes.append(name)
    places = np.array([processes.index(name) for name in block.process], dtype=np.int32)
    code = block.code
    lines = np.repeat(np.arange(len(block)), block.count)
    momentum = np.where((code == 0) | (code == 1), block.pt * np.cosh(block.eta), 0.0)
    # where it is below zero the parser has made sure that it is rounding
    squared = np.maximum((block.energy - momentum) * (block.energy + momentum), 0.0)
    fields: dict[str, npt.NDArray[Any]] = {
        "pt": block.pt * GEV_PER_MEV,
        "eta": block.eta,
        "phi": block.phi,
        "mass": np.sqrt(squared) * GEV_PER_MEV,
        "btag": code == 1,
        # e- and m- have the even codes
        "charge": np.where(code % 2 == 0, -1, 1).astype(np.int32),
    }

    def chosen(chosen_codes: tuple[int, ...], names: tuple[str, ...]) -> ak.Array:
        keep = np.isin(code, chosen_codes)
        counts = np.bincount(lines[keep], minlength=len(block))
        record = ak.contents.RecordArray(
            [ak.contents.NumpyArray(fields[name][keep]) for name in names], list(names)
        )
        offsets = np.concatenate(([0], np.cumsum(counts)))
        return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), record))

    momenta = ("pt", "eta", "phi")
    return {
        "event": block.event,
        "process": places[block.process_index],
        "weight": block.weight,
        "met_pt": block.met * GEV_PER_MEV,
        "met_phi": block.met_phi,
        "electron": chosen((2, 3), (*momenta, "charge")),
        "muon": chosen((4, 5), (*momenta, "charge")),
        "photon": chosen((6,), momenta),
        "jet": chosen((0, 1), (*momenta, "mass", "btag")),
    }


def _provenance(result: Conversion) -> dict[str, Any]:
    return {
        "made_by": f"bumpcast {__version__}",
        "events": result.events,
        "processes": result.processes,
        "sources": [asdict(source) for source in result.sources],
    }


def read_provenance(path: Path) -> dict[str, Any]:
    """Return what a converted file says of its making.

    Args:
        path: A file that `convert_csv` wrote.

    Raises:
        ConversionError: The file says nothing.
    """
    with uproot.open(path) as file:
        if PROVENANCE not in file:
            msg = f"{path}: holds no {PROVENANCE!r}: bumpcast convert did not write it"
            raise ConversionError(msg)
        found: dict[str, Any] = json.loads(str(file[PROVENANCE]))
    return found
