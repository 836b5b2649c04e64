"""HTCondor's programs in a folder: Debian's packages fetched, unpacked and made to run from there.

The machine's own libraries may be older than the packages need. So their libraries are unpacked
with them, and each program is told to use the folder's loader and libraries. No package is
installed, and nothing outside the folder changes.
"""

from __future__ import annotations

import fcntl
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from condor.testpool.commands import CommandError, run
from condor.testpool.errors import PoolError, PoolUnavailableError

DEFAULT_SUITE = "trixie"
"""The Debian release whose HTCondor is taken, unless $BUMPCAST_CONDOR_SUITE names another."""

# HTCondor, every shared object that its programs link or load later, and the tool that patches
# them. The names are those of `DEFAULT_SUITE`.
PACKAGES = (
    *("condor", "patchelf"),
    *("gcc-14-base", "libc6", "libcrypt1", "libgcc-s1", "libgomp1", "libstdc++6"),
    *("libaudit1", "libcap-ng0", "libcap2", "libselinux1", "libsystemd0", "libpcre2-8-0"),
    *("libbrotli1", "libexpat1", "libsqlite3-0", "libuuid1", "zlib1g", "libzstd1"),
    *("libcurl4t64", "libnghttp2-14", "libnghttp3-9", "libpsl5t64", "librtmp1", "libssh2-1t64"),
    *("libcom-err2", "libgssapi-krb5-2", "libk5crypto3", "libkeyutils1", "libkrb5-3"),
    *("libkrb5support0", "libldap2", "libsasl2-2", "libmunge2", "libscitokens0t64"),
    *("libffi8", "libgmp10", "libgnutls30t64", "libhogweed6t64", "libidn2-0", "libnettle8t64"),
    *("libp11-kit0", "libssl3t64", "libtasn1-6", "libunistring5", "libvomsapi1t64"),
)

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
# Half of what is unpacked, and none of it is ever read by a pool.
_UNUSED = (
    *("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale"),
    *("usr/share/lintian", "usr/share/bug", "usr/lib/python3", f"{_LIBRARIES}/gconv"),
)
_COMPLETE = ".complete"

_logger = logging.getLogger(__name__)


def default_prefix() -> Path:
    """Return the folder for the programs, shared by all pools of a machine's user.

    It is $BUMPCAST_CONDOR_PREFIX, or else in the machine's cache for root and in the user's cache
    for anybody else.
    """
    chosen = os.environ.get("BUMPCAST_CONDOR_PREFIX")
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/bumpcast-condor")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).absolute() / "bumpcast-condor"


def install(prefix: Path) -> None:
    """Put HTCondor's programs into a folder, unless they are there already.

    Processes that ask for the same folder wait for the first of them. An installation that was
    broken off is made again.

    Args:
        prefix: The folder, absolute. The programs hold its path, so it cannot be moved.

    Raises:
        PoolUnavailableError: The packages cannot be had or unpacked on this machine.
        PoolError: They were unpacked, and the programs do not run.
    """
    wanted = _fingerprint()
    marker = prefix / _COMPLETE
    if _text(marker) == wanted:
        return
    try:
        prefix.mkdir(parents=True, exist_ok=True)
        lock = (prefix / ".lock").open("w")
    except OSError as error:
        msg = (
            f"the folder {prefix} cannot be written: {error}. "
            "Set BUMPCAST_CONDOR_PREFIX to a folder for HTCondor's programs (64 MB)."
        )
        raise PoolUnavailableError(msg) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _text(marker) != wanted:
            _logger.info("fetching HTCondor into %s", prefix)
            marker.unlink(missing_ok=True)
            _unpack(prefix)
            _patch(prefix)
            marker.write_text(wanted)


def _suite() -> str:
    return os.environ.get("BUMPCAST_CONDOR_SUITE") or DEFAULT_SUITE


