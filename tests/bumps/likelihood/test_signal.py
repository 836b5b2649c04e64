from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from bumpcast.bumps.likelihood import gaussian_template


@pytest.mark.parametrize("width", [0.3, 1.0, 2.0, 3.0])
def test_shares_are_those_of_a_gaussian(width: float) -> None:
    shares = gaussian_template(width)
    reach = len(shares) // 2
    bins = np.arange(-reach, reach + 1)
    wanted = norm.cdf((bins + 0.5) / width) - norm.cdf((bins - 0.5) / width)
    np.testing.assert_allclose(shares, wanted, atol=1e-14)
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(shares, shares[::-1], atol=1e-14)


@pytest.mark.parametrize("width", [0.0, -1.0, np.nan, np.inf])
def test_width_must_be_one(width: float) -> None:
    with pytest.raises(ValueError, match="width of a signal"):
        gaussian_template(width)
