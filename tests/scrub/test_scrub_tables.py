"""Columns of a CSV file, told by its header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.vault import FileVault


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CaseVault]:
    with FileVault(tmp_path / "vault.db", tmp_path / "key").case("L1") as it:
        yield it


def clean(text: str, case: CaseVault, chunk: int = 4096) -> str:
    return Gate(chunk=chunk).text(text, case).text


@pytest.mark.parametrize("comma", [",", ";", "\t", "|"])
def test_columns_with_personal_names_are_replaced(case: CaseVault, comma: str) -> None:
    header = comma.join(("id", "name", "dob", "ssn", "amount"))
    row = comma.join(("17", "Beatrix Hoorn", "1984-02-29", "536-22-8841", "12.50"))

    out = clean(f"{header}\n{row}\n", case)

    cells = out.splitlines()[1].split(comma)
    assert out.splitlines()[0] == header
    assert cells[0] == "17"
    assert cells[1].startswith("name_")
    assert cells[2].startswith("birth_")
    assert cells[3].startswith("ssn_")
    assert cells[4] == "12.50"


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks(case: CaseVault) -> None:
    text = 'name,email,note\n"Oduya, ""Chi""",c@oduya.ng,"two\nlines"\nBo Holm,,x\n'

    out = clean(text, case)

    assert out.count("name_") == 2
    assert '"two\nlines"' in out
    assert out.endswith(",,x\n")
    assert Gate().unscrub(out, case) == text
    assert clean(out, case) == out


def test_a_person_has_one_token_in_a_table_and_in_a_log(case: CaseVault) -> None:
    table = clean("first_name,phone\nAnna,+49 30 901820\n", case)
    log = clean("caller=+49 30 901820\n", case)

    assert table.splitlines()[1].split(",")[1] in log


def test_empty_masked_and_placeholder_cells_stay(case: CaseVault) -> None:
    text = "name,email,phone\nN/A,,-\nunknown,null,*****\n"

    assert clean(text, case) == text


@pytest.mark.parametrize(
    "text",
    [
        "name,status,restarts\nproxy,Running,3\n",
        "sku,colour,qty\nA-1,red,12\n",
        "no header at all, but a comma\nand name, too\n",
        "user,count\nroot,12\nadmin,4\n",
    ],
)
def test_tables_about_nobody_stay(case: CaseVault, text: str) -> None:
    assert clean(text, case) == text


@pytest.mark.parametrize("chunk", [64, 4096, 1 << 20])
def test_a_long_table_does_not_depend_on_where_it_was_cut(
    case: CaseVault, chunk: int
) -> None:
    rows = "".join(f'{n},"Anna ""{n}"" Holm",x\n' for n in range(2000))
    text = "id,full_name,note\n" + rows

    out = clean(text, case, chunk)

    assert "Anna" not in out
    assert out.count("name_") == 2000
    assert Gate().unscrub(out, case) == text
