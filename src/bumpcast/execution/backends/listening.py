"""Where a scheduler and its workers listen."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import Any, Final

import psutil

from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.base import BackendError

OWN_NAME: Final = "hostname"
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a scheduler and its workers listen.

    Attributes:
        on_loopback: Whether no other machine can reach the scheduler.
        scheduler: Arguments of Dask's scheduler.
        workers: Arguments of 'dask worker'.
    """

    on_loopback: bool
    scheduler: dict[str, Any]
    workers: tuple[str, ...]


def listening(cluster: ClusterConfig) -> Listening:
    """Return where a scheduler and its workers are to listen.

    Args:
        cluster: The table [cluster].

    Raises:
        BackendError: There is no such interface or address, or no port is free.
    """
    if cluster.interface is not None:
        address = _address_of(cluster.interface)
        place: dict[str, Any] = {"interface": cluster.interface}
    else:
        asked = cluster.host or LOOPBACK
        address = socket.gethostname() if asked == OWN_NAME else asked
        place = {"host": address}
    on_loopback = _is_loopback(address)
    workers = []
    if cluster.worker_interface is not None:
        workers += ["--interface", cluster.worker_interface]
    elif cluster.worker_host is not None:
        workers += ["--host", cluster.worker_host]
    elif on_loopback:
        # Without an address a worker listens on every interface: not where all is on one machine.
        workers += ["--host", address]
    if cluster.worker_ports != "0":
        workers += ["--worker-port", cluster.worker_ports, "--nanny-port", cluster.worker_ports]
    dashboard = _free_port(cluster.dashboard_host, cluster.dashboard_port)
    return Listening(
        on_loopback=on_loopback,
        scheduler={
            **place,
            "port": _free_port(address, cluster.scheduler_port),
            "dashboard_address": f"{cluster.dashboard_host}:{dashboard}",
        },
        workers=tuple(workers),
    )


def _address_of(interface: str) -> str:
    addresses = psutil.net_if_addrs()
    for address in addresses.get(interface, ()):
        if address.family == socket.AF_INET:
            return str(address.address)
    known = ", ".join(sorted(addresses))
    msg = f"[cluster] interface: this machine has no interface {interface!r}; it has {known}"
    raise BackendError(msg)


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        msg = f"[cluster] host: {host!r} is no address that this machine knows: {error}"
        raise BackendError(msg) from error
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)


def _free_port(host: str, ports: str) -> int:
    """Return a port of a range on which nobody listens; other programs may take it meanwhile."""
    first, _, last = ports.partition(":")
    if not last:
        return int(first)
    count = int(last) - int(first) + 1
    for step in range(count):
        # Runs that start at the same time begin to look in different places.
        port = int(first) + (os.getpid() + step) % count
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
        return port
    msg = f"every port of {ports} on {host} is taken"
    raise BackendError(msg)
