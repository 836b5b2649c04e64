"""Site profiles: what depends on the place, under a name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import bumpcast
from bumpcast.config.errors import ConfigurationError, Origin, Problem, shown
from bumpcast.config.layers import Layer, read_layers
from bumpcast.errors import BumpcastError, did_you_mean

_TABLE: Final = "cluster"
_OF_THE_PROJECT: Final = Path("condor") / "sites"


class SiteError(BumpcastError):
    """There is no site profile of a name."""

    exit_code = 2


def site_folders() -> tuple[Path, ...]:
    """Return the folders that profiles are looked for in, first the user's own."""
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    checkout = Path(bumpcast.__file__).parents[2]
    folders = (
        Path(settings).expanduser() / "bumpcast" / "sites",
        Path.cwd() / _OF_THE_PROJECT,
        checkout / _OF_THE_PROJECT,
    )
    return tuple(dict.fromkeys(folders))


def list_sites() -> dict[str, tuple[Path, str]]:
    """Return the file of each site profile that `find_site` finds, and its first comment line."""
    found: dict[str, tuple[Path, str]] = {}
    for folder in site_folders():
        for path in sorted(folder.glob("*.toml")):
            if path.stem not in found:
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                comments = (line.lstrip("# ") for line in lines if line.startswith("#"))
                found[path.stem] = (path, next(comments, ""))
    return found


def find_site(name: str) -> Path:
    """Return the file of a site profile.

    Args:
        name: Its name, or the path of a file that ends in '.toml'.

    Raises:
        SiteError: There is none; the message names the nearest and where was looked.
    """
    if name.endswith(".toml"):
        path = Path(name).expanduser()
        if path.is_file():
            return path
        msg = f"there is no site profile {shown(path)}"
        raise SiteError(msg)
    known: list[str] = []
    for folder in site_folders():
        path = folder / f"{name}.toml"
        if Path(name).name == name and path.is_file():
            return path
        known += [file.stem for file in folder.glob("*.toml")]
    looked = ", ".join(shown(folder) for folder in site_folders())
    msg = f"there is no site profile {name!r}. {did_you_mean(name, known)} Looked in {looked}."
    raise SiteError(msg)


def read_site(name: str) -> Layer:
    """Read a site profile: the table [cluster] and nothing else.

    Args:
        name: Its name, or the path of a file that ends in '.toml'.

    Raises:
        SiteError: There is no such profile.
        ConfigurationError: It is no TOML, or holds something else.
    """
    path = find_site(name)
    layer = read_layers(path)
    problems = [
        Problem(
            (key,),
            "a site profile may hold only the table [cluster], so that no result depends on it",
            layer.origin_of((key,)) or Origin(path),
        )
        for key in layer.values
        if key != _TABLE
    ]
    if problems:
        raise ConfigurationError(problems)
    return layer
