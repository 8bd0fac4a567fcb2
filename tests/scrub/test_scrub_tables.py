"""Columns of a CSV file, told by its header."""

from __future__ import annotations

import re

import pytest

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate


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
        """Status   Name     DisplayName
------   ----     -----------
Running  Spooler  Print Spooler
""",
    ],
)
def test_tables_about_nobody_stay(case: CaseVault, text: str) -> None:
    assert clean(text, case) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("operatorCode,state\nOP4471,READY\n", "agent_"),
        ("primary_agent_id;queue\n50231;sales\n", "agent_"),
        ("globalCallID_callId,duration\n9817702,44\n", "connection_"),
        ("kunde_id;status\n880231;offen\n", "account_"),
        ("contact_info;list\n0879555023;north\n", "1"),
        ("utente;stato\nmrossi7;ok\n", "user_"),
        ("codice_fiscale;stato\nDFMLLZ65P48D612K;ok\n", "ssn_"),
    ],
)
def test_columns_of_calls_agents_and_accounts_are_known_by_their_titles(
    case: CaseVault, text: str, kind: str
) -> None:
    row = clean(text, case).splitlines()[1]

    assert re.split("[,;]", row)[0].startswith(kind)
    assert re.split("[,;]", row)[1] == re.split("[,;\n]", text)[3]


def test_addresses_of_machines_are_no_postal_ones(case: CaseVault) -> None:
    text = (
        "  Proto  Local Address          Foreign Address        State\n"
        "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING\n"
        "  TCP    10.190.66.14:50188     10.190.4.7:445         ESTABLISHED\n"
    )

    lines = clean(text, case).splitlines()

    assert lines[:2] == text.splitlines()[:2]
    assert re.fullmatch(
        r"  TCP    2[45]\d[\d.]+:50188 +2[45]\d[\d.]+:445  +ESTABLISHED", lines[2]
    )


def test_numbers_called_are_known_by_their_titles(case: CaseVault) -> None:
    text = "origCalledPartyNumber,finalCalledPartyNumber,duration\n2071,2072,44\n"

    original, final, duration = clean(text, case).splitlines()[1].split(",")

    assert original != "2071"
    assert final not in {"2072", original}
    assert duration == "44"


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


def test_a_table_in_the_middle_of_a_log_is_known_and_ends_with_its_rows(
    case: CaseVault,
) -> None:
    text = (
        "2025-03-01 10:00:00 INFO export of 2 rows\n" * 6
        + "employee,full_name,extension\nE1,Lotte Visser,4471\nE2,Pim de Boer,4472\n"
        + "2025-03-01 10:00:01 INFO done, Nothing Else, 4473\n"
    )

    lines = clean(text, case).splitlines()

    assert lines[6] == "employee,full_name,extension"
    assert lines[7].split(",")[1].startswith("name_")
    assert lines[7].split(",")[2] != "4471"
    assert "Pim" not in lines[8]
    assert lines[9] == "2025-03-01 10:00:01 INFO done, Nothing Else, 4473"


@pytest.mark.parametrize(
    "frame",
    [
        "| id | full_name | dob |\n|---|---|---|\n| 7 | Kari Lund | 1980-01-01 |\n",
        " id | full_name | dob\n----+-----------+----\n  7 | Kari Lund | 1980-01-01\n",
        "+---+---+\n| id | full_name |\n+---+---+\n|  7 | Kari Lund |\n+---+---+\n",
    ],
)
def test_tables_drawn_with_lines_are_known(case: CaseVault, frame: str) -> None:
    out = clean(frame, case)

    assert "Kari" not in out
    assert "full_name" in out
    assert "1980" not in out


def test_rows_of_a_copy_end_with_its_mark(case: CaseVault) -> None:
    text = (
        "COPY public.people (id, full_name, birth_date) FROM stdin;\n"
        "17\tSigne Lauritsen\t1990-05-17\n18\t\\N\t\\N\n\\.\nx\tNobody Here\ty\n"
    )

    lines = clean(text, case).splitlines()

    assert lines[1].split("\t")[1].startswith("name_")
    assert lines[1].split("\t")[2].startswith("birth_")
    assert lines[2:4] == ["18\t\\N\t\\N", "\\."]
    assert lines[4] == "x\tNobody Here\ty"


def test_every_row_of_an_insert_is_known_by_the_columns_it_names(
    case: CaseVault,
) -> None:
    text = (
        "INSERT INTO t (id, login, pwd, note) VALUES\n"
        "(1,'mvarga','kl1(n)gon','it''s, ok'),\n(2,'psoto',NULL,'x');\n"
        "(3,'nobody','else','y')\n"
    )

    out = clean(text, case)

    assert "mvarga" not in out
    assert "psoto" not in out
    assert "kl1(n)gon" not in out
    assert "'it''s, ok'" in out
    assert "(3,'nobody','else','y')" in out


