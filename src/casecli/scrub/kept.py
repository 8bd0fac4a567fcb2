"""What need not be made again at each start, in the cache folder."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def kept_any(folder: Path | None, ending: str) -> bool:
    """Tell whether anything with this ending is kept, if only of other rules."""
    return folder is not None and any(folder.glob(f"scrub-*.{ending}"))


class Kept:
    """One thing that is kept, in a file that says what it must hash to.

    `about` is all that it was made of: with anything else there, it is made anew.
    Without a folder nothing is kept.
    """

    def __init__(
        self, folder: Path | None, ending: str, about: tuple[object, ...]
    ) -> None:
        digest = hashlib.sha256(repr(about).encode()).hexdigest()
        self._path = folder / f"scrub-{digest[:32]}.{ending}" if folder else None
        self._about = digest.encode()

    def load(self) -> bytes | None:
        """Give what was kept, if every byte of it is as it was written."""
        if self._path is None:
            return None
        try:
            raw = self._path.read_bytes()
        except OSError:
            return None
        digest, data = raw[:32], raw[32:]
        whole = hashlib.sha256(self._about + data).digest() == digest
        return data if data and whole else None

    def save(self, data: bytes) -> None:
        """Keep it for the next start; where that fails, nothing is lost."""
        if self._path is None:
            return
        scratch = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            scratch.unlink(missing_ok=True)
            with os.fdopen(os.open(scratch, flags, 0o600), "wb") as file:
                file.write(hashlib.sha256(self._about + data).digest() + data)
            scratch.replace(self._path)
