"""Whom the HTTP door trusts, with an authority of the test's own, and by which way."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from casecli.backends.http import HttpClient
from casecli.backends.http_site import Auth, Limits, Site
from casecli.domain.errors import BackendError, BadInput, Transient
from tests.loopback import Server, listening

SECRET = "s3cret-t0ken-value"  # noqa: S105 (must never be seen again)
QUICK = Limits(connect=3, read=3, total=6, tries=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    with listening() as start:
        yield start


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def over_tls(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def secure(servers: Callable[..., Server], authority: trustme.CA) -> Server:
    server = servers(over_tls(authority))
    server.says("/x", b"[1]")
    return server


def told(url: str, **how: Path) -> BackendError:
    client = HttpClient(
        Site(url=url, auth=lambda: Auth(secret=SECRET), limits=QUICK, **how)  # type: ignore[arg-type] # only files are given
    )
    with pytest.raises(BackendError) as refused:
        client.get("x")
    client.close()
    return refused.value


def test_a_certificate_of_an_unknown_authority_is_named(secure: Server) -> None:
    error = told(secure.url)

    assert "the certificate of localhost is not trusted here" in str(error)
    assert "--set ca_bundle=FILE" in error.hint
    assert secure.asked == []


def test_the_bundle_of_the_profile_is_trusted(secure: Server, bundle: Path) -> None:
    client = HttpClient(Site(url=secure.url, ca_bundle=bundle))

    assert client.get("x").json() == [1]
    client.close()


def test_what_the_system_trusts_is_trusted(
    secure: Server, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    client = HttpClient(Site(url=secure.url))

    assert client.get("x").json() == [1]
    client.close()


def test_the_bundle_replaces_what_the_system_trusts(
    secure: Server, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    error = told(secure.url, ca_bundle=other)

    assert "is not trusted here" in str(error)


def test_a_certificate_for_another_name_is_refused(
    servers: Callable[..., Server], authority: trustme.CA, bundle: Path
) -> None:
    server = servers(over_tls(authority, "elsewhere.example.com"))

    error = told(server.url, ca_bundle=bundle)

    assert "not trusted here" in str(error)
    assert "localhost" in str(error)


def test_a_port_without_tls_is_said_so(servers: Callable[..., Server]) -> None:
    server = servers()

    error = told(server.url.replace("http://127.0.0.1", "https://localhost"))

    assert "does not speak TLS; is the port right?" in str(error)
    assert isinstance(error, Transient)


@pytest.fixture
def strict(servers: Callable[..., Server], authority: trustme.CA) -> Server:
    """Serve those who show a certificate of the authority, and nobody else."""
    context = over_tls(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    server = servers(context)
    server.says("/x", b"[1]")
    return server


def test_a_client_certificate_lets_us_in(
    strict: Server, authority: trustme.CA, bundle: Path, tmp_path: Path
) -> None:
    issued = authority.issue_cert("ann@example.com")
    both = tmp_path / "ann.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(str(both))
    both.chmod(0o600)
    client = HttpClient(Site(url=strict.url, ca_bundle=bundle, client_cert=both))

    assert client.get("x").json() == [1]
    client.close()


def test_a_missing_client_certificate_is_named(strict: Server, bundle: Path) -> None:
    error = told(strict.url, ca_bundle=bundle)

    assert "asks for a client certificate" in str(error)
    assert "client_cert=FILE" in error.hint


def test_a_key_with_a_password_is_refused_without_asking(
    secure: Server, authority: trustme.CA, bundle: Path, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    issued = authority.issue_cert("ann@example.com")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = tmp_path / "key.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hunter2"),
        )
    )
    locked.chmod(0o600)
    cert = tmp_path / "cert.pem"
    issued.cert_chain_pems[0].write_to_path(str(cert))
    client = HttpClient(
        Site(url=secure.url, ca_bundle=bundle, client_cert=cert, client_key=locked)
    )

    with pytest.raises(BadInput, match="certificates cannot be used"):
        client.get("x")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_asked_for_a_tunnel(
    servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy = servers()
    monkeypatch.setenv(name, proxy.url)

    error = told("https://rt.example.com")

    (asked,) = proxy.asked
    assert (asked.method, asked.path) == ("CONNECT", "rt.example.com:443")
    assert SECRET not in repr(asked)
    assert "cannot connect" in str(error)
    assert isinstance(error, Transient)


def test_no_proxy_is_asked_where_the_environment_says_so(
    servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = servers()
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "invalid")

    error = told("https://no-such-host.invalid")

    assert proxy.asked == []
    assert "the name no-such-host.invalid is not known here (DNS)" in str(error)
