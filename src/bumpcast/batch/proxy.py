"""X.509 proxies: the file that lets jobs read a grid's data as the user."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bumpcast.batch.errors import BatchError

DEFAULT: Final = "default"
_CERTIFICATE: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


class ProxyError(BatchError):
    """There is no proxy, or it does not live long enough."""


def proxy_path(setting: str) -> Path:
    """Return the file of the proxy.

    Args:
        setting: A path, or 'default' for where grid programs look for it.
    """
    if setting != DEFAULT:
        return Path(setting).expanduser().absolute()
    named = os.environ.get("X509_USER_PROXY")
    return Path(named).absolute() if named else Path(f"/tmp/x509up_u{os.getuid()}")


def check_proxy(setting: str, least_s: float) -> Path:
    """Make sure that there is a proxy and that it lives long enough.

    Nothing of what is in the file gets into a message.

    Args:
        setting: A path, or 'default'.
        least_s: Shortest life that it must have left, in seconds.

    Returns:
        Its file.

    Raises:
        ProxyError: It is missing, no proxy, not the user's alone, or ends too soon.
    """
    from cryptography import x509

    path = proxy_path(setting)
    remedy = "Make one with voms-proxy-init or grid-proxy-init"
    try:
        data = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        msg = f"there is no proxy to read in {path}: {error.strerror}. {remedy}"
        raise ProxyError(msg) from error
    if mode & 0o077:
        msg = f"the proxy {path} can be read by others than you: chmod 600 {path}"
        raise ProxyError(msg)
    try:
        chain = [x509.load_pem_x509_certificate(found) for found in _CERTIFICATE.findall(data)]
    except ValueError:
        # The cause would show a piece of the file.
        chain = []
    if not chain:
        msg = f"{path} holds no certificate: it is no proxy. {remedy}"
        raise ProxyError(msg) from None
    # It is good for as long as every certificate of its chain.
    end = min(certificate.not_valid_after_utc for certificate in chain)
    left = (end - datetime.now(UTC)).total_seconds()
    if left <= 0:
        msg = f"the proxy {path} ended at {end:%Y-%m-%d %H:%M} UTC. {remedy}"
        raise ProxyError(msg)
    if left < least_s:
        msg = (
            f"the proxy {path} ends in {_hours(left)}, and [cluster] proxy_left_s asks for "
            f"{_hours(least_s)}. {remedy}"
        )
        raise ProxyError(msg)
    return path


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h"
