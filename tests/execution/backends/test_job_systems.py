"""What is submitted, as text: no job runs here."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bumpcast.batch.environment_unpack import FACTS
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.sites import read_site
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.job_systems import HTCondor, JobRequest, Slurm, job_script
from bumpcast.execution.backends.packed import check_environment
from bumpcast.execution.backends.site import PACKAGES
from bumpcast.own_code import code_digest

ROOT = Path(__file__).parents[3]
PROFILES = sorted((ROOT / "condor" / "sites").glob("*.toml"))


def make_environment(path: Path, **changes: Any) -> Path:
    """Write the head of an archive, as `bumpcast pack` does, of this environment."""
    recorded = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "base_python": sys.executable,
        "packages": {name: version(name) for name in PACKAGES},
        "code": code_digest(),
    }
    recorded |= changes
    text = json.dumps({key: value for key, value in recorded.items() if value}).encode()
    header = tarfile.TarInfo(FACTS)
    header.size = len(text)
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(header, io.BytesIO(text))
    return path


@pytest.fixture
def made_environment(tmp_path: Path) -> Path:
    return make_environment(tmp_path / "env.tar.gz")


def condor_script(tmp_path: Path, **table: Any) -> str:
    cluster = ClusterConfig.model_validate(table)
    return job_script(HTCondor(), JobRequest(cluster, tmp_path / "logs"))


def slurm_script(tmp_path: Path, **table: Any) -> str:
    cluster = ClusterConfig.model_validate(table)
    return job_script(Slurm(), JobRequest(cluster, tmp_path / "logs"))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_makes_a_job(path: Path, tmp_path: Path) -> None:
    table = read_site(str(path)).values["cluster"]
    # A profile without a shared file system leaves the image to the user.
    image = {"image": "/images/one.sif"} if table.get("file_transfer") else {}
    script = condor_script(tmp_path, **table, **image)
    assert "distributed.cli.dask_worker tcp://" in script
    assert script.rstrip().endswith("Queue")
    for word, value in table.get("directives", {}).items():
        assert f"{word} = {value}" in script


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_htcondor_takes_every_profiles_job(path: Path, tmp_path: Path, htcondor_pool: Any) -> None:
    table = read_site(str(path)).values["cluster"]
    image = {"image": "/images/one.sif"} if table.get("file_transfer") else {}
    submit = tmp_path / "job.sub"
    submit.write_text(condor_script(tmp_path, **table, **image))
    done = subprocess.run(
        ["condor_submit", "-dry-run", str(tmp_path / "ad"), str(submit)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_key_reaches_htcondor(tmp_path: Path) -> None:
    script = condor_script(
        tmp_path,
        cores=2,
        memory="4 GiB",
        disk="5 GiB",
        account="group_higgs",
        walltime_s=7200,
        lifetime_s=6000,
        lifetime_stagger_s=300,
        image="/images/one.sif",
        prologue=["source setup.sh"],
        death_timeout_s=33,
        directives={"+JobFlavour": '"workday"'},
    )
    for line in (
        "accounting_group = group_higgs",
        "+MaxRuntime = 7200",
        "container_image = /images/one.sif",
        "transfer_executable = False",
        '+JobFlavour = "workday"',
        "MY.DaskWorkerMemory = 4294967296",
        "MY.DaskWorkerDisk = 5368709120",
        "MY.DaskWorkerCores = 2",
    ):
        assert line in script.splitlines()
    for words in (
        "; source setup.sh; python3 -m distributed.cli.dask_worker",
        "--nworkers 2",
        "--lifetime 6000s --lifetime-stagger 300s",
        "--death-timeout 33",
        "OMP_NUM_THREADS=1",
    ):
        assert words in script


def test_a_sites_own_word_for_the_image_is_an_expression(tmp_path: Path) -> None:
    script = condor_script(tmp_path, image="/images/one", image_directive="+SingularityImage")
    assert '+SingularityImage = "/images/one"' in script.splitlines()


def test_without_a_shared_file_system_files_travel(tmp_path: Path) -> None:
    cluster = ClusterConfig(file_transfer=True, image="/images/one", transfer_files=["/a/b.tar"])
    secret = tmp_path / "key.pem"
    request = JobRequest(cluster, tmp_path / "logs", certificates=(secret,))
    lines = job_script(HTCondor(), request).splitlines()
    assert "should_transfer_files = YES" in lines
    assert f"transfer_input_files = /a/b.tar, {secret}" in lines
    assert "encrypt_input_files = key.pem" in lines
    with pytest.raises(BackendError, match="give an environment, an image or p"):
        condor_script(tmp_path, file_transfer=True)


def test_an_environment_travels_and_is_unpacked(tmp_path: Path, made_environment: Path) -> None:
    secret = tmp_path / "key.pem"
    cluster = ClusterConfig(environment=str(made_environment), prologue=["source setup.sh"])
    script = job_script(HTCondor(), JobRequest(cluster, tmp_path / "logs", certificates=(secret,)))
    lines = script.splitlines()
    assert "should_transfer_files = YES" in lines
    assert "transfer_executable = False" in lines
    assert f"transfer_input_files = {made_environment}, {secret}" in lines
    assert "encrypt_input_files = key.pem" in lines
    # The user's own lines may be what puts a Python on PATH.
    order = ["source setup.sh", "test -f env.tar.gz", "BUMPCAST_ENVIRONMENT/cache", "-m distrib"]
    places = [script.index(words) for words in order]
    assert places == sorted(places)
    for variable in ("export PYTHONPATH", "export BUMPCAST_CACHE=/"):
        assert variable not in script


def test_slurms_jobs_read_an_environment_where_it_is(
    tmp_path: Path, made_environment: Path
) -> None:
    script = slurm_script(tmp_path, environment=str(made_environment))
    assert f"test -f {made_environment}" in script
    assert '"$BUMPCAST_PYTHON" -m distributed.cli.dask_worker' in script


def test_what_is_no_environment_is_told(tmp_path: Path) -> None:
    (tmp_path / "env.tar.gz").write_text("none")
    for name, match in (("env.tar.gz", "is no environment that `bum"), ("no.tar.gz", "No such fi")):
        with pytest.raises(BackendError, match=match):
            check_environment(tmp_path / name)


def test_an_environment_of_another_time_is_told(tmp_path: Path, made_environment: Path) -> None:
    assert check_environment(made_environment).endswith("like the driver's")
    other = make_environment(tmp_path / "other.tar.gz", python="3.4", code="f" * 64)
    match = (
        r"Python is 3\.4 there and .* here; the code of bumpcast is f{16} there and .* here\. Pack"
    )
    with pytest.raises(BackendError, match=match):
        check_environment(other)
    old = make_environment(tmp_path / "old.tar.gz", code=None)
    check_environment(old)


def test_htcondor_has_no_queue_to_choose(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"\[cluster\] queue is 'long', and HTCondor has no"):
        condor_script(tmp_path, queue="long")


def test_every_key_reaches_slurm(tmp_path: Path) -> None:
    script = slurm_script(
        tmp_path,
        cores=2,
        memory="4 GiB",
        queue="short",
        account="higgs",
        walltime_s=5400,
        image="/images/one.sif",
        prologue=["source setup.sh"],
        directives={"--constraint": "avx2", "--exclusive": ""},
    )
    for line in (
        "#SBATCH -p short",
        "#SBATCH -A higgs",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --mem=4G",
        "#SBATCH -t 01:30:00",
        "#SBATCH --constraint=avx2",
        "#SBATCH --exclusive",
        "source setup.sh",
    ):
        assert line in script.splitlines()
    assert "apptainer exec /images/one.sif python3 -m distributed.cli.dask_worker" in script
    assert "--lifetime 4860s" in script


def test_slurms_job_is_shell_that_a_shell_reads(tmp_path: Path) -> None:
    path = tmp_path / "job.sh"
    path.write_text(slurm_script(tmp_path))
    assert "#SBATCH -t" not in path.read_text()
    subprocess.run([shutil.which("bash") or "sh", "-n", str(path)], check=True, timeout=30)


def test_slurm_brings_no_files(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="Slurm brings no files"):
        slurm_script(tmp_path, transfer_files=["/a"])


def test_the_proxy_is_named_and_never_shown(tmp_path: Path) -> None:
    proxy = tmp_path / "proxy"
    proxy.write_text("secret")
    request = JobRequest(ClusterConfig(), tmp_path / "logs", proxy=proxy)
    assert f"x509userproxy = {proxy}" in job_script(HTCondor(), request).splitlines()
    assert f"export X509_USER_PROXY={proxy}" in job_script(Slurm(), request).splitlines()
    assert "secret" not in job_script(HTCondor(), request) + job_script(Slurm(), request)
