"""Certificates that are made for one run, for its workers and its driver alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final

FOLDER: Final = ".tls"
"""Name of the folder in a results folder that jobs read the certificate from."""

_FILES: Final = {"ca_file": "ca.pem", "cert": "cert.pem", "key": "key.pem"}


def remove_certificates(folder: Path) -> None:
    """Delete what a run that was killed left behind.

    Args:
        folder: The results folder.
    """
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def make_certificates(folder: Path, *, travel: bool) -> tuple[Any, tuple[Path, ...]]:
    """Make a key and a certificate, and write them where only the user can read them.

    The scheduler and the client hold theirs in memory; the files are for the jobs.

    Args:
        folder: The results folder.
        travel: The files are brought to the jobs, which find them in their working folder.

    Returns:
        Dask's security object, and the files.

    Raises:
        OSError: They cannot be written.
    """
    import distributed

    base: Any = distributed.Security
    of_workers: dict[str, str] = {}

    class RunSecurity(base):  # type: ignore[misc]
        """Security whose worker role is given by files."""

        def get_tls_config_for_role(self, role: str) -> dict[str, Any]:
            given: dict[str, Any] = super().get_tls_config_for_role(role)
            return {**given, **of_workers} if role == "worker" else given

    security = RunSecurity.temporary()
    content = security.get_tls_config_for_role("worker")
    remove_certificates(folder)
    place = folder / FOLDER
    place.mkdir(mode=0o700)
    files = {}
    for kind, name in _FILES.items():
        files[kind] = path = place / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content[kind])
    of_workers.update({kind: path.name if travel else str(path) for kind, path in files.items()})
    return security, tuple(files.values())
