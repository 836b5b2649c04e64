"""The background that describes a spectrum: a function, or a Gaussian process where none does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds import functions, gaussian_process
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate, widened
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.process_fit import ProcessSettings
from bumpcast.bumps.spectra import Spectra, bins_of

Floats = npt.NDArray[np.float64]


def estimate(
    spectra: Spectra,
    function_settings: FunctionSettings | None = None,
    process_settings: ProcessSettings | None = None,
) -> BackgroundEstimate:
    """Describe every spectrum by a function, or a Gaussian process where no function does.

    Args:
        spectra: The spectra.
        function_settings: How functions are fitted; absent: the defaults.
        process_settings: How the process is; absent: the defaults.

    Raises:
        UnknownFamilyError: As `functions.estimate`.
    """
    first = functions.estimate(spectra, function_settings)
    left = np.flatnonzero([reason.startswith(functions.NOT_DESCRIBED) for reason in first.reasons])
    if len(left) == 0:
        return first
    second = gaussian_process.estimate(spectra.some(left), process_settings)
    places, _ = bins_of(spectra.offsets, left)
    most = max(first.modes.shape[1], second.modes.shape[1])
    modes, precisions, centres = (
        widened(column, most) for column in (first.modes, first.precisions, first.centres)
    )
    modes[places] = widened(second.modes, most)
    precisions[left] = widened(second.precisions, most)
    centres[left] = widened(second.centres, most)
    expected, uncertainty = first.expected.copy(), first.uncertainty.copy()
    expected[places], uncertainty[places] = second.expected, second.uncertainty
    models, reasons = list(first.models), list(first.reasons)
    for number, h in enumerate(left.tolist()):
        models[h] = second.models[number]
        reasons[h] = f"{reasons[h]}; {second.reasons[number]}" if second.reasons[number] else ""
    spurious, goodness = first.spurious.copy(), _goodness(first).copy()
    spurious[left], goodness[left] = second.spurious, _goodness(second)
    return BackgroundEstimate(
        expected,
        uncertainty,
        modes,
        precisions,
        centres,
        models,
        reasons,
        spurious,
        goodness,
        first.alternative,
    )


def _goodness(background: BackgroundEstimate) -> Floats:
    if background.goodness is None:
        return np.full(len(background.models), np.nan)
    return background.goodness
