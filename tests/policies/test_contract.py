"""What a profile's settings add to a vendor's policy."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from casecli import policies
from casecli.domain.errors import BadInput
from casecli.domain.policy import Actor

ALL_WEEK = "mon; tue; wed; thu; fri; sat; sun"
GENESYS = policies.load("genesys")
PORTAL = policies.load("hotline-portal")


def test_no_setting_leaves_the_policy_as_it_is() -> None:
    assert policies.under_contract(GENESYS, {}) is GENESYS
    assert policies.under_contract(GENESYS, {"queue": "support"}) is GENESYS


def test_an_actor_is_read_from_the_settings() -> None:
    settings = {
        "contract.add_ons": "flex-care",
        "contract.services": "phone; chat",
        "contract.installed": "lfmt",
        "contract.company": "Acme",
        "contract.relationship": "direct",
        "contract.deployment": "Cloud",
        "contract.entitlement": "verified",
    }

    actor = policies.actor_of("ada", "partner", "premium-care", settings)

    assert actor == Actor(
        name="ada",
        role="partner",
        level="premium-care",
        add_ons=("flex-care",),
        services=("phone", "chat"),
        installed=("lfmt",),
        company="Acme",
        relationship="direct",
        deployment="cloud",
        entitlement="verified",
    )


def test_a_calendar_is_laid_over_the_policys() -> None:
    settings = {
        "calendar.zone": "Europe/Berlin",
        "calendar.holidays": "2026-12-25; 2027-01-01",
        "calendar.workdays": "mon; sat",
        "calendar.opens": "08:30",
        "calendar.closes": "18:00",
    }

    narrowed = policies.under_contract(GENESYS, settings).calendar

    assert narrowed is not None
    assert narrowed.zone == ZoneInfo("Europe/Berlin")
    assert narrowed.workdays == {0, 5}
    assert (narrowed.opens, narrowed.closes) == (time(8, 30), time(18))
    assert narrowed.holidays == {date(2026, 12, 25), date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("DE", date(2026, 10, 3), "off"),  # a Saturday
        ("DE", date(2026, 6, 4), "open"),
        ("DE-BY", date(2026, 6, 4), "off"),  # Corpus Christi
        ("de-by", date(2026, 6, 4), "off"),
        ("US", date(2026, 11, 26), "off"),  # the fourth Thursday
        ("US", date(2026, 7, 3), "off"),  # the fourth is a Saturday
        ("GB-ENG", date(2027, 12, 27), "off"),
        ("JP", date(2026, 11, 26), "open"),
    ],
)
def test_a_country_has_its_public_holidays(country: str, day: date, works: str) -> None:
    settings = {"calendar.country": country, "calendar.workdays": ALL_WEEK}

    calendar = policies.under_contract(GENESYS, settings).calendar

    assert calendar is not None
    assert calendar.is_business_day(day) is (works == "open")


@pytest.mark.parametrize(
    ("country", "message"),
    [
        ("XX", "calendar.country is 'XX', expected an ISO code"),
        ("Germany", "calendar.country is 'Germany', expected an ISO code"),
        ("DE-XX", "calendar.country is 'DE-XX', expected DE-BB, DE-BE"),
    ],
)
def test_a_country_nobody_knows_is_told_when_it_is_asked(
    country: str, message: str
) -> None:
    narrowed = policies.under_contract(GENESYS, {"calendar.country": country})
    assert narrowed.calendar is not None

    with pytest.raises(BadInput, match=message):
        narrowed.calendar.is_business_day(date(2026, 11, 26))


def test_days_of_our_own_come_on_top_of_the_countrys() -> None:
    settings = {"calendar.country": "DE", "calendar.holidays": "2026-12-24"}

    calendar = policies.under_contract(GENESYS, settings).calendar

    assert calendar is not None
    assert not calendar.is_business_day(date(2026, 12, 24))
    assert not calendar.is_business_day(date(2026, 12, 25))
    assert calendar.is_business_day(date(2026, 12, 28))


def test_targets_windows_limits_and_phones_are_set() -> None:
    settings = {
        "response.critical": "1h",
        "escalation.portal": "4h",
        "closing.no_feedback": "14d",
        "closing.attempts": "3",
        "reopen.days": "10",
        "attachments.max_bytes": "2048",
        "phone.care": "+49 30 5550100",
    }

    policy = policies.under_contract(GENESYS, settings)

    severity, channel = policy.severity("critical"), policy.channel("portal")
    assert severity is not None
    assert severity.response == "1h"
    assert channel is not None
    assert channel.response == "4h"
    assert (policy.closing.no_feedback, policy.closing.attempts) == ("14d", 3)
    assert policy.reopen.days == 10
    assert policy.attachments.max_bytes == 2048
    assert policy.phones == {"care": "+49 30 5550100"}


def test_values_a_document_does_not_state_can_be_listed() -> None:
    policy = policies.under_contract(PORTAL, {"choices.subtype": "welding; handling"})

    (subtype,) = [each for each in policy.fields if each.id == "subtype"]
    assert [each.id for each in subtype.choices] == ["welding", "handling"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"calendar.zone": "Mars/Base"}, "calendar.zone"),
        ({"calendar.holidays": "tomorrow"}, "calendar: Invalid isoformat"),
        ({"calendar.colour": "red"}, "calendar.colour is no setting"),
        ({"response.worst": "1h"}, "response.worst is no setting"),
        ({"response.critical": "soon"}, "expected a duration such as 4h"),
        ({"reopen.days": "many"}, "reopen.days is 'many', expected a whole number"),
        ({"choices.mood": "good"}, "choices.mood is no setting"),
        ({"contract.colour": "red"}, "contract.colour is no setting"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        policies.under_contract(GENESYS, settings)


def test_a_word_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput, match="expected verified or unverified or expired"):
        policies.actor_of("ada", "", "", {"contract.entitlement": "yes"})


@pytest.mark.parametrize("key", policies.SETTINGS)
def test_every_setting_is_told_from_the_backends(key: str) -> None:
    assert policies.is_contract_key(key)
    assert not policies.is_contract_key("queue")
