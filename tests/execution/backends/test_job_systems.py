"""What is submitted, as text: no job runs here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.sites import read_site
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.job_systems import HTCondor, JobRequest, Slurm, job_script

ROOT = Path(__file__).parents[3]
PROFILES = sorted((ROOT / "condor" / "sites").glob("*.toml"))


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
    with pytest.raises(BackendError, match="give an image or python as well"):
        condor_script(tmp_path, file_transfer=True)


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
