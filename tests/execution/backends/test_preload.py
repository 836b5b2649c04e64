from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time

import psutil

from bumpcast.execution.backends.preload import preload


def test_what_fails_to_import_is_left_out():
    handler = signal.getsignal(signal.SIGALRM)
    sys.modules.pop("tomllib", None)
    preload(os.getppid(), ["no_such_module_at_all", "tomllib"])
    assert "tomllib" in sys.modules
    assert gc.isenabled()
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_server_whose_driver_is_gone_ends_while_it_imports(tmp_path):
    (tmp_path / "endless.py").write_text("import time\nwhile True:\n    time.sleep(0.01)\n")
    script = (
        "import os\n"
        "from multiprocessing import forkserver\n"
        "from bumpcast.execution.backends.forkserver import start_server\n"
        "start_server(['endless'])\n"
        "print(forkserver._forkserver._forkserver_pid, flush=True)\n"
        "os._exit(0)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=60, check=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    end = time.monotonic() + 20
    while psutil.pid_exists(int(done.stdout)):
        assert time.monotonic() < end
        time.sleep(0.05)
