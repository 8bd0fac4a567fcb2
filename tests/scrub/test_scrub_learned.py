"""The second pass: what a keyed place names is replaced wherever it stands."""

from __future__ import annotations

import io
import multiprocessing
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.learned import MOST, MOST_CODES, Learned, is_telling
from casecli.scrub.literals import Literals
from casecli.scrub.stdlib import StdlibEngine

KIB = 1024


def scrubbed(text: str, case: CaseVault) -> str:
    return Gate(engine="stdlib").text(text, case).text


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("user=kwong", "kwong"),
        ('"customerName": "Ada Loveday"', "Ada Loveday"),
        ("hostname: vx-prod-7", "vx-prod-7"),
        ("phone: 030 1234567", "030 1234567"),
        ("password=Tr0ub4dor3x", "Tr0ub4dor3x"),
        ("AttributeConnID 0126029b5a6c1f3d", "0126029b5a6c1f3d"),
        ('"session_id": "7d8f9a6b5c4e3f2a"', "7d8f9a6b5c4e3f2a"),
        ("Kundennummer: 4417720199", "4417720199"),
    ],
)
def test_what_a_key_names_is_found_before_and_after_it(
    line: str, value: str, case: CaseVault
) -> None:
    text = f"it was {value} again\n{line}\nthen {value}, he said\n"

    out = scrubbed(text, case)

    assert value not in out
    token = out[len("it was ") : out.index(" again")]
    assert out.splitlines()[2] == f"then {token}, he said"
    assert Gate().unscrub(out, case) == text


@pytest.mark.parametrize(
    ("line", "later"),
    [
        ('customerName="Anna Lindqvist"', "called Lindqvist back"),
        ('customerName="Anna Lindqvist"', "Anna Lindqvist-Berg or Lindqvist, maybe"),
        ("Name: Lindqvist, Anna", "debtor Lindqvist paid"),
    ],
)
def test_who_was_named_in_full_is_known_by_the_family_name(
    line: str, later: str, case: CaseVault
) -> None:
    out = scrubbed(f"{line}\n{later}\n", case)

    assert "Lindqvist " not in out
    assert "Lindqvist," not in out


def test_a_later_text_of_the_case_knows_the_family_name(case: CaseVault) -> None:
    scrubbed('customerName="Anna Lindqvist"\n', case)

    out = scrubbed("Lindqvist rang again", case)

    assert "Lindqvist" not in out


@pytest.mark.parametrize(
    ("line", "later"),
    [
        ('customerName="Anna Service"', "the Service is up"),
        ('customerName="Zorblax Quuxley"', "at Quuxley again"),
        ('customerName="Anna Lindqvist"', "the lindqvist module"),
        ('customerName="Anna von der Aue"', "Aue is up"),
    ],
)
def test_of_names_only_telling_words_are_learned(
    line: str, later: str, case: CaseVault
) -> None:
    assert scrubbed(f"{line}\n{later}\n", case).endswith(f"{later}\n")


def test_what_a_name_left_of_a_login_has_the_same_token_every_time(
    case: CaseVault,
) -> None:
    scrubbed('customer_name="Siobhán Kerrigan"', case)
    text = 'user MGMT-IN\\Siobhán Kerrigan, said "no"'

    first, second = scrubbed(text, case), scrubbed(text, case)

    assert first == second
    assert "MGMT" not in first


def test_the_report_counts_the_second_pass_by_type(case: CaseVault) -> None:
    found = Gate(engine="stdlib").text("user=kwong\nkwong left\n", case)

    assert found.findings == {"user": 2}


@pytest.mark.parametrize(
    "text",
    [
        "user=root\nthe root of it\n",
        "user=backup\nthe backup failed\n",
        "user=bo1\nsee bo1 now\n",
        "user=test1\nrun test1 now\n",
        "hostname: localhost\nat localhost it is\n",
        '"firstName": "Grace"\nwith Grace and speed\n',
        "ext: 4711\nerror 4711 again\n",
    ],
)
def test_words_that_mean_other_things_are_not_learned(
    text: str, case: CaseVault
) -> None:
    out = scrubbed(text, case)

    assert out.splitlines()[1] == text.splitlines()[1]


@pytest.mark.parametrize(
    "line",
    [
        "in kwongs and xkwong",
        "call kwong() now",
        "org.kwong.Main started",
        "a pre-kwong build",
        "set kwong=1",
    ],
)
def test_a_learned_word_inside_another_stays(line: str, case: CaseVault) -> None:
    out = scrubbed(f"user=kwong\n{line}\n", case)

    assert out.splitlines()[1] == line


