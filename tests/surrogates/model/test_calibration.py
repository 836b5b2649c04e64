"""From margins to probabilities that are frequencies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from bumpcast.surrogates.model.calibration import Calibration, CalibrationError

EVENTS = 200_000


@pytest.fixture(scope="module")
def search():
    """Margins whose softmax is how probable three classes are, two of them rare, and decisions."""
    random = np.random.default_rng(2)
    true = random.normal(0, 1.5, (EVENTS, 3)) + np.array([5.0, 0.0, -1.0])
    probable = softmax(true, axis=1)
    decision = (random.random(EVENTS)[:, None] > probable.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return true, probable, decision


def loss(probabilities, decision):
    return -np.log(probabilities[np.arange(EVENTS), decision]).mean()


def test_what_is_too_sure_is_mended(search):
    true, probable, decision = search
    wrong = 1.4 * true + np.array([0.5, 0.0, 0.0])
    found = Calibration.fitted(wrong, decision, np.ones(EVENTS)).probabilities(wrong)
    before = loss(softmax(wrong, axis=1), decision) - loss(probable, decision)
    assert loss(found, decision) - loss(probable, decision) < 0.25 * before
    np.testing.assert_allclose(found.sum(axis=0), np.bincount(decision), rtol=0.2)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    # Also where a class is rare, as far as there are events: it was taken for a twentieth.
    rare = (probable[:, 1] > 5e-4) & (probable[:, 1] < 2e-3)
    expected = probable[rare, 1].mean()
    assert softmax(wrong, axis=1)[rare, 1].mean() < 0.05 * expected
    assert 0.3 * expected < found[rare, 1].mean() < expected


def test_what_is_right_stays(search):
    true, probable, decision = search
    found = Calibration.fitted(true, decision, np.ones(EVENTS)).probabilities(true)
    assert abs(loss(found, decision) - loss(probable, decision)) < 3e-4
    np.testing.assert_allclose(found.sum(axis=0), np.bincount(decision), rtol=0.02)
    for low, high in ((5e-4, 2e-3), (2e-3, 1e-2), (1e-2, 0.1), (0.1, 1)):
        part = (probable[:, 1] > low) & (probable[:, 1] < high)
        assert found[part, 1].mean() == pytest.approx(probable[part, 1].mean(), rel=0.1)


def test_a_few_events_are_not_believed(search):
    true, _, decision = search
    wrong = true + np.array([0.0, 2.0, 0.0])
    few = Calibration.fitted(wrong[:300], decision[:300], np.ones(300))
    many = Calibration.fitted(wrong, decision, np.ones(EVENTS))
    assert min(shift.min() for shift in few.shift) > -1.0
    assert many.shift[1].min() < -1.5


def test_weights_count_as_events(search):
    true, _, decision = search
    wrong = 1.4 * true
    ones = Calibration.fitted(wrong, decision, np.ones(EVENTS))
    same = Calibration.fitted(wrong, decision, np.full(EVENTS, 7.0))
    for one, other in zip(ones.shift, same.shift, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_lines_go_from_point_to_point():
    calibration = Calibration.of([[-3.0, -1.0], [0.0], [0.0]], [[0.4, 0.0], [0.0], [0.0]])
    margins = np.log([[0.1, 0.3, 0.6], [0.01, 0.5, 0.49]])
    logs = log_softmax(margins, axis=1)
    logs[0, 0] += 0.4 * (-1 - np.log(0.1)) / 2
    logs[1, 0] += 0.4
    np.testing.assert_allclose(calibration.probabilities(margins), softmax(logs, axis=1))
    same = Calibration.none(3).probabilities(margins)
    np.testing.assert_allclose(same, softmax(margins, axis=1))


def test_every_class_has_to_have_events(search):
    true, _, decision = search
    with pytest.raises(CalibrationError, match="class 2 has no events"):
        Calibration.fitted(true, np.minimum(decision, 1), np.ones(EVENTS))
