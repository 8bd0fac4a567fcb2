"""Where a team's desk is: its URL, checked before anything connects or keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = ("postgresql", "postgres")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
# What libpq may be told by URL: how to reach and trust the server, nothing that
# changes whom or what the session stands for.
_OPTIONS = frozenset(
    {
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "host",
        "krbsrvname",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A desk's server, database and login, in libpq's words."""

    host: str
    port: str
    database: str
    login: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """True where the bytes stay on this machine."""
        return not self.host or self.host.startswith("/") or self.host in _LOCAL


def is_postgres(url: str) -> bool:
    """Tell whether a desk's URL names a PostgreSQL server."""
    return url.partition("://")[0] in SCHEMES


def address(url: str, user: str, ca_bundle: str | None = None) -> Address:
    """Read a desk's URL; `user` is the login where the URL names none.

    A server elsewhere must prove itself: `sslmode` is `verify-full` unless the URL says
    otherwise, against `ca_bundle` or the system's authorities.

    Raises:
        BadInput: there is a password in it, or something libpq must not be told.
    """
    refuse_password(url)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise BadInput(
            f"a desk's URL cannot set {', '.join(each[:40] for each in unknown)}",
            hint=f"known are {', '.join(sorted(_OPTIONS))}",
        )
    try:
        port = parts.port
    except ValueError as error:
        raise BadInput("the port of a desk's URL is a number up to 65535") from error
    host = options.pop("host", "") or unquote(parts.hostname or "")
    database = unquote(parts.path.strip("/"))
    if not database:
        raise BadInput(
            "the desk's URL names no database", "postgresql://desk.example.com/casecli"
        )
    found = Address(
        host=host,
        port=str(port or ""),
        database=database,
        login=unquote(parts.username or "") or user,
        options=options,
    )
    if found.local:
        return found
    trust = {"sslmode": "verify-full", "sslrootcert": ca_bundle or "system"}
    if options.get("sslmode", "verify-full") != "verify-full":
        # "system" goes with full checks only.
        trust = {"sslrootcert": ca_bundle} if ca_bundle else {}
    return Address(
        host=found.host,
        port=found.port,
        database=found.database,
        login=found.login,
        options={**trust, **options},
    )


def refuse_password(url: str) -> None:
    """Refuse a URL that holds a password, without repeating it.

    Raises:
        BadInput: it does.
    """
    parts = urlsplit(url)
    secret = {"password", "passfile", "sslpassword"}
    asked = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if parts.password is not None or asked & secret:
        raise BadInput(
            "a password does not belong into a URL: it would be kept and shown",
            hint="casecli login --token-stdin, which keeps it in the keyring",
        )
