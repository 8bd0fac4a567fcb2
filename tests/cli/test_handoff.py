"""Vendors with a portal, a telephone and a mailbox: from open to close by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from casecli.store.sqlite import SqliteStore
from tests.cli.conftest import Cli, Said

MORNING = "2026-03-02T09:00:00Z"
NOON = "2026-03-02T12:00:00Z"
GENESYS = (
    *("open", "--no-input", "--severity", "high", "--contact", "Kim"),
    *("-s", "Calls drop after 32 seconds"),
    *("-m", "Every call is cut. Ask bob@hallbrook.example.org about 10.11.12.13"),
    *("--impact", "two of three contact centres cannot take any call since nine"),
    *("--answer", "production-down=no", "--answer", "production-impacted=yes"),
    *("--answer", "people-affected=410", "--answer", "reproduce=call, wait, listen"),
    *("--set", "accounts.end_user=Hallbrook", "--set", "accounts.sold_to=Hallbrook"),
    *("--set", "product.category=products", "--set", "product.name=SIP Server"),
    *("--set", "product.release=8.1", "--set", "product.version=8.1.103"),
    *("--set", "subtype=problem", "--set", "environment.type=production"),
    *("--set", "environment.os=RHEL 8"),
)
Reply = Callable[..., str]


@pytest.fixture
def gen(cli: Cli) -> Cli:
    """A home whose default profile is at Genesys, by hand."""
    cli(
        *("profile", "add", "gen", "--backend", "handoff", "--policy", "genesys"),
        *("--role", "designated-contact", "--set", "phone.support=+1 202 555 0143"),
        *("--set", "mail.to=care@vendor.example.com"),
        *("--set", "mail.from=kim@hallbrook.example.org"),
    )
    cli("profile", "use", "gen")
    cli.environ["CASECLI_CLOCK"] = MORNING
    return cli


@pytest.fixture
def opened(gen: Cli) -> Cli:
    """The same with case L1, which has the number 0004711."""
    gen(*GENESYS, code=6)
    gen("settle", "L1", "--number", "0004711")
    return gen


@pytest.fixture
def reply(tmp_path: Path) -> Reply:
    """Write mails of the vendor to files."""

    def write(text: str, name: str = "reply.eml", **heads: str) -> str:
        mail = EmailMessage()
        mail["From"] = "Ana Ruiz <ana@vendor.example.com>"
        mail["Subject"] = heads.get("subject", "[Case 0004711] Calls drop")
        mail["Date"] = heads.get("date", "Mon, 02 Mar 2026 10:30:00 +0000")
        mail["Message-ID"] = heads.get("message_id", "<1@vendor.example.com>")
        mail.set_content(text)
        mail.add_attachment(
            b"<plan/>", maintype="text", subtype="xml", filename="../../plan.xml"
        )
        path = tmp_path / name
        path.write_bytes(mail.as_bytes())
        return str(path)

    return write


def _labels(said: Said) -> list[str]:
    return [each["label"] for each in said.json["sheets"][0]["entries"]]


def _values(said: Said) -> dict[str, str]:
    sheet = said.json["sheets"][0]
    return {each["label"]: each["value"] for each in sheet["entries"]}


def test_an_open_is_made_ready_and_waits_for_a_person(gen: Cli) -> None:
    said = gen(*GENESYS, code=6)

    assert said.out == "L1\n"
    assert "ready to carry over: open" in said.err
    assert "hint: casecli handoff L1" in said.err
    case = gen("show", "L1", "--json").json
    assert (case["number"], case["status"]) == (None, "queued")
    assert case["pending"][0]["state"] == "needs-human"
    assert gen("audit", "list", "--json").json == []


def test_the_sheet_follows_the_portal_in_order_and_words(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    said = gen("handoff", "L1", "--json")

    assert _labels(said) == [
        "Case Type",
        "End User Account",
        "Sold To Account",
        "Product Category",
        "Product",
        "Major Release",
        "Version",
        "Case sub-type",
        "Priority",
        "Subject",
        "Description",
        "Business Impact",
        "Environment Type",
        "OS",
    ]
    values = _values(said)
    assert values["Product Category"] == "Products"
    assert values["Priority"] == "High"
    assert "How many of your staff are affected" in values["Business Impact"]
    assert "reproduced, and by which steps? call, wait" in values["Description"]
    sheet = said.json["sheets"][0]
    assert sheet["way"] == ["My Support", "Cases", "Open a Support Case"]
    assert (sheet["submit"], sheet["eml"]) == ("Submit", None)
    assert sheet["call"]["phones"] == {"support": "+1 202 555 0143"}


def test_nothing_in_the_package_was_not_scrubbed(gen: Cli, tmp_path: Path) -> None:
    log = tmp_path / "trace.log"
    log.write_text("user carol@hallbrook.example.org from 10.9.8.7\n")
    gen(*GENESYS, "--attach", str(log), code=6)
    gen("settle", "L1", "--number", "0004711")
    gen("comment", "L1", "-m", "carol@hallbrook.example.org called", code=6)

    folder = gen.home / "data" / "handoff" / "L1"
    whole = b"\n".join(e.read_bytes() for e in folder.rglob("*") if e.is_file())

    assert sorted(each.name for each in folder.iterdir()) == [
        "1-open.call.txt",
        "1-open.txt",
        "2-attachment.txt",
        "3-comment.call.txt",
        "3-comment.eml",
        "3-comment.txt",
        "files",
        "package.json",
    ]
    assert (folder / "files" / "trace.log").is_file()
    assert b"bob@" not in whole
    assert b"carol@" not in whole
    assert b"10.9.8.7" not in whole
    assert b"10.11.12.13" not in whole


def test_the_package_is_for_its_owner_alone(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    folder = gen.home / "data" / "handoff" / "L1"

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "1-open.txt").stat().st_mode & 0o777 == 0o600


def test_status_says_what_to_type(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    found = gen("status", "--json").json
    shown = gen("status").out

    (errand,) = found["by_hand"]
    assert (errand["kind"], errand["todo"]) == ("open", "casecli handoff L1")
    assert "Carry over by hand" in shown
    assert "Undelivered changes" not in shown


def test_a_mail_never_opens_a_case(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    said = gen("handoff", "L1", "--eml", "--json", code=5).error

    assert said["findings"][0]["rule"] == "GENESYS-CHANNEL"
    assert "G-66" in said["findings"][0]["source"]
    gen(*GENESYS, "--channel", "email", code=5)


def test_the_number_settles_the_open_once_and_for_good(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    gen("settle", "L1", "--number", "0004711")
    gen("settle", "L1", "--number", "0004711")
    gen("settle", "L1", "--number", "0004712", code=6)

    case = gen("show", "0004711", "--json").json
    assert (case["ref"], case["status"], case["pending"]) == ("L1", "open", [])
    assert gen("outbox", "list", "--json").json == []
    (left,) = gen("audit", "list", "--json").json
    assert (left["kind"], left["number"]) == ("open", "0004711")
    assert left["destination"] == "by hand"
    assert left["findings"] == {"email": 1, "ipv4": 1}
    assert gen("draft", "list", "--json").json == []


def test_the_vendors_clocks_run_from_when_it_was_carried_over(gen: Cli) -> None:
    gen(*GENESYS, code=6)
    before = gen("show", "L1", "--json").json["timers"]
    gen.environ["CASECLI_CLOCK"] = NOON

    gen("settle", "L1", "--number", "0004711")
    gen("close", "L1", "--reason", "resolved", "--yes", code=6)
    gen.environ["CASECLI_CLOCK"] = "2026-03-03T12:00:00Z"
    gen("handoff", "L1", "--done", "all")

    case = gen("show", "L1", "--json").json
    assert before == []
    assert case["opened_at"] == "2026-03-02T12:00:00Z"
    assert case["closed_at"] == "2026-03-03T12:00:00Z"


def test_a_crash_between_the_sheet_and_its_record_loses_nothing(gen: Cli) -> None:
    gen(*GENESYS, "--offline")
    (item,) = gen("outbox", "list", "--json").json
    store = SqliteStore(gen.home / "data" / "casecli.db")
    store.begin_attempt(item["change"], datetime(2026, 3, 2, 9, tzinfo=UTC))
    store.close()

    sheets = gen("handoff", "L1", "--json").json["sheets"]

    assert [each["n"] for each in sheets] == [1]
    assert gen("outbox", "list", "--json").json[0]["state"] == "needs-human"


def test_nobody_confirms_who_we_are(gen: Cli) -> None:
    assert gen("whoami", "--json").json["confirmed"] is False
    assert "is written to by kim, by hand" in gen("doctor").out


def test_files_wait_for_the_number_and_then_name_it(gen: Cli, tmp_path: Path) -> None:
    log = tmp_path / "trace.log"
    log.write_text("nothing to see\n")
    gen(*GENESYS, "--attach", str(log), code=6)
    gen("handoff", "L1", "--done", "2", code=6)

    said = gen("settle", "L1", "--number", "0004711")

    assert "ready to carry over: attachment" in said.err
    (sheet,) = gen("handoff", "L1", "--json").json["sheets"]
    assert sheet["entries"][0]["value"] == "0004711"
    assert Path(sheet["entries"][1]["value"]).read_text() == "nothing to see\n"
    gen("handoff", "0004711", "--done", "2", "--via", "file-transfer")
    last = gen("audit", "list", "--json").json[-1]
    assert (last["kind"], last["destination"]) == (
        "attachment",
        "by hand: file-transfer",
    )


def test_a_comment_goes_by_mail_with_the_number_in_its_subject(opened: Cli) -> None:
    opened("comment", "L1", "--channel", "email", "-m", "Restarted", code=6)

    path = opened("handoff", "0004711", "--eml").out.strip()
    mail = message_from_bytes(Path(path).read_bytes(), policy=default)

    assert mail["Subject"] == "Case 0004711: Calls drop after 32 seconds"
    assert mail["To"] == "care@vendor.example.com"
    assert mail["From"] == "kim@hallbrook.example.org"
    assert "Restarted" in mail.get_content()
    assert opened("handoff", "L1", "--done", "all").out == "0004711\n"
    assert opened("outbox", "list", "--json").json == []
    assert opened("audit", "list", "--json").json[-1]["destination"] == "by hand: email"


def test_done_twice_is_done_once(opened: Cli) -> None:
    opened("comment", "L1", "-m", "Restarted", code=6)

    opened("handoff", "L1", "--done", "2")
    opened("handoff", "L1", "--done", "2", code=2)
    opened("handoff", "L1", "--done", "all")

    kinds = [each["kind"] for each in opened("audit", "list", "--json").json]
    assert kinds == ["open", "comment"]


def test_a_mailed_answer_is_taken_in_once(opened: Cli, reply: Reply) -> None:
    mail = reply("Please send a trace.\n\nKim wrote:\n> Restarted\n")
    words = ("track", "0004711", "--from", mail, "--status", "waiting-on-customer")
    opened.environ["CASECLI_CLOCK"] = NOON

    first = opened(*words, "--json").json
    second = opened(*words, "--json").json

    assert (first["source"], second["source"]) == ("mail", "cache")
    case = opened("show", "0004711", "--json").json
    (comment,) = case["comments"]
    assert comment["text"] == "Please send a trace."
    assert (comment["side"], comment["at"]) == ("vendor", "2026-03-02T10:30:00Z")
    assert comment["author"] == "Ana Ruiz <ana@vendor.example.com>"
    assert case["waiting_on"] == "customer"
    assert case["description"].startswith("Every call is cut.")
    assert [each["ref"] for each in opened("list", "--unread", "--json").json] == ["L1"]


def test_files_of_a_mail_stay_in_their_folder(opened: Cli, reply: Reply) -> None:
    opened.environ["CASECLI_CLOCK"] = NOON
    taken = opened("track", "0004711", "--from", reply("See the plan."), "--json").json

    opened("attachments", "0004711", "--download", "here")

    (kept,) = taken["files"]
    assert kept.startswith(str(opened.home / "data" / "handoff" / "L1" / "mail"))
    assert Path("here/plan.xml").read_bytes() == b"<plan/>"
    assert len(list((opened.home / "data/handoff/L1/mail").glob("*.eml"))) == 1


def test_tokens_of_an_answer_are_translated_at_home(opened: Cli, reply: Reply) -> None:
    sent = opened("show", "L1", "--json").json["description"]
    token = sent.removeprefix("Every call is cut. Ask ").split(" ")[0]
    opened("track", "0004711", "--from", reply(f"Who is {token}?"))

    text = opened("show", "L1", "--json").json["comments"][0]["text"]
    said = opened("unscrub", "-", "--case", "L1", stdin=text.encode())

    assert "bob@" not in text
    assert "bob@hallbrook.example.org" in said.out
    found = opened("search", "bob@hallbrook.example.org", "--json").json
    assert [each["ref"] for each in found] == ["L1"]


def test_a_case_opened_by_telephone_is_adopted_with_its_first_mail(
    gen: Cli, reply: Reply
) -> None:
    mail = reply("We work on it.", subject="Case 0004800: Recorder stands still")

    said = gen("track", "0004800", "--from", mail, "--severity", "critical")

    assert said.out == "L1\n"
    case = gen("show", "0004800", "--json").json
    assert case["subject"] == "Case 0004800: Recorder stands still"
    assert (case["severity"], len(case["comments"])) == ("critical", 1)


def test_the_confirmation_taken_in_before_the_number_becomes_the_same_case(
    gen: Cli, reply: Reply
) -> None:
    gen(*GENESYS, code=6)
    gen("track", "0004711", "--from", reply("We have got your case."))

    gen("settle", "L1", "--number", "0004711")
    gen("attachments", "L1", "--download", "here")

    (row,) = gen("list", "--json").json
    assert (row["ref"], row["number"]) == ("L1", "0004711")
    case = gen("show", "L1", "--json").json
    assert [each["text"] for each in case["comments"]] == ["We have got your case."]
    assert case["description"].startswith("Every call is cut.")
    assert Path("here/plan.xml").is_file()


def test_a_mail_that_does_not_name_the_case_is_doubted(
    opened: Cli, reply: Reply
) -> None:
    mail = reply("Hello", subject="Case 00047110")

    said = opened("track", "0004711", "--from", mail)

    assert "does not name 0004711; is it about this case?" in said.err


def test_a_vendor_that_is_asked_takes_no_mails(
    cli: Cli, opening: Callable[..., tuple[str, ...]], reply: Reply
) -> None:
    cli(*opening())

    said = cli("track", "CS-1001", "--from", reply("Hello"), "--json", code=2)

    assert said.error["hint"] == "casecli sync"


def test_a_case_goes_by_hand_from_open_to_close(opened: Cli, reply: Reply) -> None:
    opened("track", "0004711", "--from", reply("We look into it."))
    opened.environ["CASECLI_CLOCK"] = "2026-03-04T09:00:00Z"
    opened("seen", "L1")

    opened(
        *("escalate", "L1", "--reason", "no-update", "-m", "silence", "--yes"),
        *("--answer", "impact-significant=yes", "--answer", "read-latest-update=yes"),
        code=6,
    )
    sheet = _values(opened("handoff", "L1", "--json"))
    opened("handoff", "L1", "--done", "all")
    opened("track", "0004711", "--escalation", "active", "--owner", "Ira")
    opened("comment", "L1", "--feed", "escalation", "-m", "When do we talk?", code=6)
    feed = _values(opened("handoff", "L1", "--json"))
    opened("handoff", "L1", "--done", "all")
    opened("deescalate", "L1", "--agree", "-m", "on track", "--yes", code=6)
    opened("handoff", "L1", "--done", "all")
    opened("close", "L1", "--reason", "resolved", "--yes", code=6)
    opened("handoff", "L1", "--done", "all")

    assert sheet["Reason"] == "No update"
    assert sheet["Escalation Details"].startswith("silence")
    assert feed["Feed section"] == "Escalation feed"
    case = opened("show", "L1", "--json").json
    assert (case["status"], case["close_reason"]) == ("closed", "resolved")
    assert case["escalation"]["state"] == "closed"
    assert case["escalation"]["owner"] == "Ira"
    kinds = [each["kind"] for each in opened("audit", "list", "--json").json]
    assert kinds == ["open", "escalate", "comment", "deescalate", "close"]


def test_an_escalation_the_vendor_turned_down_keeps_the_reasons(
    opened: Cli, reply: Reply
) -> None:
    opened("escalate", "L1", "--reason", "other", "-m", "slow", "-y", code=6)
    refused = opened("track", "0004711", "--escalation", "rejected", code=2)
    opened("handoff", "L1", "--done", "all")

    opened(
        *("track", "0004711", "--escalation", "rejected"),
        *("--from", reply("Please answer the open request first.")),
    )

    assert "no escalation of this case has reached the vendor" in refused.err
    escalation = opened("show", "L1", "--json").json["escalation"]
    assert escalation["state"] == "rejected"
    assert escalation["rejection"]["reasons"] == "Please answer the open request first."


def test_what_was_recorded_offline_is_made_ready_by_the_command(gen: Cli) -> None:
    gen(*GENESYS, "--offline")

    sheets = gen("handoff", "L1", "--offline", "--json").json["sheets"]

    assert [each["kind"] for each in sheets] == ["open"]


def test_sync_asks_nobody_and_says_who_can(gen: Cli) -> None:
    gen(*GENESYS, "--offline")

    said = gen("sync", code=10)

    assert "1 to carry over (casecli status)" in said.err
    assert "track NUMBER --from reply.eml" in gen("status").err
    gen("sync")


def test_a_package_somebody_threw_away_is_made_again(gen: Cli) -> None:
    gen(*GENESYS, code=6)
    folder = gen.home / "data" / "handoff" / "L1"
    (folder / "package.json").unlink()
    (folder / "1-open.txt").unlink()

    gen("handoff", "L1")

    assert (folder / "1-open.txt").is_file()


def test_one_field_is_copied_to_standard_output(gen: Cli) -> None:
    gen(*GENESYS, code=6)

    assert gen("handoff", "L1", "--copy", "priority").out == "High\n"
    assert gen("handoff", "L1", "--copy", "environment.os").out == "RHEL 8\n"
    assert "there are: type" in gen("handoff", "L1", "--copy", "nix", code=2).err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["handoff", "L9"], 3),
        (["handoff", "L1", "--done", "9"], 2),
        (["handoff", "L1", "--done", "all"], 6),
        (["handoff", "L1", "--eml", "--copy", "subject"], 2),
        (["handoff", "L1", "--via", "phone"], 2),
        (["-p", "local", "handoff", "L1"], 2),
        (["track", "0004711", "--from", "nowhere.eml"], 2),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(
    gen: Cli, words: list[str], code: int
) -> None:
    gen(*GENESYS, code=6)

    gen(*words, code=code)

    assert len(gen("handoff", "L1", "--json").json["sheets"]) == 1


def test_nothing_that_waits_is_said_so(opened: Cli) -> None:
    said = opened("handoff", "L1")

    assert said.out == ""
    assert said.err == "nothing of case 0004711 waits for you\n"


def test_a_dropped_change_waits_no_longer(gen: Cli) -> None:
    gen(*GENESYS, code=6)
    key = gen("outbox", "list", "--json").json[0]["change"]

    assert "casecli handoff L1" in gen("outbox", "show", key).err
    gen("outbox", "drop", key, "--yes")

    gen("handoff", "L1", code=3)


def test_internal_talk_is_not_carried_to_the_vendor(opened: Cli) -> None:
    said = opened("comment", "L1", "--internal", "-m", "hm", code=7)

    assert "no internal comments" in said.err
    assert json.loads(opened("handoff", "L1", "--json").out)["sheets"] == []


def test_citrix_is_phoned_within_the_hour_or_mailed(cli: Cli) -> None:
    cli("profile", "add", "ctx", "--backend", "handoff", "--policy", "citrix")
    cli("profile", "use", "ctx")
    cli(
        *("open", "-s", "Sessions freeze", "-m", "All sessions freeze at logon"),
        *("--severity", "high", "--set", "product.name=Virtual Apps"),
        *("--impact", "four hundred nurses cannot open any record since seven"),
        *("--answer", "production-down=no", "--answer", "people-affected=400"),
        *("--answer", "customers-affected=yes", "--no-input"),
        code=6,
    )
    opening = cli("handoff", "L1").out
    cli("settle", "L1", "--number", "84001122")

    cli(
        *("escalate", "L1", "--reason", "dissatisfied", "--outcome", "escalate"),
        *("-m", "no progress for two days", "--channel", "phone", "--yes"),
        *("--impact", "four hundred nurses cannot open any record"),
        code=6,
    )
    said = cli("handoff", "84001122", "--json")

    assert "open L1 at Citrix, by web\nalso taken by phone, chat\n" in opening
    assert "Sessions freeze" in opening
    sheet = said.json["sheets"][0]
    assert sheet["by"] == "phone (answer: 1h)"
    assert "e-mail (answer: same business day)" in sheet["others"]
    assert _labels(said) == ["Case", "Business Impact", "Summary"]
    assert "Please escalate the case." in sheet["call"]["lines"]
    assert sheet["mail"]["subject"] == "Case 84001122: Sessions freeze"


def test_the_hotline_has_its_own_form_and_files_under_ten_megabytes(
    cli: Cli, tmp_path: Path
) -> None:
    log = tmp_path / "plc.log"
    log.write_text("axis 3 out of range\n")
    big = tmp_path / "big.log"
    big.write_text("x\n" * 5_242_881)
    cli("profile", "add", "hot", "--backend", "handoff", "--policy", "hotline-portal")
    cli("profile", "use", "hot")
    words = (
        *("open", "-s", "Robot stops", "-m", "The robot stops after the third part."),
        *(
            "--severity",
            "medium",
            "--impact",
            "one line stands still since the morning",
        ),
        *("--set", "subject_type=robotics", "--set", "product.name=R-2000"),
        *("--contact", "Kim", "--answer", "production-down=no", "--no-input"),
    )

    cli(*words, "--attach", str(big), code=5)
    cli(*words, "--attach", str(log), code=6)
    said = cli("handoff", "L2", "--json")

    assert _labels(said) == [
        "Title",
        "Contact",
        "Priority",
        "Subject",
        "Product, item or article",
        "Description",
    ]
    upload = said.json["sheets"][1]
    assert upload["title"] == "Case Files"
    assert upload["mail"] is None
    assert upload["call"] is None
