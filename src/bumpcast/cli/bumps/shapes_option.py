"""Where the curves come from that synthetic backgrounds follow beside functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bumpcast.bumps.synthetic import Curves


def spectra_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option --spectra, as the argument `spectra`."""
    return click.option(
        "--spectra",
        metavar="RESULTS",
        type=click.Path(path_type=Path, exists=True),
        help="A scan whose simulated spectra are smoothed, or a file with their curves that "
        "'synthesise --curves' wrote. Absent: curves of the quickstart.",
    )(command)


def curves_of(spectra: Path | None) -> Curves:
    """Return the curves that the option asks for.

    Args:
        spectra: What was given.

    Raises:
        BumpcastError: There is no scan, or no curve.
    """
    from bumpcast.bumps.synthetic.files import read_curves
    from bumpcast.bumps.synthetic.scans import curves_of_scan, quickstart_curves
    from bumpcast.cli.results_folder import open_folder

    if spectra is None:
        return quickstart_curves()
    if spectra.is_file():
        return read_curves(spectra)
    with open_folder(spectra) as results:
        return curves_of_scan(results)
