"""What is prepared while tasks run."""

from __future__ import annotations

import pytest

from bumpcast.execution import run
from bumpcast.execution.processor_spec import ProcessorError

PREPARED = """
from coffea.processor import ProcessorABC


class Prepared(ProcessorABC):
    steps = []

    def process(self, events):
        self.steps.append("process")
        return {"events": len(events)}

    def postprocess(self, accumulator):
        return accumulator

    def prepare_publish(self):
        self.steps.append("prepare_publish")
        if FAILS:
            raise OverflowError("cannot prepare")

    def publish(self, output, folder, summary):
        return [*self.steps, "publish"]
"""


def test_publishing_is_prepared_while_tasks_run(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(PREPARED.replace("FAILS", "False"))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    lines = list(run(analysis, tmp_path / "out").lines)
    assert lines.count("prepare_publish") == 1
    assert lines[-1] == "publish"


def test_tasks_go_on_while_publishing_is_prepared(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    waiting = "while self.steps.count('process') < 3:\n            pass\n        if False:"
    path.write_text(PREPARED.replace("if FAILS:", waiting))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    summary = run(analysis, tmp_path / "out")
    assert summary.chunks >= 3
    assert "prepare_publish" in summary.lines


def test_a_failing_preparation_names_the_method(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(PREPARED.replace("FAILS", "True"))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    with pytest.raises(ProcessorError, match=r"Prepared\.prepare_publish failed"):
        run(analysis, tmp_path / "out")
