"""Where a token is found and kept; the keyring is a real one, in a child process."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from casecli.credentials import KEYRING, Credentials
from casecli.domain.errors import BadInput, NotLoggedIn

# A keyring in a file, as keyring loads any backend: by name, from the path.
IN_A_FILE = """
import json, pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path(__file__).with_name("kept.json")

class Keyring(KeyringBackend):
    priority = 1
    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}
    def get_password(self, service, username):
        return self._all().get(f"{service} {username}")
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self._all(), f"{service} {username}": password}))
    def delete_password(self, service, username):
        left = self._all()
        del left[f"{service} {username}"]
        FILE.write_text(json.dumps(left))
"""
MUTE = """
import threading
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        threading.Event().wait()
    set_password = get_password
"""
TALKATIVE = """
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return None
    def set_password(self, service, username, password):
        raise RuntimeError("cannot store " + password)
"""


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(folder=tmp_path / "config")


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every child a keyring of this test's own."""
    plant(tmp_path, monkeypatch, IN_A_FILE)
    return tmp_path


def plant(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    (folder / "planted_keyring.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "planted_keyring.Keyring")


@pytest.mark.usefixtures("desktop")
def test_a_stored_token_is_found_again(credentials: Credentials) -> None:
    assert credentials.token_for("work") is None

    said = credentials.store("work", "t0ken\n")

    assert (said, credentials.where("work")) == (KEYRING, KEYRING)
    assert credentials.token_for("work") == "t0ken"
    assert credentials.token_for("other") is None


@pytest.mark.usefixtures("desktop")
def test_a_forgotten_token_is_gone(credentials: Credentials) -> None:
    credentials.store("work", "t0ken")

    assert credentials.forget("work")

    assert credentials.token_for("work") is None
    assert not credentials.forget("work")


@pytest.mark.usefixtures("desktop")
def test_the_environment_comes_before_what_is_stored(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n")
    file.chmod(0o600)
    Credentials(folder=tmp_path).store("work", "stored")

    by_file = Credentials(folder=tmp_path, token_file=file)
    by_value = Credentials(folder=tmp_path, token="value", token_file=file)  # noqa: S106 (no secret)

    assert by_file.token_for("work") == "from the file"
    assert by_value.token_for("work") == "value"
    assert by_file.where("work") == f"{file} (CASECLI_TOKEN_FILE)"
    assert by_value.where("work") == "the environment (CASECLI_TOKEN)"


def test_the_environment_never_wakes_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, monkeypatch, MUTE)

    token = Credentials(folder=tmp_path, token="value", patience=0.01).token_for("w")  # noqa: S106 (no secret)

    assert token == "value"  # noqa: S105 (no secret)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_token_file_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("t0ken")
    file.chmod(mode)

    with pytest.raises(BadInput, match="can be read by others") as refusal:
        Credentials(folder=tmp_path, token_file=file).token_for("work")

    assert refusal.value.hint == f"chmod 600 {file}"


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"one\ntwo", b"\xff\xfe", b"t\xc3\xb6"]
)
def test_a_token_file_without_a_token_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(BadInput):
        Credentials(folder=tmp_path, token_file=file).token_for("work")


def test_a_token_file_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)

    with pytest.raises(BadInput):
        Credentials(folder=tmp_path, token_file=tmp_path / "no").token_for("work")
    with pytest.raises(BadInput):
        Credentials(folder=tmp_path, token_file=tmp_path / "folder").token_for("work")


def test_a_file_of_ours_is_private_and_only_made_when_asked_for(
    credentials: Credentials, tmp_path: Path
) -> None:
    where = credentials.store("work/../../x", "t0ken", insecure=True)

    file = Path(where)
    assert file.parent == tmp_path / "config"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert credentials.token_for("work/../../x") == "t0ken"
    assert credentials.where("work/../../x") == f"{file} (not encrypted)"


@pytest.mark.usefixtures("desktop")
def test_the_keyring_replaces_a_file_of_ours(credentials: Credentials) -> None:
    file = Path(credentials.store("work", "old", insecure=True))

    credentials.store("work", "new")

    assert not file.exists()
    assert credentials.token_for("work") == "new"


def test_without_a_keyring_the_ways_out_are_named(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

    with pytest.raises(NotLoggedIn, match="keyring cannot be used") as refusal:
        credentials.store("work", "t0ken-value")

    assert refusal.value.exit_code == 4
    for way in ("CASECLI_TOKEN", "CASECLI_TOKEN_FILE", "--insecure-storage"):
        assert way in refusal.value.hint
    assert "t0ken-value" not in repr(refusal.value)


def test_a_keyring_that_keeps_nothing_is_not_believed(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

    with pytest.raises(NotLoggedIn, match="did not keep"):
        credentials.store("work", "t0ken")


@pytest.mark.timeout(20)
def test_a_keyring_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, monkeypatch, MUTE)

    with pytest.raises(NotLoggedIn, match="did not answer"):
        Credentials(folder=tmp_path, patience=1.0).token_for("work")


def test_a_keyring_that_quotes_the_token_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, monkeypatch, TALKATIVE)

    with pytest.raises(NotLoggedIn, match="RuntimeError") as refusal:
        Credentials(folder=tmp_path).store("work", "t0ken-value")

    assert "t0ken-value" not in f"{refusal.value}{refusal.value.hint}"


def test_a_keyring_left_alone_keeps_and_finds_nothing(tmp_path: Path) -> None:
    credentials = Credentials(folder=tmp_path, keyring=False)

    assert credentials.token_for("work") is None
    assert credentials.where("work") is None
    with pytest.raises(NotLoggedIn):
        credentials.store("work", "t0ken")


def test_a_token_is_not_shown_by_what_holds_it(tmp_path: Path) -> None:
    held = Credentials(folder=tmp_path, token="t0ken-value")  # noqa: S106 (no secret)

    assert "t0ken-value" not in repr(held)


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "tö"])
def test_what_is_no_token_is_not_stored(credentials: Credentials, token: str) -> None:
    with pytest.raises(BadInput):
        credentials.store("work", token, insecure=True)
