from __future__ import annotations

import pytest

from bumpcast.batch.submit_log import JobStates, LogReader, parse_events, read_states

SUBMITTED = (
    "000 (012.000.000) 2026-11-22 04:53:27 Job submitted from host: <127.0.0.1:40171>\n...\n"
)
RUNNING = """\
001 (012.000.000) 2026-11-22 04:53:28 Job executing on host: <127.0.0.1:46241>
\tSlotName: slot1_1@node7.example
\tCpus = 1
...
"""
SIZE = """\
006 (012.000.000) 2026-11-22 04:53:28 Image size of job updated: 1
\t5  -  MemoryUsage of job (MB)
...
"""
HELD = """\
012 (012.000.000) 2026-11-22 04:53:29 Job was held.
\tTransfer output files failure: no such file
\tCode 12 Subcode 2
...
"""
RELEASED = "013 (012.000.000) 2026-11-22 04:53:30 Job was released.\n\tvia condor_release\n...\n"
ENDED = """\
005 (012.000.000) 2026-11-22 04:53:31 Job terminated.
\t({how}
\t\tUsr 0 00:00:00, Sys 0 00:00:00  -  Run Remote Usage
...
"""
REMOVED = """\
009 (012.000.000) 2026-11-22 04:53:32 Job was aborted.
\tvia condor_rm (by user someone)
...
"""
EVICTED = "004 (012.000.000) 2026-11-22 04:53:29 Job was evicted.\n\t(0) CPU times\n...\n"


def states_of(text):
    states = JobStates()
    return states, states.take(parse_events(text))


def test_a_job_that_ends():
    text = SUBMITTED + RUNNING + SIZE + ENDED.format(how="1) Normal termination (return value 3)")
    states, lines = states_of(text)
    assert lines == [
        "04:53:27  job 12.0: submitted",
        "04:53:28  job 12.0: runs on slot1_1@node7.example",
        "04:53:31  job 12.0: ended with exit code 3",
    ]
    assert states.all_finished
    assert states.exit_code == 3


@pytest.mark.parametrize(
    ("text", "state", "code", "said"),
    [
        (ENDED.format(how="0) Abnormal termination (signal 9)"), "killed", 137, "by signal 9"),
        (REMOVED, "removed", 1, "via condor_rm (by user someone)"),
        (ENDED.format(how="1) Normal termination (return value 0)"), "ended", 0, "exit code 0"),
    ],
)
def test_ends(text, state, code, said):
    states, lines = states_of(SUBMITTED + RUNNING + text)
    assert states.jobs["12.0"].state == state
    assert states.exit_code == code
    assert lines[-1].endswith(said)


def test_a_job_that_is_held_and_released():
    states, lines = states_of(SUBMITTED + HELD)
    assert [job.reason for job in states.held] == ["Transfer output files failure: no such file"]
    assert lines[-1] == "04:53:29  job 12.0: held: Transfer output files failure: no such file"
    assert not states.all_finished
    states, _ = states_of(SUBMITTED + HELD + RELEASED + RUNNING)
    assert states.held == []
    assert states.jobs["12.0"].state == "running"


def test_a_job_that_starts_again():
    states, lines = states_of(SUBMITTED + RUNNING + EVICTED + RUNNING)
    assert states.jobs["12.0"].starts == 2
    assert "lost its slot and goes back to the queue" in lines[2]


def test_the_last_submission_counts():
    old = SUBMITTED + ENDED.format(how="1) Normal termination (return value 5)")
    states, _ = states_of(old + SUBMITTED.replace("(012.", "(013."))
    assert list(states.jobs) == ["13.0"]
    assert not states.all_finished


def test_a_submission_of_several():
    second = ENDED.format(how="1) Normal termination (return value 2)").replace(".000.", ".001.")
    text = SUBMITTED + SUBMITTED.replace(".000.", ".001.")
    states, _ = states_of(text + second)
    assert set(states.jobs) == {"12.0", "12.1"}
    assert not states.all_finished
    states, _ = states_of(
        text + second + ENDED.format(how="1) Normal termination (return value 0)")
    )
    assert states.all_finished
    assert states.exit_code == 2


def test_a_log_is_read_as_it_grows(tmp_path):
    path = tmp_path / "job.log"
    reader = LogReader(path)
    assert reader.new() == []
    text = SUBMITTED + RUNNING
    events = []
    for end in range(len(text) + 1):
        path.write_text(text[:end])
        events += reader.new()
    assert [event.kind for event in events] == ["000", "001"]
    assert events == parse_events(text)
    assert reader.new() == []


def test_no_log_is_no_job(tmp_path):
    states = read_states(tmp_path / "job.log")
    assert states.jobs == {}
    assert not states.all_finished
