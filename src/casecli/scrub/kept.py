"""Where in the cache folder lies what the gate is made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from casecli.private_files import Kept


def kept_as(folder: Path | None, ending: str, about: tuple[object, ...]) -> Kept:
    """Give the place of one thing; `about` is all that it was made of."""
    digest = hashlib.sha256(repr(about).encode()).hexdigest()
    path = folder / f"scrub-{digest[:32]}.{ending}" if folder else None
    return Kept(path, digest.encode())


def stamp(*names: str) -> list[tuple[int, int]]:
    """Tell versions of our own modules apart, for what is kept of what they made."""
    code = [Path(__file__).with_name(name).stat() for name in names]
    return [(each.st_size, each.st_mtime_ns) for each in code]


def kept_any(folder: Path | None, ending: str) -> bool:
    """Tell whether anything with this ending is kept, if only of other rules."""
    return folder is not None and any(folder.glob(f"scrub-*.{ending}"))
