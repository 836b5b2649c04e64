from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bumpcast.config import analysis_digest, load

WriteConfig = Callable[..., Path]


def test_the_digest_is_a_sha256_and_depends_on_the_content_only(
    write_config: WriteConfig, minimal: str
) -> None:
    path = write_config()
    digest = analysis_digest(load(path))
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    tables = minimal.split("\n\n")
    path.write_text("\n\n".join([tables[0], *reversed(tables[1:])]))
    assert analysis_digest(load(path)) == digest


@pytest.mark.parametrize(
    "override",
    [
        "run.executor=iterative",
        "run.workers=7",
        "run.chunk_events=10",
        "run.checkpoint_s=1",
        "datasets.ttbar.label=Top",
    ],
)
def test_what_does_not_change_a_histogram_does_not_count(
    write_config: WriteConfig, override: str
) -> None:
    path = write_config()
    assert analysis_digest(load(path, [override])) == analysis_digest(load(path))


@pytest.mark.parametrize(
    "override",
    [
        "run.max_events=10",
        "run.bad_events=skip",
        "datasets.ttbar.cross_section_pb=801",
        'datasets.ttbar.files=["other.root"]',
        "formats.delphes.b_tag_bit=1",
        "options.x=inf",
        "options.x=nan",
    ],
)
def test_what_can_change_a_histogram_counts(write_config: WriteConfig, override: str) -> None:
    path = write_config()
    assert analysis_digest(load(path, [override])) != analysis_digest(load(path))


SCAN = """
[binning]
detector = "atlas"
[scan]
min_events = 100
"""


@pytest.mark.parametrize(
    ("override", "counts"),
    [
        ("scan.min_events=50", False),
        ("scan.min_bins=1", False),
        ("scan.min_events_per_bin=1", False),
        ("scan.leading_jets=3", True),
        ("binning.width_factor=1.0", True),
    ],
)
def test_of_the_scan_only_what_is_applied_on_reading_does_not_count(
    write_config: WriteConfig, objects: str, override: str, counts: bool
) -> None:
    path = write_config(objects + SCAN)
    changed = load(path, [override])
    assert changed != load(path)
    assert (analysis_digest(changed) != analysis_digest(load(path))) == counts


def test_infinity_is_a_value_of_its_own(write_config: WriteConfig, objects: str) -> None:
    path = write_config(objects)
    bounds = ["[200, inf]", "[200, 1e308]"]
    digests = {
        analysis_digest(load(path, [f"objects.mass_classes.HM_GeV={bound}"])) for bound in bounds
    }
    assert len(digests) == 2
    assert load(path).objects.mass_classes.HM_GeV == (200.0, float("inf"))  # type: ignore[union-attr]
