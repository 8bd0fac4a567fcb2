"""Where a profile's token is kept, and the door to the desktop's keyring.

Looked for in this order: `CASECLI_TOKEN`, the file `CASECLI_TOKEN_FILE` names, the
keyring, and a file of our own where the user asked for one. The environment comes first
so that a machine without a desktop never waits for one. A keyring runs in a child
process: some wait for a dialogue nobody sees.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput, NotLoggedIn, StorageFailed
from casecli.private_files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "casecli"
PATIENCE = 5.0
LONGEST = 64 * 1024
ENVIRONMENT = "the environment (CASECLI_TOKEN)"
KEYRING = "the keyring"
# What the child runs, with nothing imported from the folder it is in (-P): the secret
# goes over its pipes, never over its arguments.
_CHILD = (
    sys.executable,
    "-P",
    "-c",
    "from casecli.credentials import serve_keyring; serve_keyring()",
)
_NOT_THERE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Tokens by profile; `folder` holds the files of those who cannot have a keyring.

    `token` and `token_file` are the values of the environment, whichever profile is
    asked about. `keyring` False leaves the keyring alone, as CI should.
    """

    folder: Path
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    keyring: bool = True
    patience: float = PATIENCE

    def token_for(self, profile: str) -> str | None:
        """Find the profile's token; None if nobody ever stored one.

        Raises:
            NotLoggedIn: the keyring cannot be used.
            BadInput: a token file can be read by others, or is none.
        """
        if self.token:
            return self.token.strip()
        if self.token_file is not None:
            return _read(self.token_file)
        own = self._file(profile)
        if own.exists():
            return _read(own)
        return self._ask("get", profile) if self.keyring else None

    def store(self, profile: str, token: str, *, insecure: bool = False) -> str:
        """Keep a token and say where; `insecure` takes a file instead of the keyring.

        Raises:
            BadInput: there is nothing in it, or more than one line.
            NotLoggedIn: the keyring cannot be used, and nothing was kept.
        """
        token = _checked(token)
        if insecure:
            self._write(profile, token)
            return str(self._file(profile))
        if not self.keyring:
            raise _unusable("it is not asked here", profile)
        self._ask("set", profile, token)
        self._file(profile).unlink(missing_ok=True)
        return KEYRING

    def forget(self, profile: str) -> bool:
        """Delete the stored token, wherever it is; False if there was none."""
        own = self._file(profile)
        had = own.exists()
        own.unlink(missing_ok=True)
        if self.keyring:
            try:
                had = self._ask("delete", profile) is not None or had
            except NotLoggedIn:
                if not had:
                    raise
        return had

    def where(self, profile: str) -> str | None:
        """Say where the token comes from, never the token; None if there is none.

        Raises:
            NotLoggedIn: the keyring cannot be used.
        """
        if self.token:
            return ENVIRONMENT
        if self.token_file is not None:
            return f"{self.token_file} (CASECLI_TOKEN_FILE)"
        own = self._file(profile)
        if own.exists():
            return f"{own} (not encrypted)"
        found = self.keyring and self._ask("get", profile) is not None
        return KEYRING if found else None

    def _file(self, profile: str) -> Path:
        # A profile's name is no path: hex keeps what it may hold out of the folder.
        return self.folder / f"token-{profile.encode().hex()}"

    def _write(self, profile: str, token: str) -> None:
        own = self._file(profile)
        try:
            write_whole(own, f"{token}\n".encode(), lasting=True)
        except OSError as error:
            raise StorageFailed(f"cannot write {own}: {error.strerror}") from error

    def _ask(self, verb: str, profile: str, token: str = "") -> str | None:
        """Have a child do it, for as long as we have patience."""
        try:
            done = subprocess.run(  # noqa: S603 (our own interpreter)
                _CHILD,
                input=f"{verb}\n{profile}\n{token}".encode(),
                capture_output=True,
                check=False,
                timeout=self.patience,
            )
        except subprocess.TimeoutExpired:
            # Without the cause: it holds what went over the pipe.
            raise _unusable(
                f"it did not answer within {self.patience:g} s", profile
            ) from None
        except OSError as error:
            raise _unusable(str(error.strerror), profile) from error
        if done.returncode == _NOT_THERE:
            return None
        if done.returncode != 0:
            why = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise _unusable(why[-1] if why else "it failed", profile)
        return done.stdout.decode()


def serve_keyring() -> None:
    """Do what standard input asks of the keyring: verb, profile and token, by line.

    Prints the token of `get`. Exits 3 where there is none, 1 with a reason otherwise.
    """
    verb, profile, token = sys.stdin.read(LONGEST).split("\n", 2)
    import keyring
    import keyring.errors

    try:
        kept = keyring.get_password(SERVICE, profile) if verb != "set" else ""
        if kept is None:
            sys.exit(_NOT_THERE)
        if verb == "set":
            keyring.set_password(SERVICE, profile, token)
            # The null keyring takes everything and keeps nothing.
            if keyring.get_password(SERVICE, profile) != token:
                sys.exit("it did not keep what it was given")
        elif verb == "delete":
            keyring.delete_password(SERVICE, profile)
        else:
            sys.stdout.write(kept)
    except keyring.errors.KeyringError as error:
        sys.exit(_short(error))
    except Exception as error:  # noqa: BLE001 (what a desktop's library raises is its own affair)
        sys.exit(_short(error))


def _short(error: Exception) -> str:
    if type(error).__name__ == "NoKeyringError":
        return "this machine has none"
    # The name alone: a library's sentence may quote what it was given.
    return f"{type(error).__module__}.{type(error).__name__}"


def _unusable(why: str, profile: str) -> NotLoggedIn:
    return NotLoggedIn(
        f"the keyring cannot be used: {why}",
        hint=(
            "unlock it, or set CASECLI_TOKEN or CASECLI_TOKEN_FILE, or keep the token "
            f"in a file: casecli login --profile {profile} --insecure-storage"
        ),
    )


def _read(path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK)) as source:
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadInput(f"{path} is not a file")
            if status.st_mode & 0o077:
                raise BadInput(
                    f"{path} can be read by others", hint=f"chmod 600 {path}"
                )
            return _checked(source.read(LONGEST))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the token file {path} cannot be read: {error}") from error


def _checked(token: str) -> str:
    token = token.strip()
    if not token:
        raise BadInput("the token is empty", hint="casecli login --token-stdin < FILE")
    if not (token.isascii() and token.isprintable()):
        raise BadInput("a token is one line of plain characters")
    return token
