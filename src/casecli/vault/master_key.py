"""Where the master key lives: in a private file, or in the system's keyring."""

from __future__ import annotations

import json
import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

from casecli.domain.errors import ScrubRefused
from casecli.private_files import whole
from casecli.vault.keys import KEY_BYTES

_KEYRING_SECONDS = 5
_KEYRING_CHILD = """
import json, sys, keyring
service, name, new = json.load(sys.stdin)
if new:
    keyring.set_password(service, name, new)
print(json.dumps(keyring.get_password(service, name)))
"""


class MasterKey:
    """The one key that is kept outside the vault's file."""

    def __init__(self, path: Path, keyring_service: str | None) -> None:
        self._path = path
        self._service = keyring_service

    def where(self) -> str:
        """Say where it lives."""
        if self._service:
            return f"the system keyring, service {self._service!r}"
        return f"the key file {self._path}"

    def read(self, vault_id: str) -> bytes | None:
        """Give it, None where there is none.

        Raises:
            ScrubRefused: others can read the file, it is damaged, no keyring answers.
        """
        if self._service:
            text = _ask_keyring(self._service, vault_id)
            return bytes.fromhex(text) if text else None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ScrubRefused(
                    f"the key file {self._path} can be read by others",
                    f"chmod 600 {self._path}",
                )
            key = file.read(KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise ScrubRefused(
                f"the key file {self._path} is damaged", "casecli doctor"
            )
        return key

    def make(self, vault_id: str) -> bytes:
        """Make one and keep it; of two who make one at once, the first one's is it.

        Raises:
            ScrubRefused: the keyring did not keep it.
        """
        key = secrets.token_bytes(KEY_BYTES)
        if self._service:
            kept = _ask_keyring(self._service, vault_id, key.hex())
            if kept != key.hex():
                raise ScrubRefused(
                    "the system keyring did not keep the vault's key", "casecli doctor"
                )
            return key
        with whole(self._path, lasting=True, first=True) as file:
            file.write(key)
        made = self.read(vault_id)
        return made if made is not None else key


def make_private_folder(folder: Path) -> None:
    """Make a folder for nobody else, unless it is there."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


def _ask_keyring(service: str, name: str, new: str | None = None) -> str | None:
    """Ask in a child process, because keyrings hang; nothing secret is on its argv.

    Raises:
        ScrubRefused: there is no usable keyring, or it did not answer in time.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program text
            [sys.executable, "-I", "-c", _KEYRING_CHILD],
            input=json.dumps([service, name, new]),
            capture_output=True,
            check=True,
            text=True,
            timeout=_KEYRING_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise ScrubRefused(
            "the system keyring did not answer, and the vault's key is in it",
            "casecli doctor",
        ) from error
    return answer if isinstance(answer, str) else None
