"""Tokens: consistent, reversible, recognised, and never dependent on chunks."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.tokens import Tokens
from casecli.vault import FileVault

LOGHUB = Path(__file__).parents[3] / "shared" / "data" / "loghub"
LOGS = sorted(LOGHUB.glob("*.log"))

TEXT = """\
Jun 14 15:16:01 combo sshd[19939]: Failed password for jsmith from 10.1.2.3 port 22
mail from Bob@Acme.com and bob@acme.com, call +1 202 555 0143 or +1-202-555-0143
password=hunter2 host=db01.acme.com jdbc:x://app:s3cr3t@db01.acme.com:99/x
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7
VJTUt9Us8cKjMzEfYyjiWA4R4ypbHqGC0H0
-----END PRIVATE KEY-----
peer 2001:DB8:0::1 is 2001:db8::1, ether 08:00:27:4E:66:A1 or 08-00-27-4e-66-a1
"""

MIB = 1024 * 1024


def test_no_value_survives_and_all_come_back(case: CaseVault) -> None:
    gate = Gate()

    done = gate.text(TEXT, case)

    for value in ("jsmith", "10.1.2.3", "acme", "Acme", "hunter2", "s3cr3t", "MIIE"):
        assert value not in done.text
    assert gate.unscrub(done.text, case) == TEXT
    assert gate.text(done.text, case).text == done.text
    assert not gate.text(done.text, case).findings


def test_one_value_is_one_token_in_every_text_of_a_case(case: CaseVault) -> None:
    first = Gate().text("from 10.1.2.3", case).text.split()[1]
    second = Gate().text("at 10.1.2.3 again", case).text.split()[1]

    assert first == second


def test_another_case_gives_other_tokens(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault.db", tmp_path / "key")
    with vault.case("L1") as one, vault.case("L2") as two:
        first = Gate().text("password=hunter2", one).text
        second = Gate().text("password=hunter2", two).text

    assert first != second


def test_spellings_of_one_person_share_a_stem_and_differ(case: CaseVault) -> None:
    words = Gate().text("bob@acme.com Bob@Acme.com", case).text.split()

    assert words[0] != words[1]
    assert words[0].removesuffix(".example") == words[1][:-12]


def test_neighbours_in_a_net_stay_neighbours_in_reserved_space(
    case: CaseVault,
) -> None:
    one, two = Gate().text("10.1.2.3 10.1.2.77", case).text.split()

    assert one.rpartition(".")[0] == two.rpartition(".")[0]
    assert ipaddress.IPv4Address(one) in ipaddress.IPv4Network("240.0.0.0/4")


def test_a_whole_net_has_no_two_addresses_with_one_token(case: CaseVault) -> None:
    text = " ".join(f"10.9.{n % 4}.{n // 4}" for n in range(1024))

    tokens = Gate().text(text, case).text.split()

    assert len(set(tokens)) == 1024


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("08:00:27:4e:66:a1", r"0e:ca:5e(:[0-9a-f]{2}){3}"),
        ("08-00-27-4E-66-A1", r"0E-CA-5E(-[0-9A-F]{2}){3}"),
        ("2001:db8::1", r"fdca:5e[0-9a-f:]+"),
        ("bob@acme.com", r"user-\w{6}@host-\w{6}\.example"),
        ("db01.acme.com", r"host-\w{6}\.example"),
        ("+1 202 555 0143", r"\+1 \d{3} 555 01\d{2}"),
        ("password=hunter2", r"password=password_\w{6}"),
    ],
)
def test_a_stand_in_looks_like_what_it_stands_for(
    case: CaseVault, value: str, shape: str
) -> None:
    import re

    assert re.fullmatch(shape, Gate().text(value, case).text)


def test_a_token_glued_to_the_name_of_its_kind_is_still_ours(case: CaseVault) -> None:
    gate = Gate()
    token = gate.text("secret_key=Zx81aabbccdd", case).text.partition("=")[2]

    assert gate.unscrub(f"_{token}_secret_{token}", case) == (
        "_Zx81aabbccdd_secret_Zx81aabbccdd"
    )


def test_opaque_tokens_say_only_their_kind(case: CaseVault) -> None:
    gate = Gate(style="opaque")

    done = gate.text("from 10.1.2.3 by bob@acme.com", case)

    assert done.text.split()[1].startswith("ipv4_")
    assert done.text.split()[3].startswith("email_")
    assert gate.unscrub(done.text, case) == "from 10.1.2.3 by bob@acme.com"


def test_the_users_own_words_go_in_any_case_and_encoding(case: CaseVault) -> None:
    gate = Gate(words=("Zürich Project", "bluefin"))

    done = gate.text("the ZÜRICH project and BlueFin, bluefin", case)

    assert "bluefin" not in done.text.lower()
    assert "project" not in done.text.lower()
    assert done.findings == {"word": 3}


def test_samples_show_up_to_five_of_a_kind_with_their_lines(case: CaseVault) -> None:
    text = "\n".join(f"from 10.0.0.{n}" for n in range(1, 9))

    samples = Gate().text(text, case).samples

    assert [(each.value, each.line) for each in samples] == [
        ("10.0.0.1", 1),
        ("10.0.0.2", 2),
        ("10.0.0.3", 3),
        ("10.0.0.4", 4),
        ("10.0.0.5", 5),
    ]


def test_a_password_with_an_address_inside_goes_as_a_whole(case: CaseVault) -> None:
    done = Gate().text('{"password": "ab 10.0.0.1 cd"}', case)

    assert done.findings == {"password": 1}


@pytest.mark.parametrize("chunk", [1, 7, 64, 4096, 1 << 20])
def test_the_outcome_does_not_depend_on_the_chunk_size(
    case: CaseVault, chunk: int
) -> None:
    text = TEXT * 3 + "no newline at the end 10.1.2.3"

    assert Gate(chunk=chunk).text(text, case).text == Gate().text(text, case).text


def test_a_line_without_end_is_cut_the_same_way_for_every_chunk_size(
    case: CaseVault,
) -> None:
    before = " ." * ((MIB - len("user=u1x ip=10.0")) // 2)
    text = before + "user=u1x ip=10.0.3.7, "
    between = " ." * ((2 * MIB - len(text) - len("user=u")) // 2)
    text += between + "user=u2x ip=10.0.4.7, and no end"

    small = Gate(chunk=4096).text(text, case).text
    large = Gate(chunk=1 << 23).text(text, case).text

    assert small == large
    assert "10.0." not in small
    assert "u2x" not in small
    assert Gate().unscrub(small, case) == text


def test_no_letter_is_split_where_a_rule_looks_no_further(case: CaseVault) -> None:
    text = "EVN|A08|20240620083011|||hwinslow'" + "İ" * 40

    out = Gate().text(text, case).text

    assert "hwinslow" not in out
    assert Gate().unscrub(out, case) == text


@pytest.mark.parametrize(
    "named",
    [
        "<key>Password</key>\n\t<string>WlanMango2026</string>",
        "db_password: |-\n  WlanMango2026",
        "<name>fs.account.key.x</name>\n <value>WlanMango2026/56kL90QwEr==</value>",
    ],
)
def test_a_name_is_not_cut_from_the_line_with_its_value(
    named: str, case: CaseVault
) -> None:
    text = "x\n" * 30 + named + " -----BEGIN PRIVATE KEY-----\nMIIB\n"

    assert "WlanMango" not in Gate(chunk=64).text(text, case).text


def test_a_key_block_across_chunks_goes_as_a_whole(case: CaseVault) -> None:
    body = "\n".join("A" * 60 + f"{n:04d}" for n in range(40))
    text = f"x\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\ny\n"

    done = Gate(chunk=256).text(text, case)

    assert done.findings == {"key": 1}
    assert "AAAA" not in done.text


@pytest.mark.parametrize("chunk", [64, 128, 256])
def test_a_key_that_begins_and_ends_around_another_goes_whole_in_any_chunks(
    case: CaseVault, chunk: int
) -> None:
    text = (
        "log: -----BEGIN PRIVATE KEY-----\nlost the rest\nretry\n"
        "-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n"
        + "again\n" * 30
        + "-----END PRIVATE KEY-----"
    )

    assert Gate(chunk=chunk).text(text, case).text == Gate().text(text, case).text


PIECES = st.sampled_from(
    [
        "10.1.2.3", "010.1.2.3", "bob@acme.com", "BOB@acme.com", "password=", "hunter2",
        '"', "'", "\\", " ", "\n", "\r\n", "=", ":", "://", "@", "/home/", "user=", "a",
        "é", "\x00", "2001:db8::1", "+1 202 555 0143", "4111 1111 1111 1111", ".", "-",
        "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "Bearer ", "eyJ",
        "<password>", "</password>", "token", "_", "240.0.0.1", "host-", "db.acme.com",
    ]
)  # fmt: skip


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_scrubbing_comes_back_exactly_and_settles_at_once(
    case: CaseVault, text: str
) -> None:
    gate = Gate()

    done = gate.text(text, case).text

    assert gate.unscrub(done, case) == text
    assert gate.text(done, case).text == done


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_real_logs_come_back_exactly_and_settle(log: Path, case: CaseVault) -> None:
    gate = Gate()
    text = log.read_bytes()[:60_000].decode()

    done = gate.text(text, case).text

    assert gate.unscrub(done, case) == text
    assert gate.text(done, case).text == done


@pytest.mark.skipif(not LOGS, reason="the loghub samples are not beside the project")
def test_the_loghub_samples_are_there() -> None:
    assert len(LOGS) == 8


def test_no_token_ends_like_a_key_for_what_stands_behind_it(case: CaseVault) -> None:
    tokens = Tokens(case)
    given = [tokens.give("user", b"login%d" % each) for each in range(4000)]
    assert len(set(given)) == 4000
    assert not [each for each in given if each.endswith((b"pw", b"dn"))]
    assert not [each for each in given if each[-1:].isdigit()]  # `uid2`, `pin5`
