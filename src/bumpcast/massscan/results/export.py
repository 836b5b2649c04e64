"""Histograms of a scan for other programs: ROOT files and UHI JSON.

A ROOT file has a folder for each final state, and in it one TH1D for each selection and variable.
Bars, brackets, spaces and '>' mean something to ROOT or to a shell, so that names are spelled with
letters, digits and '_' alone::

    2e 1j os | m(e0,e1)            2e_1j_os/m_e0_e1
    1m >=6j | mT(m0,j0,MET)        1m_ge6j/mT_m0_j0_MET
    2j | pT(j)>99.5 | m(j0,j1)     2j/pT_j_gt_99p5__m_j0_j1

``root_name`` and ``name_of_root`` turn one spelling into the other; a TH1D's title is the name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING, Any, Final, Literal, get_args

import uproot
from uproot.writing.identify import to_TAxis, to_TH1x

import bumpcast
from bumpcast.errors import BumpcastError
from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.naming.names import SEPARATOR, HistogramName, parse_name
from bumpcast.massscan.results.spectrum import Spectrum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bumpcast.massscan.results.results import Results

ExportFormat = Literal["root", "uhi"]
EXPORT_FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
BYTES_PER_KEY: Final = 120
"""What a folder's list of contents takes for each histogram, so that it need not be moved."""


class ExportError(BumpcastError):
    """Histograms cannot be written as asked."""


def root_name(name: HistogramName) -> str:
    """Return a histogram's place in a ROOT file, such as '2e_1j_os/MET_gt_200__m_e0_e1'.

    Args:
        name: The histogram's name.
    """
    state = name.state.name.replace(">=", "ge").replace(" ", "_")
    variable = re.sub(r"[(,]", "_", name.observable.name).rstrip(")")
    selection = name.observable.selection.name
    if not selection:
        return f"{state}/{variable}"
    plain = selection.replace("(", "_").replace(")", "").replace(">", "_gt_").replace(".", "p")
    return f"{state}/{plain}__{variable}"


def name_of_root(path: str) -> HistogramName:
    """Return the histogram of a place in a ROOT file.

    Args:
        path: As ``root_name`` makes it; a cycle (';1') is ignored.

    Raises:
        HistogramNameError: It is no such place.
    """
    match = re.fullmatch(
        r"(?P<state>\w+)/(?:(?P<cut>\w+?)_gt_(?P<gev>\d+(?:p\d+)?)__)?"
        r"(?P<symbol>mT?)_(?P<objects>[^_]\w*)(?:;\d+)?",
        path,
        re.ASCII,
    )
    if match is None:
        msg = f"{path!r} is not a histogram's place in a ROOT file, such as '2e_1j_os/m_e0_e1'"
        raise HistogramNameError(msg)
    state = " ".join(re.sub(r"^ge(?=\d)", ">=", word) for word in match["state"].split("_"))
    parts = [state]
    if match["cut"]:
        event_value, _, kind = match["cut"].partition("_")
        of = f"({kind})" if kind else ""
        parts.append(f"{event_value}{of}>{match['gev'].replace('p', '.')}")
    parts.append(f"{match['symbol']}({match['objects'].replace('_', ',')})")
    return parse_name(SEPARATOR.join(parts))


def export_histograms(
    results: Results,
    names: Sequence[str],
    path: Path,
    form: ExportFormat,
    dataset: str | None = None,
) -> int:
    """Write histograms into a file for other programs.

    Args:
        results: The scan's results.
        names: Names of the histograms.
        path: The file; it appears whole or not at all.
        form: 'root' for a ROOT file of TH1D, 'uhi' for JSON by the schema of
            https://uhi.readthedocs.io: one object of histograms by name.
        dataset: A data set; absent: what the search looks at.

    Returns:
        How many histograms were written.

    Raises:
        UnknownHistogramError: No event filled one of them, or there is no such data set.
        ExportError: The file cannot be written, or no histogram was asked for.
    """
    if not names:
        msg = f"no histograms to write to {path}"
        raise ExportError(msg)
    spectra = results.spectra(names, dataset)
    write = _write_root if form == "root" else _write_uhi
    try:
        with _replacing(path) as temporary:
            return write(spectra, temporary)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise ExportError(msg) from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a file beside a path, which takes its place when all went well."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_root(spectra: Iterable[Spectrum], path: Path) -> int:
    written = 0
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        # Spectra come ordered by final state, so that each folder is written in one go.
        for _, group in groupby(spectra, key=lambda spectrum: spectrum.name.state):
            histograms = {}
            for spectrum in group:
                folder, _, name = root_name(spectrum.name).partition("/")
                histograms[name] = to_root(spectrum)
            room = BYTES_PER_KEY * len(histograms)
            file.mkdir(folder, initial_directory_bytes=room).update(histograms)
            written += len(histograms)
    return written


def to_root(spectrum: Spectrum) -> Any:
    """Return a histogram as uproot's TH1D with its sums of squared weights.

    Args:
        spectrum: The histogram.
    """
    edges, values = spectrum.edges, spectrum.values
    # As TH1::Fill does it, but with each entry at its bin's centre: masses are not stored.
    inside, centres = values[1:-1], 0.5 * (edges[1:] + edges[:-1])
    axis = to_TAxis(
        fName="xaxis",
        fTitle=spectrum.name.observable.name + " [GeV]",
        fNbins=len(edges) - 1,
        fXmin=float(edges[0]),
        fXmax=float(edges[-1]),
        fXbins=edges,
    )
    return to_TH1x(
        fName=None,
        fTitle=str(spectrum.name),
        data=values,
        fEntries=float(spectrum.counts.sum()),
        fTsumw=float(inside.sum()),
        fTsumw2=float(spectrum.variances[1:-1].sum()),
        fTsumwx=float(inside @ centres),
        fTsumwx2=float(inside @ centres**2),
        fSumw2=spectrum.variances,
        fXaxis=axis,
    )


def _write_uhi(spectra: Iterable[Spectrum], path: Path) -> int:
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("{\n")
        for written, spectrum in enumerate(spectra, start=1):
            _write_member(file, spectrum, first=written == 1)
        file.write("\n}\n")
    return written


def _write_member(file: IO[str], spectrum: Spectrum, *, first: bool) -> None:
    file.write("" if first else ",\n")
    json.dump(str(spectrum.name), file)
    file.write(":")
    # dumps is many times as fast as dump, which yields every number by itself.
    file.write(json.dumps(to_uhi(spectrum), separators=(",", ":"), allow_nan=False))


def to_uhi(spectrum: Spectrum) -> dict[str, Any]:
    """Return a histogram as a document of the UHI schema, which hist.Hist takes as it is.

    Args:
        spectrum: The histogram.
    """
    return {
        "uhi_schema": 1,
        "writer_info": {
            "bumpcast": {
                "version": bumpcast.__version__,
                "entries": int(spectrum.counts.sum()),
            }
        },
        "axes": [
            {
                "type": "variable",
                "edges": spectrum.edges.tolist(),
                "underflow": True,
                "overflow": True,
                "circular": False,
                "metadata": {"name": "mass", "label": spectrum.name.observable.axis_title},
            }
        ],
        "storage": {
            "type": "weighted",
            "values": spectrum.values.tolist(),
            "variances": spectrum.variances.tolist(),
        },
        "metadata": {"name": str(spectrum.name), "label": "Events"},
    }
