from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from condor.testpool import Pool, install
from condor.testpool.processes import processes

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
IDLE, RUNNING, HELD = "1", "2", "5"

# Goes on by itself in a session of its own, where its parent's end does not reach it.
DETACHING = "#!/bin/sh\nsetsid sleep 600 &\nsleep 600\n"


def ask(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def submit(folder, script, **commands):
    """Submit a shell script as a job from a folder; return the job's number in the queue."""
    program = folder / "job.sh"
    program.write_text(script)
    program.chmod(0o755)
    settings = {
        "executable": program,
        "initialdir": folder,
        "output": "out",
        "error": "err",
        "log": "log",
        "request_cpus": 1,
        "request_memory": "100MB",
        "request_disk": "10MB",
        "should_transfer_files": "YES",
        "when_to_transfer_output": "ON_EXIT",
    } | commands
    description = folder / "job.sub"
    lines = [f"{key} = {value}" for key, value in settings.items()]
    description.write_text("\n".join([*lines, "queue", ""]))
    return ask("condor_submit", "-terse", description).split()[0]


def states():
    return ask("condor_q", "-af", "JobStatus").split()


def until(truth, what, timeout=30):
    """Wait until something is true."""
    end = time.monotonic() + timeout
    while not truth():
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(0.1)


@pytest.fixture
def empty_queue(htcondor_pool):
    """The session's pool, whose queue the test has to leave empty."""
    assert states() == []
    yield htcondor_pool
    left = states()
    if left:
        ask("condor_rm", "-all")
    assert left == []


def test_programs_are_fetched_only_once(htcondor_prefix):
    before = (htcondor_prefix / "usr/bin/condor_submit").stat()
    begun = time.monotonic()
    install(htcondor_prefix)
    assert time.monotonic() - begun < 1
    assert (htcondor_prefix / "usr/bin/condor_submit").stat() == before


def test_its_commands_are_on_the_path(htcondor_pool):
    assert Path(shutil.which("condor_submit")).parent == htcondor_pool.commands
    assert Path(ask("condor_config_val", "LOCAL_DIR").strip()) == htcondor_pool.folder
    assert ask("condor_status", "-af", "TotalSlotCpus", "TotalSlotMemory").split() == ["2", "4096"]


def test_it_listens_on_the_loopback_only(htcondor_pool):
    numbers = htcondor_pool.processes()
    addresses = {
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.pid in numbers
    }
    assert addresses == {"127.0.0.1"}


def test_a_job_takes_files_there_and_back(empty_queue, tmp_path):
    (tmp_path / "events.txt").write_text("three\nshort\nlines\n")
    job = submit(
        tmp_path,
        '#!/bin/sh\nwc -l < events.txt > count.txt\necho said\npwd >&2\ntest "$1" = "a word"\n',
        arguments="\"'a word'\"",
        transfer_input_files="events.txt",
        transfer_output_files="count.txt",
    )
    ask("condor_wait", "-wait", "50", tmp_path / "log")
    assert (tmp_path / "count.txt").read_text().strip() == "3"
    assert (tmp_path / "out").read_text() == "said\n"
    # It worked in a folder of its own, not where it came from.
    assert (tmp_path / "err").read_text().startswith(f"{empty_queue.folder}/execute/")
    until(lambda: states() == [], "the job leaves the queue")
    until(lambda: ask("condor_history", job, "-af", "ExitCode").split() == ["0"], "it ended with 0")


def test_two_jobs_run_at_a_time_and_a_third_waits(empty_queue, tmp_path):
    for name in ("first", "second", "third"):
        (tmp_path / name).mkdir()
        submit(tmp_path / name, "#!/bin/sh\nsleep 600\n")
    until(lambda: sorted(states()) == [IDLE, RUNNING, RUNNING], "two of three jobs run")
    ask("condor_rm", "-all")
    until(lambda: states() == [], "the queue is empty")
    until(
        lambda: not {"sleep", "job.sh"} & set(empty_queue.processes().values()),
        "the jobs have ended",
    )


@pytest.mark.parametrize(
    ("commands", "state"),
    [({"hold": "True"}, HELD), ({"request_cpus": 3}, IDLE)],
    ids=["held", "too big for any slot"],
)
def test_a_job_that_waits_can_be_removed(empty_queue, tmp_path, commands, state):
    job = submit(tmp_path, "#!/bin/sh\ntrue\n", **commands)
    time.sleep(1)
    assert states() == [state]
    assert "marked for removal" in ask("condor_rm", job)
    until(lambda: states() == [], "the queue is empty")


def test_stop_ends_jobs_and_what_they_detached(own_htcondor_pool, tmp_path):
    submit(tmp_path, DETACHING)
    pool = own_htcondor_pool
    until(lambda: list(pool.processes().values()).count("sleep") == 2, "the job runs")
    family = [psutil.Process(number) for number in pool.processes()]
    assert len(family) >= 9  # six daemons, shadow, starter, the job's own
    pool.stop()
    assert pool.processes() == {}
    _, alive = psutil.wait_procs(family, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_it_can_be_stopped_and_started_again(own_htcondor_pool, tmp_path):
    submit(tmp_path, "#!/bin/sh\nsleep 600\n")
    until(lambda: states() == [RUNNING], "the job runs")
    own_htcondor_pool.stop()
    own_htcondor_pool.stop()
    with pytest.raises(subprocess.CalledProcessError):
        ask("condor_q")
    own_htcondor_pool.start()
    running = own_htcondor_pool.processes()
    own_htcondor_pool.start()
    assert own_htcondor_pool.processes() == running
    assert states() == []


def test_it_dies_with_its_parent(htcondor_prefix, tmp_path, monkeypatch):
    """A test run that is killed leaves nothing behind, not even jobs."""
    pool = Pool(htcondor_prefix, tmp_path / "htcondor")
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from condor.testpool import Pool\n"
        "Pool(Path(sys.argv[1]), Path(sys.argv[2]), die_with_parent=True).start()\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setenv("PATH", str(pool.commands), prepend=":")
    parent = subprocess.Popen(
        [sys.executable, "-c", program, htcondor_prefix, pool.folder],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with parent:
            assert parent.stdout.readline() == "started\n"
            submit(tmp_path, DETACHING)
            until(lambda: list(pool.processes().values()).count("sleep") == 2, "the job runs")
            parent.send_signal(signal.SIGKILL)
        until(lambda: pool.processes() == {}, "every process has ended")
    finally:
        parent.kill()
        pool.stop()


def test_the_command_line_starts_and_stops_a_pool(htcondor_prefix, tmp_path):
    def testpool(verb):
        options = [f"--prefix={htcondor_prefix}", f"--folder={tmp_path}", "--cpus=1"]
        return ask(sys.executable, "-m", "condor.testpool", verb, *options)

    try:
        testpool("start")
        line = testpool("env").strip()
        name = ask("sh", "-c", f"{line}; condor_status -af TotalSlotCpus; condor_q -totals")
        assert name.split()[0] == "1"
    finally:
        testpool("stop")
    assert processes(tmp_path) == {}
