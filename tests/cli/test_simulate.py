"""`bumpcast simulate` where something is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CARD = Path(__file__).parents[2] / "configs" / "simulate" / "higgs_to_llps.toml"

WITHOUT_PYTHIA = """
import sys

sys.modules["pythia8mc"] = None
from bumpcast.cli.main import main

main(["simulate", sys.argv[1], "--events", "10", "--output", "events.root"])
"""


def test_without_the_extra(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYTHIA, CARD], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == (
        "Error: simulating needs the package 'pythia8mc', which is not installed: "
        "pip install 'bumpcast[simulate]'\n"
    )
    assert list(tmp_path.iterdir()) == []
