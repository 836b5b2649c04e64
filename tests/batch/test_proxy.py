from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bumpcast.batch.proxy import ProxyError, check_proxy, proxy_path


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_proxy(path: Path, key: rsa.RSAPrivateKey, *hours_left: float) -> Path:
    """Write a chain of certificates of which each lives so many hours, and their key."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")])
    chain = [
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(hours=hours))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        for hours in hours_left
    ]
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.write_bytes(chain[0] + secret + b"".join(chain[1:]))
    path.chmod(0o600)
    return path


def test_a_proxy_that_lives_long_enough_is_taken(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    path = write_proxy(tmp_path / "proxy", key, 13, 1000)
    assert check_proxy(str(path), 12 * 3600) == path


def test_the_shortest_life_of_the_chain_counts(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    path = write_proxy(tmp_path / "proxy", key, 100, 3)
    with pytest.raises(ProxyError, match=r"ends in 3\.0 h, .* asks for 12\.0 h"):
        check_proxy(str(path), 12 * 3600)


def test_a_proxy_that_has_ended_is_told(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    path = write_proxy(tmp_path / "proxy", key, -1)
    with pytest.raises(ProxyError, match=r"ended at 20\d\d-.* UTC.*voms-proxy-init"):
        check_proxy(str(path), 0)


def test_a_proxy_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match="there is no proxy to read in"):
        check_proxy(str(tmp_path / "none"), 0)


def test_a_proxy_that_others_can_read_is_refused(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    path = write_proxy(tmp_path / "proxy", key, 100)
    path.chmod(0o644)
    with pytest.raises(ProxyError, match="chmod 600"):
        check_proxy(str(path), 0)


@pytest.mark.parametrize(
    "content", ["secret words", "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----"]
)
def test_nothing_of_another_file_is_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "proxy"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ProxyError, match="holds no certificate") as caught:
        check_proxy(str(path), 0)
    assert "secret" not in str(caught.value)


def test_the_default_is_where_grid_programs_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X509_USER_PROXY", "/some/where")
    assert proxy_path("default") == Path("/some/where")
    monkeypatch.delenv("X509_USER_PROXY")
    assert proxy_path("default").name.startswith("x509up_u")
