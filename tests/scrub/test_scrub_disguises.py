"""Values in disguise, over two lines, or cut by a chunk; and search keys."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.rule_lint import marked
from casecli.scrub.ruleset import load


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mail bob%40acme.com now", "bob%40acme.com"),
        ("mail bob&#64;acme.com now", "bob&#64;acme.com"),
        ("mail bob&#x40;acme.com now", "bob&#x40;acme.com"),
        ('{"m": "bob\\u0040acme.com"}', "bob\\u0040acme.com"),
        ("mail bob@ac\u200bme.com now", "bob@ac\u200bme.com"),
        ("from 10.1\u2060.2.3 now", "10.1\u2060.2.3"),
        ("from \uff11\uff10.1.2.3 now", "\uff11\uff10.1.2.3"),
        ("mail bob\uff20acme.com now", "bob\uff20acme.com"),
    ],
)
def test_a_disguised_value_is_found_and_comes_back(
    case: CaseVault, text: str, value: str
) -> None:
    gate = Gate()

    done = gate.text(text, case).text

    assert value not in done
    assert "acme" not in done
    assert gate.unscrub(done, case) == text
    assert gate.text(done, case).text == done


def test_a_disguised_address_is_the_same_person_as_the_plain_one(
    case: CaseVault,
) -> None:
    plain, hidden = Gate().text("bob@acme.com bob%40acme.com", case).text.split()

    assert plain.removesuffix(".example") == hidden[:-12]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"lastName": "L\\u00fcdenscheidt"}', "L\\u00fcdenscheidt"),
        ('{"lastName": "\\u7530\\u4e2d"}', "\\u7530\\u4e2d"),
        ("<Name>S&oslash;ren Kj&aelig;rgaard</Name>", "S&oslash;ren Kj&aelig;rgaard"),
        ("tel=1&navn=Torbj%C3%B8rn%20Aasen&x=1", "Torbj%C3%B8rn%20Aasen"),
        (
            "call +45&nbsp;33&nbsp;91&nbsp;40&nbsp;27",
            "+45&nbsp;33&nbsp;91&nbsp;40&nbsp;27",
        ),
        (
            "call +45\u00a033\u00a091\u00a040\u00a027",
            "+45\u00a033\u00a091\u00a040\u00a027",
        ),
        (
            "call +45\u201133\u201191\u201140\u201127",
            "+45\u201133\u201191\u201140\u201127",
        ),
        ("&lt;password&gt;hunter2&lt;/password&gt;", "hunter2"),
    ],
)
def test_what_is_written_with_escapes_is_found_whole(
    case: CaseVault, text: str, value: str
) -> None:
    gate = Gate()

    done = gate.text(text, case).text

    before, after = text.split(value)
    assert done.startswith(before)
    assert done.endswith(after)
    assert done[len(before) : len(done) - len(after)].isascii()
    assert value not in done
    assert gate.unscrub(done, case) == text


@pytest.mark.parametrize("written", ["M\\u00fcller", "M&uuml;ller", "M%C3%BCller"])
def test_a_name_with_escapes_is_the_same_person_as_without(
    case: CaseVault, written: str
) -> None:
    gate = Gate()

    plain = gate.text('"lastName": "Müller"', case).text.split('"')[3]
    other = gate.text(f'"lastName": "{written}"', case).text.split('"')[3]

    assert other.startswith(plain)
    assert other != plain


def test_escapes_that_hide_nothing_stay(case: CaseVault) -> None:
    text = "GET /a%20b?c=%41%42 &#169; \\u00e9 caf\u00e9"

    assert Gate().text(text, case).text == text


EXAMPLES = [marked(each)[0] for rule in load().rules for each in rule.examples]
SEVERAL_LINES = [each.decode() for each in EXAMPLES if b"\n" in each.strip(b"\n")]
NAMED = """\
env:
- name: DB_PASSWORD
  value: "s3cr3t7"
- name: LOG_LEVEL
  value: info
"""


@pytest.mark.parametrize("chunk", [1, 8, 30, 64, 4096])
def test_a_value_on_the_line_after_its_name_is_found_in_any_chunks(
    case: CaseVault, chunk: int
) -> None:
    done = Gate(chunk=chunk).text(NAMED * 3, case)

    assert done.findings == {"password": 3}
    assert "value: info" in done.text


@pytest.mark.parametrize("lines", SEVERAL_LINES)
def test_an_example_of_several_lines_is_found_when_they_come_one_by_one(
    case: CaseVault, lines: str
) -> None:
    text = f"x\n{lines.rstrip()}\nend of it\n".encode()
    at_once, bit_by_bit = Gate(chunk=1).pipe(case), Gate(chunk=1).pipe(case)

    out = b"".join(map(bit_by_bit.feed, text.splitlines(keepends=True)))

    assert out + bit_by_bit.finish() == at_once.feed(text) + at_once.finish()


def test_pretty_printed_pairs_are_found(case: CaseVault) -> None:
    text = json.dumps([{"name": "API_TOKEN", "value": "9d8f7a6b5c4e"}], indent=2)

    assert "9d8f7a6b5c4e" not in Gate().text(text, case).text


def test_search_keys_are_told_with_their_tokens(case: CaseVault) -> None:
    gate = Gate()
    text = "caller=+12025550143 agentId=4711x connId=00a7027f3c1d2b45"
    done = gate.text(text, case).text

    legend = gate.legend(["+1 (202) 555-0143", "00A7027F3C1D2B45", "nobody"], case)

    assert [value for value, _ in legend] == ["+1 (202) 555-0143", "00A7027F3C1D2B45"]
    assert all(token in done for _, token in legend)


def test_zstd_is_scrubbed_where_the_library_is(tmp_path: Path, case: CaseVault) -> None:
    zstandard = pytest.importorskip("zstandard")
    source = tmp_path / "a.log.zst"
    source.write_bytes(zstandard.ZstdCompressor().compress(b"password=hunter2\n"))

    done = Gate().file(source, tmp_path / "out", case)

    with zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO((tmp_path / "out").read_bytes())
    ) as reader:
        assert reader.read().startswith(b"password=password_")
    assert done.name == "a.log.zst"


def test_a_value_is_found_where_only_its_key_is_disguised(case: CaseVault) -> None:
    text = (
        "GET /log?q=%22ip%22%3A%2278.11.204.6%22&next=%7B%22password%22%3A%22Tiger9x%22"
    )

    out = Gate().text(text, case).text

    assert "78.11.204.6" not in out
    assert "Tiger9x" not in out
    assert Gate().text(out, case).text == out