def test_a_login_in_capitals_is_the_same_person(case: CaseVault) -> None:
    out = scrubbed("user=kwong42\nKWONG42 left\n", case)

    first, second = out.removeprefix("user=").removesuffix(" left\n").split("\n")
    assert second.startswith(first)
    assert Gate().unscrub(out, case) == "user=kwong42\nKWONG42 left\n"


def test_an_exception_is_not_learned(case: CaseVault) -> None:
    gate = Gate(engine="stdlib", exceptions=("kwong",))

    assert (
        gate.text("user=kwong\nkwong left\n", case).text == "user=kwong\nkwong left\n"
    )


def test_a_text_knows_whom_its_case_has_met(case: CaseVault) -> None:
    token = scrubbed("user=kwong", case).removeprefix("user=")

    assert scrubbed("kwong cannot log in", case) == f"{token} cannot log in"


def test_tokens_are_never_touched(case: CaseVault) -> None:
    once = scrubbed("hostname: vx-prod-7, user=kwong, mail bob@acme.com", case)
    text = once + "\nuser=example7\n" + once

    out = scrubbed(text, case)

    assert out.startswith(once)
    assert out.endswith(once)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_is_searched_from_its_start(
    encoding: str, case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_text("kwong left\n" * 3 + "user=kwong\n", encoding)

    report = Gate(engine="stdlib").file(source, tmp_path / "out", case)

    assert "kwong" not in (tmp_path / "out").read_text(encoding)
    assert report.findings == {"user": 4}


def test_a_cell_of_a_table_is_learned(case: CaseVault) -> None:
    out = scrubbed("id,full name\n1,Ada Loveday\nnote: Ada Loveday called\n", case)

    assert "Loveday" not in out


def test_members_of_an_archive_know_what_earlier_ones_said(
    case: CaseVault, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "in.tar", "w") as tar:
        for name, text in (("a.log", b"user=kwong\n"), ("b.log", b"kwong left\n")):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))

    Gate(engine="stdlib").file(tmp_path / "in.tar", tmp_path / "out.tar", case)

    assert b"kwong" not in (tmp_path / "out.tar").read_bytes()


def test_a_pipe_learns_forward_only(case: CaseVault) -> None:
    pipe = Gate(engine="stdlib").pipe(case)

    out = [pipe.feed(b"kwong came\n") + pipe.ready()]
    out += [pipe.feed(b"user=kwong\n") + pipe.ready()]
    out += [pipe.feed(b"kwong left\n") + pipe.ready() + pipe.finish()]

    assert out[0] == b"kwong came\n"
    assert b"kwong" not in b"".join(out[1:])


