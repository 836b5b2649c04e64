"""Encrypted connections on a real HTCondor pool of this machine."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from pool_tools import condor, queue, wait_until

from bumpcast.batch.proxy import ProxyError, check_proxy
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution import run
from bumpcast.execution.backends.base import LOGS, BackendError
from bumpcast.execution.backends.certificates import (
    FOLDER,
    make_certificates,
    remove_certificates,
)
from bumpcast.execution.backends.job_systems import HTCondor, JobRequest, job_script
from bumpcast.execution.backends.listening import listening

INTRUDER = """
import sys
from distributed import Client, Security

folder = sys.argv[2]
own = Security(
    tls_ca_file=folder + "/ca.pem",
    tls_client_cert=folder + "/cert.pem",
    tls_client_key=folder + "/key.pem",
    require_encryption=True,
)
for security in (None, Security.temporary(), own):
    address = sys.argv[1] if security else sys.argv[1].replace("tls://", "tcp://")
    try:
        Client(address, security=security, timeout=2)
    except (OSError, TimeoutError, RuntimeError):
        print("refused")
    else:
        print("let in")
"""


def test_the_files_are_the_users_alone_and_go(tmp_path: Path) -> None:
    security, files = make_certificates(tmp_path, travel=False)
    assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    for role in ("scheduler", "client"):
        assert "PRIVATE KEY" in security.get_tls_config_for_role(role)["key"]
    assert security.get_tls_config_for_role("worker")["key"] == str(tmp_path / FOLDER / "key.pem")
    remove_certificates(tmp_path)
    assert not (tmp_path / FOLDER).exists()


def test_files_that_travel_have_names_only(tmp_path: Path) -> None:
    security, _ = make_certificates(tmp_path, travel=True)
    worker = security.get_tls_config_for_role("worker")
    assert [worker[key] for key in ("ca_file", "cert", "key")] == ["ca.pem", "cert.pem", "key.pem"]


@pytest.mark.parametrize("travel", [False, True], ids=["shared", "travelling"])
def test_a_run_behind_certificates(
    on_condor: Any, htcondor_pool: Any, make_analysis: Any, tmp_path: Path, travel: bool
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    folder = tmp_path / "there"
    seen: dict[str, str] = {}

    def look() -> None:
        if not wait_until(lambda: bool(queue()), 60):
            return
        # The scheduler waits for its first worker until the intruder is done.
        number = queue()[0].split()[0]
        condor("condor_hold", number)
        seen["secret"] = (folder / FOLDER / "key.pem").read_text()
        seen["queue"] = condor("condor_q", "-l")
        address = re.findall(r"tls://[\d.]+:\d+", seen["queue"])[0]
        done = subprocess.run(
            [sys.executable, "-c", INTRUDER, address, str(folder / FOLDER)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        seen["intruder"] = done.stdout + done.stderr
        condor("condor_release", number)

    thread = threading.Thread(target=look)
    thread.start()
    table: dict[str, Any] = {"tls": "always"}
    if travel:
        source = Path(__file__).parents[3] / "src"
        table |= {
            "file_transfer": True,
            "python": sys.executable,
            "prologue": [f"export PYTHONPATH={source}"],
        }
    there = run(on_condor("troubled.py:Troubled", table), folder)
    thread.join()
    assert there.complete
    assert there.output == here.output
    assert not (folder / FOLDER).exists()
    assert seen["intruder"].split("\n") == ["refused", "refused", "let in", ""]

    body = seen["secret"].splitlines()[3]
    assert len(body) > 50
    assert wait_until(lambda: not queue(), 30)
    history = condor("condor_history", "-l")
    assert "--tls-key" in history
    for text in (seen["queue"], history):
        assert body not in text
        assert "PRIVATE KEY" not in text
    assert list((folder / LOGS).glob("*.err"))
    for place in (folder, htcondor_pool.folder):
        for path in place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert body.encode() not in path.read_bytes(), path


def test_what_a_killed_run_left_goes_with_the_next(make_analysis: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    half = make_analysis("troubled.py:Troubled", options={"raises_at": [300]}, retries=0)
    run(half, folder)
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "key.pem").write_text("old")
    run(half, folder, resume=True)
    assert not (folder / FOLDER).exists()


def test_only_a_scheduler_that_others_can_reach_needs_certificates() -> None:
    assert listening(ClusterConfig()).on_loopback
    assert listening(ClusterConfig(interface="lo")).on_loopback
    assert listening(ClusterConfig(host="localhost")).on_loopback
    assert not listening(ClusterConfig(host="0.0.0.0")).on_loopback
    assert not listening(ClusterConfig(host="192.0.2.1")).on_loopback


def test_the_dashboard_stays_on_the_loopback() -> None:
    place = listening(ClusterConfig(host="0.0.0.0"))
    assert place.scheduler["dashboard_address"] == "127.0.0.1:0"
    assert "--host" not in place.workers
    assert listening(ClusterConfig()).workers == ("--host", "127.0.0.1")


def test_ports_come_from_the_range() -> None:
    place = listening(
        ClusterConfig(scheduler_port="42000:42100", worker_ports="10000:10100", dashboard_port=8787)
    )
    assert 42000 <= place.scheduler["port"] <= 42100
    assert place.scheduler["dashboard_address"] == "127.0.0.1:8787"
    assert place.workers[2:] == ("--worker-port", "10000:10100", "--nanny-port", "10000:10100")


def test_an_interface_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(BackendError, match=r"no interface 'eth77'; it has .*\blo\b"):
        listening(ClusterConfig(interface="eth77"))


def test_a_host_that_is_not_known_is_told() -> None:
    with pytest.raises(BackendError, match=r"'no-such-host\.invalid' is no address"):
        listening(ClusterConfig(host="no-such-host.invalid"))


def test_htcondor_takes_the_proxy_and_shows_its_name_alone(
    htcondor_pool: Any, tmp_path: Path
) -> None:
    _, files = make_certificates(tmp_path, travel=False)
    proxy = tmp_path / "proxy"
    proxy.write_bytes(files[1].read_bytes() + files[2].read_bytes())
    proxy.chmod(0o600)
    request = JobRequest(ClusterConfig(), tmp_path / "logs", proxy=check_proxy(str(proxy), 3600))
    submit, ad = tmp_path / "job.sub", tmp_path / "ad"
    submit.write_text(job_script(HTCondor(), request))
    condor("condor_submit", "-dry-run", str(ad), str(submit))
    assert f'x509userproxy="{proxy}"' in ad.read_text()
    assert files[2].read_text().splitlines()[3] not in ad.read_text()


def test_a_proxy_that_is_not_there_ends_the_run_before_a_job_is_submitted(
    on_condor: Any, tmp_path: Path
) -> None:
    with pytest.raises(ProxyError, match="there is no proxy to read"):
        run(on_condor(cluster={"proxy": str(tmp_path / "none")}), tmp_path / "run")
    assert queue() == []
    assert not (tmp_path / "run" / LOGS).exists()
