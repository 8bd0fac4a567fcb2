"""The vault: one token a value, sealed at rest, safe among many processes."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from pathlib import Path

import pytest

from casecli.domain.errors import ScrubRefused, StorageFailed
from casecli.vault import FileVault


def a_vault(folder: Path) -> FileVault:
    return FileVault(folder / "data" / "vault.db", folder / "keys" / "vault.key")


def counted(n: int) -> str:
    return f"user_{n}"


def test_a_value_keeps_its_token_over_openings(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        first = case.token("user", "bob", "bob", counted)

    with a_vault(tmp_path).case("L1") as case:
        assert case.token("user", "bob", "bob", lambda n: f"other_{n}") == first
        assert case.value(first) == "bob"
        assert case.is_token(first)
        assert not case.is_token("user_1")
        assert case.tokens() == {"user_0": "bob"}


def test_what_was_no_token_is_one_from_when_it_is_given(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        assert not case.is_token("user_0")
        assert not case.is_token("user_0")

        case.token("user", "bob", "bob", counted)

        assert case.is_token("user_0")


def test_a_token_is_never_given_twice(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        assert case.token("user", "bob", "bob", counted) == "user_0"
        assert case.token("user", "bob", "Bob", counted) == "user_1"
        assert case.token("user", "eve", "eve", counted) == "user_2"


def test_no_free_token_is_a_refusal(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("user", "bob", "bob", counted)

        with pytest.raises(ScrubRefused, match="no free token"):
            case.token("user", "eve", "eve", lambda _: "user_0")


@pytest.mark.parametrize("value", ["", "a\0b", "\udcff\udc80", "\ud800", "é€𝄞\n"])
def test_any_text_comes_back_as_it_was(tmp_path: Path, value: str) -> None:
    with a_vault(tmp_path).case("L1") as case:
        token = case.token("word", value, value, counted)

    with a_vault(tmp_path).case("L1") as case:
        assert case.value(token) == value


def test_each_case_has_its_own_secret_and_tokens(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    with vault.case("L1") as one:
        one.token("user", "bob", "bob", counted)
        first = one.secret()

    with vault.case("L2") as two:
        assert two.value("user_0") is None
        assert two.secret() != first
    with vault.case("L1") as one:
        assert one.secret() == first
        assert len(first) == 32
    assert vault.cases() == ("L1",)


def test_values_are_found_whole_or_by_their_words_in_any_case(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    with vault.case("L1") as one:
        one.token("email", "bob@acme.com", "Bob@Acme.com", lambda n: f"m_{n}")
        one.token("phone", "12025550143", "+1 202 555 0143", lambda n: f"p_{n}")
    with vault.case("L2") as two:
        two.token("host", "acme.com", "acme.com", lambda n: f"h_{n}")
        two.token("host", "bobhost", "bobhost", lambda n: f"h_{n}")

    assert vault.tokens_for("ACME") == ("m_0", "h_0")
    assert vault.tokens_for("acme.com") == ("h_0", "m_0")
    assert vault.tokens_for("bob") == ("m_0",)
    assert vault.tokens_for("BobHost ") == ("h_1",)
    assert vault.tokens_for("+1-202-555-0143") == ("p_0",)
    assert vault.tokens_for("com.acme") == ()
    assert vault.tokens_for("") == ()


def as_made_by_version_1(folder: Path) -> None:
    db = sqlite3.connect(folder / "data" / "vault.db")
    db.execute("DROP TABLE finder")
    db.execute("PRAGMA user_version = 1")
    db.close()


def test_an_older_vault_learns_to_find_its_values(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("email", "bob@acme.com", "Bob@Acme.com", lambda n: f"m_{n}")
    as_made_by_version_1(tmp_path)

    assert a_vault(tmp_path).tokens_for("bob") == ("m_0",)
    with a_vault(tmp_path).case("L1") as case:
        assert case.tokens() == {"m_0": "Bob@Acme.com"}


def test_an_older_vault_that_cannot_be_read_stays_as_it_was(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("user", "bob", "bob", counted)
    as_made_by_version_1(tmp_path)
    path = tmp_path / "data" / "vault.db"
    db = sqlite3.connect(path)
    db.execute("UPDATE token SET token = 'user_9'")
    db.commit()
    before = list(db.iterdump())
    db.close()

    with pytest.raises(ScrubRefused, match="changed by something else"):
        a_vault(tmp_path).check()

    db = sqlite3.connect(path)
    assert list(db.iterdump()) == before
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()


def test_cases_open_at_once_do_not_wait_for_one_another(tmp_path: Path) -> None:
    vault, again = a_vault(tmp_path), a_vault(tmp_path)
    with vault.case("L1") as one, again.case("L2") as two, vault.case("L1") as same:
        one.token("user", "bob", "bob", counted)
        two.token("user", "eve", "eve", counted)
        same.token("user", "kim", "kim", counted)
        one.token("user", "joe", "joe", counted)
        vault.forget("L3")

    with vault.case("L1") as one, vault.case("L2") as two:
        assert dict(one.tokens()) == {"user_0": "bob", "user_1": "kim", "user_2": "joe"}
        assert dict(two.tokens()) == {"user_0": "eve"}


def test_nothing_readable_is_on_the_disk_and_nobody_else_can_read(
    tmp_path: Path,
) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("user", "sentinel-canonical", "Sentinel-Value", counted)

    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    raw = b"".join(each.read_bytes() for each in (tmp_path / "data").iterdir())
    assert b"entinel" not in raw


def test_another_key_is_refused(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("user", "bob", "bob", counted)
    (tmp_path / "keys" / "vault.key").write_bytes(b"k" * 32)

    with (
        pytest.raises(ScrubRefused, match="holds another vault's key"),
        a_vault(tmp_path).case("L1"),
    ):
        pass


def test_a_missing_key_is_refused_and_not_made_anew(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1"):
        pass
    (tmp_path / "keys" / "vault.key").unlink()

    with pytest.raises(ScrubRefused, match="missing"), a_vault(tmp_path).case("L1"):
        pass
    assert not (tmp_path / "keys" / "vault.key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1"):
        pass
    (tmp_path / "keys" / "vault.key").chmod(0o644)

    with (
        pytest.raises(ScrubRefused, match="can be read by others") as caught,
        a_vault(tmp_path).case("L1"),
    ):
        pass
    assert caught.value.hint.startswith("chmod 600 ")


def test_a_value_moved_to_another_token_is_noticed(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1") as case:
        case.token("user", "bob", "bob", counted)
    db = sqlite3.connect(tmp_path / "data" / "vault.db")
    db.execute("UPDATE token SET token = 'user_9'")
    db.commit()
    db.close()

    with (
        pytest.raises(ScrubRefused, match="changed by something else"),
        a_vault(tmp_path).case("L1") as case,
    ):
        case.value("user_9")


def test_a_forgotten_case_cannot_be_read_again(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    with vault.case("L1") as case:
        token = case.token("user", "bob", "bob", counted)
        secret = case.secret()

    vault.forget("L1")

    assert vault.cases() == ()
    assert vault.tokens_for("bob") == ()
    with vault.case("L1") as case:
        assert case.value(token) is None
        assert case.secret() != secret


def test_a_file_that_is_no_vault_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "vault.db"
    path.write_bytes(b"not a database, but somebody's notes" * 40)

    with pytest.raises(StorageFailed), a_vault(tmp_path).case("L1"):
        pass
    assert path.read_bytes().startswith(b"not a database")


def test_a_newer_vault_is_left_alone(tmp_path: Path) -> None:
    with a_vault(tmp_path).case("L1"):
        pass
    db = sqlite3.connect(tmp_path / "data" / "vault.db")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with (
        pytest.raises(StorageFailed, match="not a token vault this casecli can read"),
        a_vault(tmp_path).case("L1"),
    ):
        pass


def test_where_names_the_place_of_the_key(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"

    assert FileVault(tmp_path / "v", path).where() == f"the key file {path}"
    assert "keyring" in FileVault(tmp_path / "v", path, keyring_service="c").where()


def fill(folder: str, worker: int) -> dict[str, str]:
    """Ask for the same 40 values as all the others, in an order of its own."""
    given = {}
    with a_vault(Path(folder)).case("L1") as case:
        for n in range(40):
            value = f"value{(n * 7 + worker) % 40}"
            given[value] = case.token("user", value, value, counted)
            case.commit()
    return given


def test_processes_at_once_agree_on_every_token(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        answers = pool.starmap(fill, [(str(tmp_path), each) for each in range(4)])

    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0].values())) == 40
