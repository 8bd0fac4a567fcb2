"""Policies kept ready in the cache folder, so that a start need not read TOML.

What is kept is bound by a digest to every policy file that could have had a say, to
this program, and to its own bytes: anything else, and it is made again. It is JSON and
builds nothing but the values of a policy.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import casecli
from casecli.domain import checklist, policy
from casecli.domain.calendar import BusinessCalendar
from casecli.domain.policy import Policy
from casecli.private_files import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent
_CODE = (
    Path(__file__),
    _HERE / "shape.py",
    _HERE / "reading.py",
    Path(policy.__file__),
    Path(checklist.__file__),
)
_KINDS: dict[str, Any] = {
    name: kind
    for module in (checklist, policy)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and kind.__module__ == module.__name__
}
_TAG = ""  # no key of ours is empty


def load(name: str, folders: Sequence[Path], cache: Path) -> Policy:
    """Load a policy as `reading.load` does, from the cache folder if it is there.

    Raises:
        NotFound: no folder has it, nor do we.
        BadInput: a file of it is wrong; then nothing is kept.
    """
    about = _about(name, folders)
    kept = Kept(cache / f"policy-{name}.json", about)
    if (written := kept.load()) is not None:
        found = json.loads(written, object_hook=_thawed)
        if isinstance(found, Policy):
            return found
    from casecli.policies.reading import load as read

    made = read(name, folders)
    kept.save(json.dumps(_frozen(made), separators=(",", ":")).encode())
    return made


def _about(name: str, folders: Sequence[Path]) -> bytes:
    """Digest all that decides what a policy is: each file, where it lies, our code."""
    found = hashlib.sha256(repr((name, casecli.__version__)).encode())
    for code in _CODE:
        with suppress(OSError):
            stat = code.stat()
            found.update(repr((code.name, stat.st_size, stat.st_mtime_ns)).encode())
    for folder in (*folders, _HERE):
        for file in sorted(folder.glob("*.toml")):
            try:
                content = file.read_bytes()
            except OSError as error:
                content = repr(error.errno).encode()
            found.update(repr((str(file), len(content))).encode() + content)
    return found.digest()


def _frozen(value: Any) -> Any:
    """Say a value in JSON: tuples as lists, everything else of ours by its tag."""
    match value:
        case Enum():
            return {_TAG: type(value).__name__, "value": value.value}
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return [_frozen(each) for each in value]
        case list():
            return {_TAG: "list", "items": [_frozen(each) for each in value]}
        case dict():
            pairs = [[key, _frozen(each)] for key, each in value.items()]
            return {_TAG: "dict", "items": pairs}
        case datetime() | date():
            return {_TAG: type(value).__name__, "iso": value.isoformat()}
        case BusinessCalendar():
            return _frozen_calendar(value)
        case _:
            names = type(value).__dataclass_fields__
            said = {name: _frozen(getattr(value, name)) for name in names}
            return {_TAG: type(value).__name__, **said}


def _frozen_calendar(calendar: BusinessCalendar) -> dict[str, Any]:
    return {
        _TAG: "calendar",
        "zone": getattr(calendar.zone, "key", ""),
        "workdays": sorted(calendar.workdays),
        "opens": calendar.opens.isoformat(),
        "closes": calendar.closes.isoformat(),
        "holidays": [each.isoformat() for each in sorted(calendar.holidays)],
        "country": getattr(calendar.public, "country", ""),
    }


def _thawed(said: dict[str, Any]) -> Any:
    match said.pop(_TAG):
        case "dict":
            return dict(said["items"])
        case "list":
            return said["items"]
        case "date":
            return date.fromisoformat(said["iso"])
        case "datetime":
            return datetime.fromisoformat(said["iso"])
        case "calendar":
            return _thawed_calendar(said)
        case tag if "value" in said and issubclass(_KINDS[tag], Enum):
            return _KINDS[tag](said["value"])
        case tag:
            for name, value in said.items():
                if type(value) is list:
                    said[name] = tuple(value)
            return _KINDS[tag](**said)


def _thawed_calendar(said: dict[str, Any]) -> BusinessCalendar:
    from zoneinfo import ZoneInfo

    values: dict[str, Any] = {}
    if said["country"]:
        from casecli.policies.public_holidays import PublicHolidays

        values["public"] = PublicHolidays(said["country"])
    return BusinessCalendar(
        zone=ZoneInfo(said["zone"]) if said["zone"] else UTC,
        workdays=frozenset(said["workdays"]),
        opens=time.fromisoformat(said["opens"]),
        closes=time.fromisoformat(said["closes"]),
        holidays=frozenset(map(date.fromisoformat, said["holidays"])),
        **values,
    )
