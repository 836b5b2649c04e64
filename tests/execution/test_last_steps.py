"""What a run does behind its last task."""

from __future__ import annotations

import pytest

from bumpcast.execution import RESULT, run
from bumpcast.execution.mergetree import MergeError
from bumpcast.execution.processor_spec import ProcessorError
from bumpcast.store import UnstorableError


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        ("object", UnstorableError, r"output\['a'\] is a builtins\.object"),
        ("lambda", UnstorableError, r"output\['a'\] is a builtins\.function"),
        ("changing", MergeError, "cannot be added"),
    ],
)
@pytest.mark.parametrize("executor", ["iterative", "futures"])
def test_outputs_that_cannot_be_kept(make_analysis, tmp_path, output, error, message, executor):
    analysis = make_analysis(
        "troubled.py:Troubled", options={"output": output}, names=["ttbar"], executor=executor
    )
    with pytest.raises(error, match=message):
        run(analysis, tmp_path / "out")


def test_postprocess_and_publish(make_analysis, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "class Own:\n"
        "    def columns(self, dataset, keys):\n"
        "        assert dataset == 'ttbar'\n"
        "        return [key for key in keys if key.endswith('Jet.PT')]\n"
        "    def process(self, events):\n"
        "        assert events.fields\n"
        "        return {'n': len(events)}\n"
        "    def postprocess(self, output):\n"
        "        return {**output, 'twice': 2 * output['n']}\n"
        "    def publish(self, output, folder, run):\n"
        "        (folder / 'own.txt').write_text(str(output))\n"
        "        return [f'{run.entries_seen} events']\n"
    )
    analysis = make_analysis(names=["ttbar"]).model_copy(update={"processor": f"{file}:Own"})
    summary = run(analysis, tmp_path / "out")
    assert summary.output == {"n": 1800, "twice": 3600}
    assert summary.lines == ("1800 events",)
    assert (tmp_path / "out" / "own.txt").read_text() == str(summary.output)
    assert not (tmp_path / "out" / RESULT).exists()
    file.write_text(file.read_text().replace("(folder /", "1 / 0; (folder /"))
    with pytest.raises(ProcessorError, match=r"(?s)Own\.publish failed.*ZeroDivisionError"):
        run(analysis, tmp_path / "out", overwrite=True)


LATE = """
import os
import signal

from coffea.processor import ProcessorABC


class Late(ProcessorABC):
    def process(self, events):
        return {"events": len(events)}

    def publish(self, output, folder, summary):
        os.kill(os.getpid(), signal.SIGINT)
        (folder / "done.txt").write_text(str(output))
        return ["published"]
"""


def test_a_signal_while_results_are_written_comes_too_late(make_analysis, tmp_path):
    (tmp_path / "late.py").write_text(LATE)
    summary = run(make_analysis(tmp_path / "late.py:Late"), tmp_path / "run")
    assert summary.stopped_by is None
    assert summary.status == "complete"
    assert (tmp_path / "run" / "done.txt").exists()
