"""Why a server cannot be reached, in words a person can act on."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = (errno.ENETUNREACH, errno.EHOSTUNREACH)


class Trouble(NamedTuple):
    """What is wrong, and a command that helps."""

    why: str
    hint: str = ""


def trouble(error: BaseException, url: str) -> Trouble | None:
    """Find the fault beneath a failed connection; None for one nobody has words for."""
    host = urlsplit(url).hostname or ""
    at = urlsplit(url).netloc
    for each in _beneath(error):
        match each:
            case socket.gaierror():
                return Trouble(
                    f"the name {host} is not known here (DNS)", f"getent hosts {host}"
                )
            case ConnectionRefusedError():
                return Trouble(f"nothing listens at {at} (connection refused)")
            case ssl.SSLCertVerificationError():
                return Trouble(
                    f"the certificate of {host} is not trusted here: "
                    f"{each.verify_message or 'it could not be verified'} (TLS)",
                    "casecli profile add NAME … --set ca_bundle=FILE",
                )
            case ssl.SSLError():
                return _tls(each, at)
            case OSError() if each.errno in GONE:
                return Trouble(f"no way leads to {at} (network unreachable)")
            case TimeoutError():
                return Trouble(f"{at} does not answer (timeout)")
            case _:
                continue
    return None


def _tls(error: ssl.SSLError, at: str) -> Trouble:
    text = str(error).upper().replace(" ", "_")
    if "CERTIFICATE_REQUIRED" in text or "HANDSHAKE_FAILURE" in text:
        return Trouble(
            f"{at} asks for a client certificate (TLS)",
            "casecli profile add NAME … --set client_cert=FILE --set client_key=FILE",
        )
    if "WRONG_VERSION_NUMBER" in text or "UNEXPECTED_EOF" in text:
        return Trouble(f"{at} does not speak TLS; is the port right?")
    return Trouble(f"TLS with {at} fails: {error.reason or type(error).__name__}")


def _beneath(error: BaseException) -> Iterator[BaseException]:
    """Walk down to the cause, the deepest first."""
    chain: list[BaseException] = []
    while error not in chain:
        chain.append(error)
        below = error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return reversed(chain)