def test_columns_of_a_listing_are_known_by_where_they_begin(case: CaseVault) -> None:
    text = (
        "NAME        READY   STATUS    NODE\n"
        "ledger-0    1/1     Running   worker-fra-04\n"
        "NAME            STATUS   ROLES    AGE\n"
        "worker-fra-05   Ready    worker   3d\n"
        "USER       PID %CPU COMMAND\n"
        "hvogel    4121  0.2 python app.py\n"
        "root         1  0.0 /sbin/init\n"
    )

    lines = clean(text, case).splitlines()

    assert lines[1].startswith("ledger-0    1/1")
    assert "worker" not in lines[1]
    assert lines[3].startswith("host-")
    assert lines[4] == "USER       PID %CPU COMMAND"
    assert lines[5].startswith("user_")
    assert lines[6] == "root         1  0.0 /sbin/init"


def test_who_signed_a_letter_is_replaced_below_its_last_words(case: CaseVault) -> None:
    out = clean("it fails.\n\nBest regards,\n\nHendrik Maas\nHead of IT\n", case)

    assert "Hendrik" not in out
    assert out.endswith("\nHead of IT\n")


@pytest.mark.parametrize(
    "text",
    [
        "Best regards,\nThe Support Team\n",
        "Thanks\nDone\n",
        "Regards,\nserver 7 is back\n",
        "Hello, name, and user\nthis, is, prose\n",
        "INSERT INTO t (id, tag) VALUES (1,'a'),(2,'b');\n",
        "COPY public.versions (id, tag) FROM stdin;\n1\tv1\n\\.\n",
        "NAME   STATUS\nalpha  Ready\n",
    ],
)
def test_what_only_looks_like_a_table_or_a_letter_stays(
    case: CaseVault, text: str
) -> None:
    assert clean(text, case) == text


@pytest.mark.parametrize("size", [1, 7, 64])
def test_tables_do_not_depend_on_how_the_text_came(case: CaseVault, size: int) -> None:
    text = (
        "a log line: 1\n" * 7
        + "user,full_name\nmvarga,Mihaly Varga\n\nBest regards\nPilar Soto\nend\n"
    )
    pipe = Gate().pipe(case)

    pieces = [text[at : at + size].encode() for at in range(0, len(text), size)]
    out = b"".join(pipe.feed(piece) for piece in pieces) + pipe.finish()

    assert out.decode() == clean(text, case)


def test_columns_of_staff_and_customer_numbers_are_replaced(case: CaseVault) -> None:
    header = "badge_no,Contract Number,subscriberId,queue"

    out = clean(f"{header}\nB4481,20199833,SUB7718,42\n", case)

    cells = out.splitlines()[1].split(",")
    assert cells[0].startswith("agent_")
    assert cells[1].startswith("account_")
    assert cells[2].startswith("account_")
    assert cells[3] == "42"


def test_two_columns_that_say_where_are_replaced_together(case: CaseVault) -> None:
    out = clean("plate|lat|lon|driver|tel\nB 1|52.52|13.4|Bo Holm|0151 1\n", case)
    alone = clean("queue,lat,p99\nq1,52.52,13.4\n", case)

    cells = out.splitlines()[1].split("|")
    assert cells[0] == "B 1"
    assert cells[1].startswith("gps_")
    assert cells[2].startswith("gps_")
    assert cells[3].startswith("name_")
    assert alone.endswith("q1,52.52,13.4\n")


def test_a_header_ends_the_table_above_it(case: CaseVault) -> None:
    text = "| Host | User |\n| gw7 | mvarga |\n| Customer | Email |\n| Bo Holm | - |\n"

    out = clean(text, case).splitlines()

    assert out[2] == "| Customer | Email |"
    assert "name_" in out[3]


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE customer DROP COLUMN ssn;\nCREATE INDEX i ON t (lower(c));\n",
        "select id, name, email, phone from t\none, two, three, four\n",
    ],
)
def test_a_statement_is_no_header(case: CaseVault, text: str) -> None:
    assert clean(text, case) == text


RULED = (
    "CUST_NO CUST_NAME       LOGIN ID  BAL\n"
    "------- --------------- -------- ----\n"
    "4471    Hörmann, Jörg   773021      1\n"
    "4472    VAN DYKE ANNA   adyke      12\n"
    "2 rows selected.\n"
)


def test_columns_are_as_wide_as_the_dashes_below_their_titles(case: CaseVault) -> None:
    lines = clean(RULED, case).splitlines()

    assert lines[:2] == RULED.splitlines()[:2]
    assert "J" not in lines[2].replace("name_", "")
    assert re.fullmatch(r"account_\w+ +name_\w+ +agent_\w+ +1", lines[2])
    assert re.fullmatch(r"account_\w+ +name_\w+ +user_\w+ +12", lines[3])
    assert lines[4] == "2 rows selected."


@pytest.mark.parametrize("size", [1, 40, 64])
def test_dashes_may_come_apart_from_the_titles_above(
    case: CaseVault, size: int
) -> None:
    data = RULED.encode()
    pipe = Gate().pipe(case)

    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    out = b"".join(pipe.feed(piece) for piece in pieces) + pipe.finish()

    assert out.decode() == clean(RULED, case)