def test_workers_learn_from_one_another(
    case: CaseVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casecli.scrub.workers._may_fork", lambda: False)
    monkeypatch.setattr("casecli.scrub.workers.STARTED", 256 * KIB)
    monkeypatch.setattr("casecli.scrub.workers.SLICE", 64 * KIB)
    filler = "2024-03-01 04:05:44 INFO nothing to see\n" * 12_000
    source = tmp_path / "app.log"
    source.write_text(f"kwong came\n{filler}user=kwong\nkwong left\n")

    alone = Gate(engine="stdlib", workers=1).file(source, tmp_path / "1", case)
    shared = Gate(engine="stdlib", workers=2).file(source, tmp_path / "2", case)

    assert b"kwong" not in (tmp_path / "2").read_bytes()
    assert (tmp_path / "2").read_bytes() == (tmp_path / "1").read_bytes()
    assert shared == alone
    assert multiprocessing.active_children() == []


def test_a_long_line_is_searched_across_its_cuts(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    near_the_cut = "x" * (1024 * KIB - 6) + " kwong42 "
    source.write_text("user=kwong42\n" + near_the_cut * 3 + "\n")

    Gate(engine="stdlib").file(source, tmp_path / "out", case)
    Gate(engine="stdlib").file(tmp_path / "out", tmp_path / "again", case)

    out = (tmp_path / "out").read_bytes()
    assert b"kwong42" not in out
    assert (tmp_path / "again").read_bytes() == out
    assert Gate().unscrub_bytes(out, case) == source.read_bytes()


@pytest.mark.parametrize(("kind", "most"), [("user", MOST), ("session", MOST_CODES)])
def test_of_too_many_values_the_same_are_kept_in_any_order(
    kind: str, most: int
) -> None:
    values = [b"kwong%05d" % n for n in range(2 * most + 500)]
    one, other = Learned(), Learned()

    for value in values:
        one.hear(kind, value)
    for value in reversed(values):
        other.hear(kind, value)

    assert one.values() == other.values()
    literals = Literals(one.values(), StdlibEngine(()))
    assert len(literals.spans(b"\n".join(values)).spans) == most


def test_thousands_of_sessions_leave_all_logins_known() -> None:
    learned = Learned()

    for n in range(3 * MOST_CODES):
        learned.hear("user", b"kwong%05d" % n)
        learned.hear("session", b"7d8f9a6b%05d" % n)

    values = learned.values()
    assert sum(kind == "user" for kind in values.values()) == 3 * MOST_CODES
    assert sum(kind == "session" for kind in values.values()) == MOST_CODES


@pytest.mark.parametrize(
    ("kind", "value", "telling"),
    [
        ("user", "jane.doe", True),
        ("user", "svc-backup", False),
        ("user", "100234", True),
        ("user", "12345", False),
        ("host", "web01", True),
        ("host", "auth-service", False),
        ("host", "db.acme.com", False),
        ("name", "Payment Service", False),
        ("name", "Loveday", True),
        ("phone", "12345", False),
        ("password", "kwong", False),
        ("password", "correct-horse", False),
        ("password", "hunter22x", True),
        ("password", "of 20 words", False),
        ("session", "7d8f9a6b5c4e3f2a", True),
        ("account", "88120934", False),
        ("account", "4417720199", True),
        ("account", "1718880071", False),
        ("account", "20240131120000", False),
    ],
)
def test_only_what_can_mean_one_thing_is_telling(
    kind: str,
    value: str,
    telling: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert is_telling(kind, value) is telling


PIECES = st.sampled_from(
    """user=kwong
kwong
KWONG
jane.doe
login: jane.doe
hostname: vx-7-db
vx-7-db
vx-7
"customerName": "Ada Loveday"
Ada Loveday
Loveday
phone: 030 1234567
030 1234567
bob@acme.com
10.1.2.3
username=Kwong
a note
password=kwong
user_abcdef
- name: DB_PASSWORD
  value: kwong
/home/kwong/x
host-abcdef""".splitlines()
)
GLUES = st.sampled_from(["", " ", "\n", "-", ".", ":", "=", "/", "_", ", ", "@", "é"])


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=st.lists(st.tuples(PIECES, GLUES), max_size=14))
def test_the_way_back_is_exact_and_a_second_scrub_changes_nothing(
    parts: list[tuple[str, str]], case: CaseVault, tmp_path: Path
) -> None:
    text = "".join(piece + glue for piece, glue in parts)
    source, first, second = (tmp_path / name for name in ("in", "1", "2"))
    source.write_text(text, "utf-8")
    gate, small = Gate(engine="stdlib"), Gate(engine="stdlib", chunk=16)

    gate.file(source, first, case)
    small.file(source, second, case)
    out = first.read_bytes()
    small.file(first, source, case)
    once = gate.text(text, case).text

    assert second.read_bytes() == out
    assert source.read_bytes() == out
    assert gate.unscrub_bytes(out, case) == text.encode()
    assert gate.text(once, case).text == once
    assert small.text(text, case).text == once
    assert gate.unscrub(once, case) == text


def test_the_name_of_a_file_says_no_more_than_what_is_in_it(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "dump_kwong-2026.log"
    source.write_text("user=kwong came\n")

    report = Gate().file(source, tmp_path / "out", case)

    assert "kwong" not in report.name
    assert report.name.endswith("-2026.log")
    assert Gate().name("notes of kwong.txt", case).endswith(".txt")
    assert "kwong" not in Gate().name("notes of kwong.txt", case)
    assert Gate().name("readme-first.txt", case) == "readme-first.txt"


def test_members_are_named_by_what_earlier_ones_said(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "bundle.tar"
    with tarfile.open(source, "w") as archive:
        for name, text in (("a.log", b"user=kwong\n"), ("kwong.log", b"calm\n")):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))

    Gate().file(source, tmp_path / "out", case)

    with tarfile.open(tmp_path / "out") as archive:
        assert archive.getnames()[0] == "a.log"
        assert "kwong" not in archive.getnames()[1]


def test_what_the_second_pass_finds_is_shown_with_its_line_in_the_source(
    tmp_path: Path, case: CaseVault
) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n%s-----END PRIVATE KEY-----\n" % (
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n" * 6
    )
    text = key + "the pump ran\n" * 20_000 + "then Lindqvist rang\n"
    (tmp_path / "a.log").write_text(f'customerName="Anna Lindqvist"\n{text}')

    done = Gate().file(tmp_path / "a.log", tmp_path / "out", case)

    names = [(each.line, each.value) for each in done.samples if each.kind == "name"]
    assert names == [(1, "Anna Lindqvist"), (20_010, "Lindqvist")]
    assert len((tmp_path / "out").read_text().splitlines()) == 20_003
