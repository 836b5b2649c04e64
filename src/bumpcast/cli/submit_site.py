"""What a site profile says of a plain job."""

from __future__ import annotations

from dataclasses import dataclass, field

from bumpcast.batch.proxy import check_proxy
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.loader import load_cluster


@dataclass(frozen=True)
class SiteDefaults:
    """What holds where no option says otherwise.

    Attributes:
        cluster: The profile's table [cluster].
        directives: Lines of the submit file that follow from it.
        gpus: Graphics cards of the job.
    """

    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    directives: dict[str, str] = field(default_factory=dict)
    gpus: int = 0


def site_defaults(name: str | None) -> SiteDefaults:
    """Read a site profile.

    Args:
        name: Its name or file; None: the defaults of [cluster].

    Raises:
        SiteError: There is no such profile.
        ConfigurationError: It says something that cannot be.
        BatchError: Its jobs need a proxy, and there is none that lives long enough.
    """
    if name is None:
        return SiteDefaults()
    cluster = load_cluster(site=name)
    found: dict[str, str] = {}
    if cluster.account is not None:
        found["accounting_group"] = cluster.account
    if cluster.walltime_s is not None:
        found["+MaxRuntime"] = str(cluster.walltime_s)
    if cluster.proxy is not None:
        found["x509userproxy"] = str(check_proxy(cluster.proxy, cluster.proxy_left_s))
    if cluster.image is not None and cluster.image_directive != "container_image":
        found[cluster.image_directive] = f'"{cluster.image}"'
    gpus = 0
    for key, value in cluster.directives.items():
        if key.casefold() == "request_gpus" and value.isdecimal():
            gpus = int(value)
        else:
            found[key] = value
    return SiteDefaults(cluster, found, gpus)