@pytest.mark.parametrize(
    "text",
    [
        "CUST_NO CUST_NAME\n------- ---------\n\nNobody  at home here\n",
        "first_name  x\n----------  --\nOne word over all of it\n",
        "name and more\n------- -----\n",
        "---- ----\n---- ----\n",
    ],
)
def test_what_is_no_row_below_dashes_stays(case: CaseVault, text: str) -> None:
    assert clean(text, case) == text


def test_columns_are_counted_in_letters_where_bytes_do_not_fit(case: CaseVault) -> None:
    text = "Nom complet      Téléphone    Ville\nZoé Müller-Ruiz  02 47 38 11  Tours\n"

    row = clean(text, case).splitlines()[1]

    assert re.fullmatch(r"name_\w+  \+?[\d ]+  address_\w+", row)
    assert "02 47" not in row


@pytest.mark.parametrize(
    "title", ["N° client", "Nr polisy", "Klant nr", "Número de póliza", "Member #No"]
)
def test_whose_number_it_is_may_stand_before_or_behind(
    case: CaseVault, title: str
) -> None:
    row = clean(f"{title};email\nFR-0091773;a@b.fr\n", case).splitlines()[1]

    assert row.startswith("account_")


def test_an_agent_may_be_a_name_or_a_login(case: CaseVault) -> None:
    text = 'Call ID,Agent\n7-11,"Grünfeld, Ariane"\n7-12,j.feeney\n7-13,Idle\n'

    lines = clean(text, case).splitlines()

    assert '"name_' in lines[1]
    assert ",user_" in lines[2]
    assert lines[3].endswith(",Idle")


def test_titles_may_have_digits_below_another_table(case: CaseVault) -> None:
    text = (
        "agent_id,agent_name,note\n4471,Bo Holm,x\nipv6,lat,lon\n::,53.55034,9.99302\n"
    )

    lines = clean(text, case).splitlines()

    assert lines[2] == "ipv6,lat,lon"
    assert re.fullmatch(r"::,gps_\w+,gps_\w+", lines[3])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            (
                "mysql> select id, simei, birthday from kokyaku limit 2;\n"
                "| 30118 | Haruka Nishida | 1988-11-02 |\n2 rows in set (0.00 sec)\n"
            ),
            ("30118", "2 rows in set"),
        ),
        (
            (
                "SQL> SELECT konto_nr, k.name, geb_dat AS dob FROM kunden k;\n"
                "0041877  Brigitte Haselhoff   17.03.1966\nORA-01017: logon denied\n"
            ),
            ("ORA-01017: logon denied",),
        ),
        (
            (
                "-[ RECORD 1 ]-+----------\nvoornaam      | Joke\n"
                "bsn           | 450046722\n"
                "geboortedatum | 1959-01-30\n(1 row)\n"
            ),
            ("voornaam ", "bsn ", "geboortedatum ", "(1 row)"),
        ),
        (
            (
                "******** 1. row ********\n   id: 4\n navn: Ragnhild Xystrup\n"
                "fodselsdato: 1959-01-30\n1 row in set\n"
            ),
            ("   id: 4\n", " navn: ", "1 row in set"),
        ),
        (
            (
                "<tr><th>Kunde</th><th>Tel</th><th>Anrufe</th></tr>\n"
                "<tr><td>Jasper Wendelmuth</td>"
                "<td><b>0612345678</b></td><td>63</td></tr>\n"
                "</table>\n<p>Kunde</p>\n"
            ),
            ("<td>63</td>", "<p>Kunde</p>"),
        ),
        (
            (
                "<tr>\n<th>Telefoon</th>\n<td>0612345678</td>\n</tr>\n"
                "<tr><th>Naam:</th><td>Joke Xystra</td></tr>\n</table>\n"
            ),
            ("<th>Naam:</th>", "<th>Telefoon</th>"),
        ),
    ],
)
def test_rows_of_queries_records_and_pages_are_replaced(
    case: CaseVault, text: str, kept: tuple[str, ...]
) -> None:
    personal = (
        *("Haruka", "1988-11-02", "0041877", "Haselhoff", "17.03.1966", "Joke"),
        *("450046722", "1959-01-30", "Ragnhild", "Jasper", "0612345678"),
    )

    out = clean(text, case)

    assert not [each for each in personal if each in out]
    assert all(each in out for each in kept)
    assert clean(text, case, chunk=64) == out


@pytest.mark.parametrize(
    "text",
    [
        "| `login` | whose token it is | asked |\n| `label` | how it begins | none |\n",
        "SELECT name, card FROM payments;\n2025-06-02 [2] LOG:  execute <unnamed>\n",
        "-[ RECORD 1 ]-+-----\nrelname | orders\nsize    | 12 MB\n",
    ],
)
def test_what_only_looks_like_titles_names_nobody(case: CaseVault, text: str) -> None:
    assert clean(text, case) == text


def test_machines_are_found_by_what_is_told_of_them(case: CaseVault) -> None:
    text = (
        "Name           State   Uptime\n----           -----   ------\n"
        "SRV-DC02-MALMO Running 41.03:11:52\n"
    )

    out = clean(text, case)

    assert "MALMO" not in out
    assert "Running 41.03:11:52" in out
