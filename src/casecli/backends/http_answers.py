"""What a server's answer means: statuses as our errors, JSON that cannot harm."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from casecli.domain.errors import (
    AuthError,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    RateLimited,
    TooLarge,
    Transient,
    Unknown,
    VersionConflict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from casecli.domain.errors import BackendError

T = TypeVar("T")
LARGEST = 2**63 - 1
MAX_PAGES = 10_000
LONGEST_WAIT = timedelta(days=30)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer that is neither a refusal nor a redirection.

    Header names are lower case. `lost` is what an unreadable body amounts to: it is
    `Unknown` after a write.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    lost: type[BackendError] = Transient

    def json(self) -> Any:  # the server's shape; whoever reads it checks it
        """Decode the body: integers clamped to 63 bits, lone surrogates replaced.

        Raises:
            BackendError: it is not JSON, whatever its status says.
        """
        media = self.headers.get("content-type", "").partition(";")[0].strip()
        if media and not media.endswith("json"):
            page = ": a login page, a proxy, or no API at this address"
            raise self.lost(
                f"the server answered {media} where JSON was due"
                f"{page if media == 'text/html' else ''}",
                "casecli doctor",
            )
        try:
            return decoded(self.body)
        except (ValueError, RecursionError) as error:
            raise self.lost("the server's answer is not readable JSON") from error


def refusal(
    status: int,
    said: str,
    *,
    writes: bool,
    asked_to_wait: bool,
    retry_at: datetime | None,
) -> BackendError:
    """Choose the error for a status of 400 and more; `said` is the server's sentence.

    A write the server broke down on is `Unknown`: it may have come far enough.
    """
    text = f"the server says {status}{': ' if said else ''}{said}"
    if status == 429 or (asked_to_wait and status in (403, 503)):  # noqa: PLR2004 (a status)
        return RateLimited(text, retry_at)
    match status:
        case 401:
            return AuthError(text, hint="casecli login")
        case 403:
            return PermissionDenied(text, hint="casecli whoami")
        case 404 | 410:
            return NotFoundRemote(text, hint="casecli list")
        case 409 | 412:
            return VersionConflict(text, hint="casecli sync")
        case 413:
            return TooLarge(text, 0)
        case 408 | 425:
            return Unknown(text) if writes else Transient(text)
        case _ if status >= 500:  # noqa: PLR2004 (where a server's own faults start)
            return Unknown(text) if writes else Transient(text)
        case _:
            return Invalid(text)


def retry_moment(text: str, now: datetime | None) -> datetime | None:
    """Read a Retry-After, in seconds or as a date; None for nothing and for junk.

    A moment in the past is now; one further off than 30 days is taken as 30 days.
    """
    text = text.strip()
    moment: datetime | None = None
    if re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        if now is None:
            return None
        seconds = min(float(text), LONGEST_WAIT.total_seconds())
        moment = now + timedelta(seconds=max(seconds, 0))
    else:
        from email.utils import parsedate_to_datetime

        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        # An offset of -0000 reads as naive; HTTP knows no time but UTC.
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if now is None:
        return moment
    return min(max(moment, now), now + LONGEST_WAIT)


def limit_ends(
    headers: Mapping[str, str], said: str, now: datetime | None
) -> datetime | None:
    """Say when a limit told of without Retry-After ends; None where there is none.

    GitHub counts down in headers and names a moment in seconds since 1970; of its
    secondary limits it only says a sentence, and asks for a minute.
    """
    reset = headers.get("x-ratelimit-reset", "")
    spent = headers.get("x-ratelimit-remaining") == "0"
    if now is None:
        return None
    if spent and re.fullmatch(r"\d{10,11}", reset, re.ASCII):
        moment = datetime.fromtimestamp(int(reset), UTC)
        return min(max(moment, now), now + LONGEST_WAIT)
    return now + timedelta(minutes=1) if "rate limit" in said.lower() else None


def decoded(body: bytes) -> Any:  # the server's shape; whoever reads it checks it
    """Decode JSON so that what comes out can be stored: no huge integers, no NaN.

    Raises:
        ValueError: it is not JSON in UTF-8.
        RecursionError: it is nested deeper than any answer is.
    """
    data = json.loads(body.decode(), parse_int=_clamped, parse_constant=_refused)
    # Only an escape can smuggle in half a surrogate pair: valid UTF-8 has none.
    return _mended(data) if b"\\u" in body else data


def _clamped(text: str) -> int:
    if len(text) > len(str(LARGEST)) + 1:
        return -LARGEST if text.startswith("-") else LARGEST
    return max(-LARGEST, min(int(text), LARGEST))


def _refused(text: str) -> Any:  # the signature json asks for
    msg = f"{text} is not JSON"
    raise ValueError(msg)


def _mended(data: Any) -> Any:  # any JSON in, the same shape out
    if isinstance(data, str):
        return _LONE_SURROGATE.sub("\ufffd", data)
    if isinstance(data, list):
        return [_mended(each) for each in data]
    if isinstance(data, dict):
        return {_mended(key): _mended(each) for key, each in data.items()}
    return data


def said_in(media: str, body: bytes) -> str:
    """Find the server's own sentence in a refusal; nothing of an HTML page."""
    if not media.startswith("application/"):
        return ""
    try:
        data = decoded(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(data, dict):
        # Jira tells of the request in one member and of its fields in another.
        both = [*_told(data.get("errorMessages")), *_told(data.get("errors"))]
        if data.get("errorMessages") or isinstance(data.get("errors"), dict):
            return "; ".join(both)
        for name in ("message", "errors", "error", "detail", "error_description"):
            if data.get(name):
                found = data[name]
                if isinstance(found, dict):
                    found = found.get("msg") or found.get("message")
                more = _told(data.get("errors")) if name == "message" else ()
                return "; ".join([*_told(found), *more])
    return "; ".join(_told(data)) if isinstance(data, list) else ""


def _told(found: Any) -> list[str]:  # any JSON in a refusal
    """Make sentences of a text, a list of them, or texts by the field they are of."""
    if isinstance(found, dict):
        return [f"{name}: {each}" for name, each in found.items()]
    if isinstance(found, list):
        return [
            " ".join(str(value) for value in each.values())
            if isinstance(each, dict)
            else str(each)
            for each in found
        ]
    return [str(found)] if found else []


def every_page(
    fetch: Callable[[str | None], tuple[Sequence[T], str | None]],
) -> Iterator[T]:
    """Give the items of all pages; `fetch` takes a cursor and gives the next, or None.

    Raises:
        Transient: a cursor comes again, so that the pages would never end.
    """
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        items, cursor = fetch(cursor)
        yield from items
        if cursor is None:
            return
        if cursor in seen or len(seen) >= MAX_PAGES:
            raise Transient("the server's pages do not end")
        seen.add(cursor)


@contextmanager
def understood(lost: type[BackendError] = Transient) -> Iterator[None]:
    """Read a decoded answer; raise `lost` where its shape is not what was asked for."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise lost("the server's answer has an unknown shape") from error


def moment(date: str) -> datetime | None:
    """Read a `Date` header; None for nothing and for junk."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