def _fingerprint() -> str:
    """Return what an installation was made from, so that another list is not taken for this one."""
    return "\n".join((_suite(), *PACKAGES, ""))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _unpack(prefix: Path) -> None:
    """Fetch the packages with the machine's own apt, and unpack them."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        msg = f"only Linux on x86_64 is provided for, this is {platform.platform()}"
        raise PoolUnavailableError(msg)
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            msg = f"the command {tool} is missing: only Debian and its relatives are provided for"
            raise PoolUnavailableError(msg)
    with tempfile.TemporaryDirectory(prefix="apt-", dir=prefix) as temporary:
        root = Path(temporary)
        apt = ["apt-get", *_apt_options(root)]
        archives = root / "archives"
        try:
            run([*apt, "update"], timeout=180)
            run([*apt, "download", *PACKAGES], cwd=archives, timeout=240)
        except CommandError as error:
            msg = (
                f"the packages of Debian {_suite()} cannot be fetched: {error}\n"
                "Is the network up? BUMPCAST_CONDOR_MIRROR names another mirror."
            )
            raise PoolUnavailableError(msg) from error
        for archive in sorted(archives.glob("*.deb")):
            run(["dpkg-deb", "--extract", archive, prefix], timeout=120)
    for folder in _UNUSED:
        shutil.rmtree(prefix / folder, ignore_errors=True)


def _apt_options(root: Path) -> list[str]:
    """Return options by which apt keeps all it knows and fetches in one folder of ours."""
    (root / "lists" / "partial").mkdir(parents=True)
    (root / "archives" / "partial").mkdir(parents=True)
    (root / "status").touch()
    sources = root / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {_mirror()} {_suite()} main\n")
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "-",
        "Dir::Etc::Preferences": "-",
        "Dir::Etc::PreferencesParts": "-",
        "Dir::State": root,
        "Dir::State::Lists": root / "lists",
        "Dir::State::Status": root / "status",
        "Dir::Cache": root,
        "Dir::Cache::Archives": root / "archives",
        "APT::Sandbox::User": "root",  # the folder may be closed to apt's own user
        "APT::Update::Error-Mode": "any",  # an index that was not fetched is not merely a warning
        "Acquire::Languages": "none",
        "Acquire::Retries": 3,
        "Acquire::http::Timeout": 20,
        "Acquire::https::Timeout": 20,
        "Debug::NoLocking": 1,
    }
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def _mirror() -> str:
    """Return the address of a Debian archive: the chosen one, or the one this machine uses."""
    if not _KEYRING.is_file():
        msg = (
            f"the keys of Debian's archive, {_KEYRING}, are missing: install debian-archive-keyring"
        )
        raise PoolUnavailableError(msg)
    chosen = os.environ.get("BUMPCAST_CONDOR_MIRROR")
    if chosen:
        return chosen
    known = run(["apt-get", "indextargets", "--format", "$(REPO_URI)"], timeout=60).split()
    # The archive proper; apt may know a security archive and those of others too.
    archives = [address for address in known if address.rstrip("/").endswith("/debian")]
    if not archives:
        msg = (
            "apt knows no Debian archive on this machine: "
            "set BUMPCAST_CONDOR_MIRROR to the address of one (it ends in /debian)"
        )
        raise PoolUnavailableError(msg)
    return archives[0]


def _patch(prefix: Path) -> None:
    """Make each program use the loader and the libraries of the folder, and try one."""
    libraries = f"{prefix / 'usr/lib'}:{prefix / _LIBRARIES}"
    loader = prefix / _LIBRARIES / "ld-linux-x86-64.so.2"
    # The tool is a program of the same release, and not patched itself: the loader runs it.
    patchelf: list[str | Path] = [
        *(loader, "--library-path", libraries),
        prefix / "usr/bin/patchelf",
    ]
    for program in _programs(prefix):
        # DT_RPATH and not DT_RUNPATH, because the libraries' own libraries are found by it too.
        options = ["--force-rpath", "--set-rpath", libraries]
        if program.suffix != ".so":
            options += ["--set-interpreter", str(loader)]
        try:
            run([*patchelf, *options, program], timeout=60)
        except CommandError as error:
            # Linked statically: it needs neither.
            if "cannot find section '.interp'" not in str(error):
                raise
    environment = {**os.environ, "CONDOR_CONFIG": "ONLY_ENV"}
    version = run([prefix / "usr/bin/condor_version"], timeout=60, env=environment)
    if "CondorVersion" not in version:
        msg = f"condor_version in {prefix} says: {version!r}. Remove the folder and try again."
        raise PoolError(msg)


def _programs(prefix: Path) -> Iterator[Path]:
    for folder in ("usr/bin", "usr/sbin", "usr/libexec/condor"):
        for path in sorted((prefix / folder).iterdir()):
            if path.is_symlink() or not path.is_file() or path.name == "patchelf":
                continue
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path
