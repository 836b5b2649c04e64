from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.config import ConfigurationError, load
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.digest import analysis_digest
from bumpcast.config.loader import load_with_origins
from bumpcast.config.sites import SiteError, find_site, read_site

ROOT = Path(__file__).parents[2]
PROFILES = sorted(path.stem for path in (ROOT / "condor" / "sites").glob("*.toml"))


@pytest.fixture
def own_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder of profiles, empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    folder = tmp_path / "settings" / "bumpcast" / "sites"
    folder.mkdir(parents=True)
    return folder


def test_the_project_has_its_profiles() -> None:
    assert {"generic", "lxbatch", "lpc", "artemisa", "testpool"} <= set(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_loads_and_changes_no_result(
    write_config, own_sites: Path, name: str
) -> None:
    path = write_config()
    assert analysis_digest(load(path, site=name)) == analysis_digest(load(path))


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_says_where_it_is_from_and_whether_it_ran(name: str) -> None:
    text = find_site(str(ROOT / "condor" / "sites" / f"{name}.toml")).read_text()
    assert "# From public documentation" in text
    assert "# Ran for real: " in text


def test_the_files_win_over_the_profile_and_the_command_line_over_both(
    write_config, own_sites: Path
) -> None:
    (own_sites / "here.toml").write_text(
        '[cluster]\ncores = 4\nmemory = "5 GB"\ndisk = "6 GB"\nlogs = "logs"\n'
        'directives = { "+A" = "1", "+B" = "2" }\n'
    )
    path = write_config('[cluster]\nmemory = "7 GB"\ndirectives = { "+B" = "3" }\n')
    cluster = load(path, ['cluster.disk="8 GB"'], "here").cluster
    assert (cluster.cores, cluster.memory, cluster.disk) == (4, "7 GB", "8 GB")
    assert cluster.directives == {"+A": "1", "+B": "3"}
    assert cluster.logs == str(own_sites / "logs")


def test_a_mistake_in_a_profile_is_told_with_its_place(write_config, own_sites: Path) -> None:
    (own_sites / "here.toml").write_text("[cluster]\ncores = 1\nmemorie = 3\n")
    with pytest.raises(ConfigurationError, match=r"here\.toml:3: cluster\.memorie: unknown key"):
        load(write_config(), site="here")
    (own_sites / "here.toml").write_text("[cluster]\n[run]\nmax_events = 3\n")
    with pytest.raises(
        ConfigurationError, match=r"here\.toml:2: run: .*only the table \[cluster\]"
    ):
        read_site("here")


def test_the_origin_of_a_profiles_key_is_the_profile(write_config, own_sites: Path) -> None:
    (own_sites / "here.toml").write_text("[cluster]\ncores = 4\n")
    layer = load_with_origins(write_config(), site="here").layer
    assert str(layer.origins["cluster", "cores"]).endswith("here.toml:2")


def test_the_users_own_profile_comes_first(own_sites: Path) -> None:
    assert find_site("generic") == ROOT / "condor" / "sites" / "generic.toml"
    (own_sites / "generic.toml").write_text("[cluster]\n")
    assert find_site("generic") == own_sites / "generic.toml"


def test_a_profile_that_is_not_there_is_told_with_the_nearest(own_sites: Path) -> None:
    with pytest.raises(
        SiteError, match=r"no site profile 'lxbach'. Did you mean 'lxbatch'.*Looked"
    ):
        find_site("lxbach")
    with pytest.raises(SiteError, match="no site profile"):
        find_site("../sites/generic")
    with pytest.raises(SiteError, match=r"no site profile nowhere\.toml"):
        find_site("nowhere.toml")


def test_config_show_takes_a_profile(write_config, own_sites: Path) -> None:
    arguments = ["config", "show", str(write_config()), "--site", "artemisa", "--origins"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "max_jobs = 8" in result.output
    assert "artemisa.toml:" in result.output


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('host = "a"\ninterface = "b"', "host and interface are both given"),
        ('scheduler_port = "9100:9000"', "must be a port"),
        ("worker_ports = 70000", "must be a port"),
        ("min_jobs = 3", "needs max_jobs"),
        ("min_jobs = 3\nmax_jobs = 2", "min_jobs, 3, is above max_jobs, 2"),
        ("walltime_s = 3600\nlifetime_s = 3600", "must end before walltime_s"),
        ('tls_ca = "ca.pem"', "go together"),
    ],
)
def test_what_does_not_fit_together_is_told(write_config, table: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(write_config(f"[cluster]\n{table}\n"))


def test_the_number_of_jobs_is_fixed_without_bounds() -> None:
    assert ClusterConfig(cores=4).jobs_for(9) == (3, 3)
    assert ClusterConfig(max_jobs=7).jobs_for(9) == (1, 7)
    assert ClusterConfig(min_jobs=0, max_jobs=7).jobs_for(9) == (0, 7)


def test_a_worker_ends_before_its_job_has_to() -> None:
    assert ClusterConfig().worker_lifetime_s is None
    assert ClusterConfig(walltime_s=1000, lifetime_stagger_s=100).worker_lifetime_s == 800
    assert ClusterConfig(walltime_s=1000, lifetime_s=500).worker_lifetime_s == 500
