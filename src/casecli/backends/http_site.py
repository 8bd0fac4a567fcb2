"""A server and the way to it: address, proof of who we are, whom to trust, limits."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much: seconds and bytes; `total` is of one call, retries too."""

    connect: float = 10
    read: float = 30
    total: float = 60
    reply: int = 20 * 1000 * 1000
    tries: int = 3
    longest_pause: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """A header that proves who we are: `prefix` and then the secret."""

    header: str = "Authorization"
    prefix: str = ""
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server and how to reach it.

    `auth` is asked once, before the first request. Without a `clock` a Retry-After in
    seconds cannot be told as a moment and is left out.
    """

    url: str
    auth: Callable[[], Auth | None] = lambda: None
    clock: Callable[[], datetime] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    limits: Limits = Limits()
    pause: Callable[[float], None] = time.sleep


def checked(url: str) -> str:
    """Give the URL without a slash at its end.

    Raises:
        BadInput: it is neither https nor on this machine, or holds a password.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadInput(f"{url!r} is not a URL") from error
    if parts.username or parts.password:
        raise BadInput(
            "a URL may not hold a name or password", hint="casecli login --token-stdin"
        )
    secure = parts.scheme == "https" or (parts.scheme == "http" and on_loopback(url))
    if not (secure and parts.hostname):
        raise BadInput(
            f"{url!r} is neither https nor on this machine",
            hint="casecli profile add NAME --url https://…",
        )
    return url.rstrip("/")


def joined(url: str, location: str) -> str:
    """Resolve where a redirect leads; nowhere if that is no URL."""
    try:
        target = urljoin(url, location)
        _ = urlsplit(target)
    except ValueError:
        return ""
    return target


def on_loopback(url: str) -> bool:
    """Tell whether a URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trusted(site: Site) -> ssl.SSLContext:
    """Trust what this machine trusts, or the profile's own bundle and nothing else.

    Raises:
        BadInput: a certificate or key cannot be used, or others can read the key.
    """
    import ssl

    try:
        if site.ca_bundle is not None:
            context = ssl.create_default_context(cafile=site.ca_bundle)
        else:
            import truststore

            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if site.client_cert is not None:
            key = site.client_key or site.client_cert
            if key.stat().st_mode & 0o077:
                raise BadInput(f"{key} can be read by others", hint=f"chmod 600 {key}")
            # An encrypted key would ask at the terminal; the empty password fails.
            context.load_cert_chain(site.client_cert, key, password="")
    except (OSError, ValueError) as error:
        raise BadInput(f"certificates cannot be used: {error}") from error
    return context
