"""Mails as they come: from anybody, in any shape, and never obeyed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecli.app.mailing import LARGEST, LONGEST_TEXT, read_mail
from casecli.domain.errors import BadInput

HEAD = b"From: Ana <ana@vendor.example.com>\r\nMessage-ID: <7@vendor.example.com>\r\n"


def _with(head: bytes, body: bytes = b"") -> bytes:
    return HEAD + head + b"\r\n" + body


def _parts(*parts: bytes) -> bytes:
    inner = b"".join(b"--x\r\n" + each + b"\r\n" for each in parts)
    return _with(
        b'Content-Type: multipart/mixed; boundary="x"\r\n', inner + b"--x--\r\n"
    )


def _file(name: bytes, content: bytes = b"data") -> bytes:
    head = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment"
    return head + b'; filename="' + name + b'"\r\n\r\n' + content


PIECES = st.sampled_from(
    [
        b"From: a\r\n",
        b"Date: Mon, 02 Mar 2026 11:30:00 -9999\r\n",
        b"Subject: =?utf-8?b?/w==?= =?x?q??=\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: message/partial\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: text/html; charset*0=ut; charset*1=f-7\r\n",
        b"Content-Type: text/plain; charset=undefined\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: uuencode\r\n",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%00/..\r\n",
        b"Content-Disposition: attachment; filename*0*=x'y'%; filename*2=b\r\n",
        b"Message-ID: <\xff@>\r\n",
        b"--x\r\n",
        b"--x--\r\n",
        b"\r\n",
        b"<![CDATA[<!--<script",
        b"&#xffffffff;&#0;&#xd800;",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=30).map(b"".join))
def test_whatever_it_is_it_is_read_or_refused(raw: bytes) -> None:
    try:
        mail = read_mail(b"From: a\r\n" + raw)
    except BadInput:
        return

    names = [each.name for each in mail.files]
    assert all(name and "/" not in name and "\0" not in name for name in names)
    assert len({name.lower() for name in names}) == len(names)
    mail.text.encode()
    assert "\n" not in mail.author + mail.subject


def test_an_ordinary_answer_is_read() -> None:
    raw = _with(
        b"Subject: =?utf-8?q?Ger=C3=A4t_steht?=\r\n"
        b"Date: Mon, 02 Mar 2026 11:30:00 +0100\r\n",
        b"Please restart it.\r\nAna\r\n",
    )

    mail = read_mail(raw)

    assert (mail.subject, mail.text) == ("Gerät steht", "Please restart it.\nAna")
    assert mail.at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert mail.id == "<7@vendor.example.com>"
    assert mail.author == "Ana <ana@vendor.example.com>"
    assert mail.raw == raw


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"Content-Type: text/plain; charset=klingon\r\n", b"caf\xc3\xa9", "café"),
        (b"Content-Type: text/plain; charset=utf-8\r\n", b"caf\xe9", "caf\ufffd"),
        (b"Content-Type: text/plain; charset=latin-1\r\n", b"caf\xe9", "café"),
        (b"Content-Type: text/plain; charset=\r\n", b"plain", "plain"),
        (b"Content-Type: text/plain; charset=utf-16\r\n", b"a", "a"),
        (b"Content-Type: ;;;=?=\r\n", b"plain", "plain"),
        (b"Content-Transfer-Encoding: base64\r\n", b"!!no base64!!", ""),
        (b"Content-Transfer-Encoding: quoted-printable\r\n", b"a=ZZb=", "a=ZZb"),
        (b"Content-Transfer-Encoding: x-uuencode\r\n", b"begin\r\nrot", ""),
        (b"", b"nul\0 and \x1b[31mred", "nul and \x1b[31mred"),
        (b"", b"own\r\rlines", "own\n\nlines"),
    ],
)
def test_a_text_in_any_charset_is_read_as_far_as_it_can_be(
    head: bytes, body: bytes, text: str
) -> None:
    mail = read_mail(_with(head, body))

    assert mail.text.startswith(text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (b"<p>Hello<p>you &amp; all", "Hello\nyou & all"),
        (b"<head><title>t</title><body>seen", "seen"),
        (b"a<script>document.cookie</script>b", "ab"),
        (b"<style>p{}</style><div>one</div><div>two</div>", "one\n\ntwo"),
        (b"<img src=http://evil.example/x.png>text", "text"),
        (b"<" * 5000, ""),
        (b"</div>" * 5000 + b"end", "end"),
    ],
)
def test_a_mail_of_html_only_gives_its_words(html: bytes, text: str) -> None:
    mail = read_mail(_with(b"Content-Type: text/html\r\n", html))

    assert mail.text.strip("<") == text


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (b"../../etc/passwd", "passwd"),
        (b"C:\\\\temp\\\\trace.log", "trace.log"),
        (b"/etc/cron.d/x", "x"),
        (b"..", "attachment-1"),
        (b"-rf", "rf"),
        (b".bashrc", "bashrc"),
        (b"a\x00b.log", "ab.log"),
        (b"=?utf-8?q?tr=C3=A4ce=2Elog?=", "träce.log"),
        (b"=?klingon?q?x=2Elog?=", "x.log"),
        (b"n" * 100_000 + b".log", "n" * 196 + ".log"),
    ],
)
def test_a_file_has_a_name_that_stays_in_its_folder(told: bytes, kept: str) -> None:
    mail = read_mail(_parts(_file(told)))

    assert [each.name for each in mail.files] == [kept]
    assert mail.files[0].content == b"data"


def test_two_files_of_one_name_are_two_files() -> None:
    mail = read_mail(_parts(_file(b"a.log", b"1"), _file(b"A.LOG", b"2")))

    assert [each.name for each in mail.files] == ["a.log", "2-A.LOG"]


def test_a_mail_inside_a_mail_is_a_file() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nsecret words"

    mail = read_mail(_parts(b"Content-Type: text/plain\r\n\r\nouter", inner))

    assert mail.text == "outer"
    assert [each.name for each in mail.files] == ["mail-2.eml"]
    assert b"secret words" in mail.files[0].content


def test_a_quotation_at_the_end_is_left_out_and_said_so() -> None:
    mail = read_mail(_with(b"", b"Yes.\r\n\r\nOn Monday Kim wrote:\r\n> Is it?\r\n> k"))

    assert mail.text == "Yes."
    assert mail.notes == ("what it quotes at its end was left out",)


def test_answers_between_quotations_stay() -> None:
    body = b"> Is it?\r\nYes.\r\n> Sure?\r\nSure."

    assert read_mail(_with(b"", body)).text == "> Is it?\nYes.\n> Sure?\nSure."
    assert read_mail(_with(b"", b"> all quoted")).text == "> all quoted"


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"Message-ID: none\r\n",
        b"Message-ID: <" + b"a" * 5000 + b"@x>\r\n",
        b"Message-ID: <a\x1b@x>\r\n",
    ],
)
def test_a_mail_without_a_proper_id_is_known_by_its_bytes(told: bytes) -> None:
    raw = b"From: a@example.com\r\n" + told + b"\r\nHello"

    assert read_mail(raw).id.startswith("sha256:")
    assert read_mail(raw).id == read_mail(raw).id
    assert read_mail(raw).id != read_mail(raw + b"!").id


@pytest.mark.parametrize(
    "date",
    [b"yesterday", b"", b"Mon, 99 Foo 2026", b"Mon, 02 Mar 99999999999 00:00:00 +9999"],
)
def test_a_date_that_is_none_is_no_date(date: bytes) -> None:
    assert read_mail(_with(b"Date: " + date + b"\r\n", b"x")).at is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
        b"just some words",
        b"Subject: no sender, no date\r\n\r\nx",
        b"a" * (LARGEST + 1),
        HEAD
        + b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
            for n in range(2000)
        ),
        HEAD
        + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        + b"--x\r\n\r\na\r\n" * 501,
    ],
    ids=["empty", "image", "words", "no sender", "large", "nested", "many parts"],
)
def test_what_is_no_mail_or_too_much_of_one_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_mail(raw)


def test_a_text_too_long_is_cut_and_said_so() -> None:
    mail = read_mail(_with(b"", b"long " * LONGEST_TEXT))

    assert len(mail.text) == LONGEST_TEXT
    assert "cut" in mail.notes[0]


def test_headers_stay_on_one_line() -> None:
    raw = (
        b"From: =?utf-8?q?a=0Ab?= <x@y.example>\r\nDate: x\r\nSubject: s\r\n t\r\n\r\n"
    )

    mail = read_mail(raw)

    assert (mail.author, mail.subject) == ("a b <x@y.example>", "s t")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("about 0004711.", True),
        ("#0004711", True),
        ("00047110", False),
        ("x-0004711", False),
    ],
)
def test_a_number_is_named_as_a_word(text: str, named: bool) -> None:  # noqa: FBT001
    assert read_mail(_with(b"", text.encode())).names("0004711") is named
