from __future__ import annotations

import numpy as np

from bumpcast.bumps.backgrounds import automatic, functions, gaussian_process
from tests.bumps.backgrounds.toys import falling, fluctuated, spectra_of


def test_a_process_is_where_no_function_is() -> None:
    smooth = falling("exponential", 50, 2000.0, 20.0)
    # two slopes with a bend in between, as functions of one parameter cannot have
    bend = 2e4 * np.exp(-np.logaddexp(0, (np.arange(50) - 25) / 3.0) / 4.0)
    bad = falling("exponential", 60, 1e5, 50.0)
    bad[30:] *= 3
    observed = fluctuated(spectra_of([smooth, bend, bad, np.zeros(40)]), 3)
    settings = functions.FunctionSettings(families=("exp-polynomial",), most_order=1)
    alone = functions.estimate(observed, settings)
    both = automatic.estimate(observed, settings)
    assert alone.reasons[0] == ""
    assert alone.reasons[1].startswith(functions.NOT_DESCRIBED)
    assert both.reasons[:2] == ["", ""]
    assert both.models[0].startswith("exp-polynomial")
    assert both.models[1].startswith("Gaussian process")
    assert both.reasons[2].startswith(functions.NOT_DESCRIBED)
    assert "no falling Gaussian process describes it" in both.reasons[2]
    assert both.reasons[3] == "all bins are empty"
    np.testing.assert_array_equal(both.expected[:50], alone.expected[:50])
    process = gaussian_process.estimate(observed.some([1]))
    np.testing.assert_array_equal(both.expected[50:100], process.expected)
    used = process.modes.shape[1]
    np.testing.assert_array_equal(both.modes[50:100, :used], process.modes)
    assert both.precisions[1].tolist()[:used] == [1.0] * used
    assert not both.precisions[0].any()


def test_nothing_left_over_is_the_functions_alone() -> None:
    observed = spectra_of([falling("exponential", 50, 2000.0, 20.0)])
    assert automatic.estimate(observed).models == functions.estimate(observed).models
