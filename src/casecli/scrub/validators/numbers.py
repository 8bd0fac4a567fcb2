"""Cards, bank accounts, telephone numbers and national ids: what adds up."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from casecli.scrub.validators.ids import filled
from casecli.scrub.validators.registry import validator


@validator
def card(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take payment cards: a network's prefix and length, and the Luhn sum.

    Visa's old 13 digits only where they are said to be a card's; lengths that a network
    does not have only where a key says so.
    """
    digits = re.sub(rb"[ ._-]|%20|\xc2\xa0", b"", value)
    if len(set(digits)) == 1:
        return False
    if (
        not _CARD_PLAN.fullmatch(digits)
        and not (
            len(digits) == 13 and digits[:1] == b"4" and _SAID_CARD.search(before)  # noqa: PLR2004 - Visa's old length
        )
        and not (_ODD_CARD.fullmatch(digits) and _KEYED_CARD.search(before))
    ):
        return False
    if b" " in value and _CARD_AT_ONCE.search(before):
        return True  # misheard or mistyped, it is most of somebody's
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = (digit - 48) * (1 + place % 2)
        total += number // 10 + number % 10
    return total % 10 == 0


_SAID_CARD = re.compile(rb"(?i)(?:visa|card|karte|carte|tarjeta|credit)[^\n]{0,23}$")
_ODD_CARD = re.compile(rb"[2-6]\d{13,18}")
_KEYED_CARD = re.compile(
    rb"(?i)(?:(?:(?<![a-z])(?:pan|cc|kort|tc|dc)|card|tarjeta|carta"
    rb"|cart(?:a|\xc3\xa3)o|carte|karte|karten|kaart|karta|kart[yu]?|credit|kredit"
    rb"|amex|visa|mastercard)[_.\- ]?"
    rb"(?:n(?:um(?:ber|mer|ero|\xc3\xa9ro)?|ummer|\xc3\xbamero|o|r|\xc2[\xb0\xba])?\.?)?"
    rb"(?:[_\-]?(?:value|raw|full|clear))?[\"'\]\\]{0,3}|[\"']number\\?[\"'])"
    rb"[ \t]{0,3}(?:=>|[:=>])[ \t]{0,3}[\"'\\]{0,3}$"
)
_CARD_AT_ONCE = re.compile(
    rb"(?i)(?:card|karte|carte|tarjeta|carta|\bpan)(?: (?:no\.?|nr\.?|number|is))?"
    rb"[ :=#\"']{1,3}$"
)
_CARD_PLAN = re.compile(
    rb"""(?x) 4\d{15}(?:\d{3})? | 5[1-5]\d{14} | 2[2-7]\d{14} | 3[47]\d{13}
    | 3(?:0[0-5]|[689]\d)\d{11} | (?:6011|65\d\d|64[4-9]\d)\d{12} | 35\d{14}
    | (?:5018|5020|5038|6304|67\d\d)\d{8,15} | 62\d{14,17}
    | (?:9792|506\d|509\d|220[0-4]|6362|6363|60\d\d|81\d\d|82\d\d|508\d|65\d\d)\d{12}
    | 5[068]\d{14} | 220[0-4]\d{15}"""
)


@validator
def iban(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take bank accounts: letters first, 15 to 34 characters, mod 97 is 1."""
    text = re.sub(rb"[ -]", b"", value).upper()
    if not 15 <= len(text) <= 34:  # noqa: PLR2004 - ISO 13616
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(chr(byte), 36)) for byte in moved)) % 97 == 1


@validator
def phone(value: bytes, before: bytes, after: bytes) -> bool:
    """Take international numbers a country's plan could have."""
    if after[:1] == b":" and not (
        after[1:2] == b" " and before.endswith((b"] ", b" - "))
    ):  # but for who wrote a message, in an exported chat
        return False
    if after[:1] == b"%" and value[:1] != b"%":
        return False
    return _is_possible(_unquoted(value), before[-1:] == b"=")


def _unquoted(value: bytes) -> bytes:
    """Undo the percent-encoding of a number's blanks and signs."""
    if b"%2" not in value:
        return value
    return _ENCODED.sub(lambda code: bytes((int(code[1], 16),)), value)


_ENCODED = re.compile(rb"%(2[0-9A-Fa-f])")


@functools.lru_cache(4096)
def _is_possible(value: bytes, _keyed: bool) -> bool:  # noqa: FBT001 - only part of the cache's key
    digits = re.sub(rb"\D", b"", value)
    least = 11 if digits.startswith(b"00") else 7  # a part number is shorter
    if not least <= len(digits) <= 17:  # noqa: PLR2004 - E.164, and 00
        return False
    import phonenumbers

    try:
        text = value.decode("ascii", "replace")
        number = phonenumbers.parse(re.sub(r"^00", "+", text))
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


@validator
def national_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take numbers in North American notation with a possible area code."""
    number = re.split(rb"(?i),? ?(?:ext|x)", value, maxsplit=1)[0]
    digits = re.sub(rb"\D", b"", number)[-10:]
    return digits[0] not in b"01" and digits[3] not in b"01"


@validator
def keyed_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what a telephone field holds: three to fifteen digits."""
    digits = re.sub(rb"\D", b"", _unquoted(value))
    most = 18 if digits.startswith(b"0") else 15  # with what is dialled before it
    return 3 <= len(digits) <= most and len(set(digits)) > 1  # noqa: PLR2004 - E.164, and extensions


@validator
def prose_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what is said to be a number to call: seven digits or more, no date."""
    digits = re.sub(rb"\D", b"", value)
    least = (
        3
        if re.search(
            rb"(?i)(?:/|dn|ani|ext|ext\.|extension|station|wahl|is|number|endpoint|\[|\")"
            rb"[ \[<'\"-]{0,2}$",
            before,
        )
        else 7
    )
    if not least <= len(digits) <= 15 or len(set(digits)) == 1:  # noqa: PLR2004 - E.164
        return False
    return not re.match(rb"(?:19|20)\d\d[\-/. ]\d\d?(?:[\-/. ]\d\d?)?(?:\D|$)", value)


@validator
def postal_line(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a street, a postal code and a town: no date, and nothing that is counted.

    Codes of four digits, and codes behind a dash, want a street's name or quotes.
    """
    street = _FLAT.sub(b"", value)
    words = {word.lower() for word in re.findall(rb"[A-Za-z]{2,}", street)}
    if not _COUNTED.isdisjoint(words) or _DATED.search(value):
        return False
    if not _DOUBTFUL.search(value) or _STREET.search(value):
        return True
    return before[-1:] in b"\"'>" and after[:1] in b"\"'<" and after[:1] != b""


_FLAT = re.compile(rb"(?:Unit|Room|Floor|Level|Suite)[ ]\w{1,5},?[ ]")
_DATED = re.compile(
    rb"(?i)(?<![a-z])(?:jan|feb|m[a\xc3]|apr|jun|jul|aug|sep|oct|okt|nov|de[cz])"
    rb"[\w.\x80-\xff]*[ ]\d{1,2},[ ](?:19|20)\d\d[ ]"
)
_DOUBTFUL = re.compile(
    rb", \d{4} (?![A-Z]{2} )[A-Z\xc3-\xe1]|[\w)] (?:-|\||\xe2\x80\x93) \d{5} "
)
_STREET = re.compile(
    (
        r"(?i)(?:stra(?:ß|ss)e|chauss(?:é|e)e|steenweg|dr(?:è|e)ve|str\.|gass[e']|weg|platz|ring|allee|kai|ufer|zeile|steig"
        r"|promenade|graben|damm|markt|hof|gürtel|steg|rain|matt[e]?|acker|halde|gade|vej"
        r"|vejen|gaden|vænget|veien|vei|gate|gata|gaten|allé|plads|torv|stræde|laan|straat|lei|steenweg|plein"
        r"|dreef|kade|singel|gracht|utca|út|tér|körút|cesta|ulica|trg|iela|торг|бул|ул"
        r"|street|road|lane|close|avenue|drive|way|court|crescent|terrace|parade)[ ,.]"
        r"|(?:^|[ ])(?:rue|avenue|av|route|chemin|place|quai|boulevard|via|viale|corso"
        r"|am|an der|auf der?|im|in der|zum|zur|unter|ob|hinter[m]?|alte[r]?|obere"
        r"|untere|neue[r]?)[. ]"
    ).encode()
)
# Words beside numbers that are no street's, and behind them no town's.
_COUNTED = frozenset(
    b"""thread worker line page room job task port node partition step phase version
    build release chapter section slot disk shard batch item row column block level
    stage attempt retry test case error code event server channel queue process pid
    session request response packet frame cpu core gpu device drive volume segment
    offset index record message call track table figure vol part unit rank epoch
    iteration pass try round week day hour minute second quarter status exit signal
    state type class layer rack cluster host instance replica pod generation model
    python java windows ubuntu debian chrome firefox android ios linux took bytes
    records rows files errors warnings events items entries packets requests messages
    connections sessions threads tasks jobs retries total max min free used size count
    utc gmt expected found got read wrote sent received loaded users blocks pages lines
    calls agents copies units points chunk chunks ticket tests rfc date team
    asserts open nodes workers disks pool raid zone done finished ready cart km mb gb kb
    ms rpm mhz watts pixels vlan lun fan sensor bay tray order orders""".split()
)


@validator
def address_field(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what an address's field holds: words with a number, a code or a town."""
    text = value.strip()
    if not filled(text, before, after) or re.match(
        rb"0x|\d{1,3}(?:\.\d{1,3}){3}", text
    ):
        return False
    if re.search(rb"(?i)(?:psc|postal|pocztowy|numero)\W{0,8}$", before):
        return bool(re.search(rb"\d", text))
    return b" " in text and re.search(rb"\d", text) is not None


@validator
def grouped_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take national numbers that a country's plan has and that nothing else counts."""
    digits = re.sub(rb"\D", b"", value).decode()
    if not 9 <= len(digits) <= 12 or len(set(digits)) < 4:  # noqa: PLR2004 - national plans
        return False
    if re.fullmatch(rb"\d{3} \d{3} \d{3}", value) and before[-1:] not in b"\"'":
        return False  # a row of values as often
    return _NUMBERED.search(before) is None and _in_a_plan(digits)


_NUMBERED = re.compile(
    rb"(?i)(?<![a-z])(?:invoice|order|case|ticket|part|serial|po|item|version|build|article|model"
    rb"|sku|lot|batch|bug|rev|document|doc|claim|policy|mode|rechnung|auftrag|kunde\w*"
    rb"|artikel\w*|line|page|row|inode|uid|pid|account|acct|vertrag\w*"
    rb"|error|sqlcode|plc|plz|s/n|mac|date|temp|isbn|ean|ora|lot|code|zip|postcode)"
    rb"[ _.\-]?(?:no|nr|number|nummer|num|id)?[.:#]{0,2}[ \"']{0,2}\(?$"
)
_PLANS = (
    *("DE", "GB", "FR", "IT", "NL", "BE", "CH", "AT", "SE", "FI", "AU", "NZ", "IE"),
    *("JP", "CN", "KR", "ZA", "TR", "PL"),
)


@functools.lru_cache(4096)
def _in_a_plan(digits: str) -> bool:
    import phonenumbers

    return any(
        phonenumbers.is_valid_number(phonenumbers.parse(digits, country))
        for country in _PLANS
    )


@validator
def national_id(value: bytes, before: bytes, after: bytes) -> bool:
    """Take ids with five digits or more, or a letter or two and some digits."""
    digits = re.sub(rb"\D", b"", value)
    if _LETTERED_ID.fullmatch(value):
        return True
    return len(digits) >= 5 and filled(value, before, after)  # noqa: PLR2004 - shorter ones are counts


# India's PAN, and documents whose numbers are letters as much as digits.
_LETTERED_ID = re.compile(rb"[A-Z]{5}\d{4}[A-Z]|(?=(?:[A-Z]*\d){3})[A-Z\d]{8,10}")


@validator
def national_sum(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take ids that are known by their shape, if their check digits are right."""
    digits = [byte - 48 for byte in value if byte in b"0123456789"]
    if value.startswith(b"756."):  # Switzerland's AHV number, an EAN-13
        return (
            sum(digit * (1 + 2 * (at % 2)) for at, digit in enumerate(digits)) % 10 == 0
        )
    number = int(
        value[:2] + value[3:5] + value[6:8] + value[9:12]
    )  # Belgium's register
    check = int(value[-2:])
    return check in {97 - number % 97, 97 - (2 * 10**9 + number) % 97}


@validator
def counted_id(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take ids of China, France, Finland and Britain's NHS that add up."""
    text = value.replace(b" ", b"").upper()
    if len(text) == len("131052-308T"):
        at = int(text[:6] + text[7:10]) % 31
        return text[10:] == b"0123456789ABCDEFHJKLMNPRSTUVWXY"[at : at + 1]
    if len(text) == len("110105194912310021"):
        return _weighted(text[:17], _CHINA) % 11 == b"10X98765432".index(text[17:])
    if len(text) == len("9434765919"):
        return _weighted(text[:9], range(10, 1, -1)) % 11 == (11 - int(text[9:])) % 11
    number = int(text[:13].replace(b"A", b"0").replace(b"B", b"0"))
    number -= 1_000_000 * (b"A" in text) + 2_000_000 * (b"B" in text)  # Corsica
    return not text[13:] or 97 - number % 97 == int(text[13:])


@validator
def summed_id(value: bytes, before: bytes, after: bytes) -> bool:
    """Take ids of persons whose day of birth is one, and whose check digits are right.

    Days within the last years are more likely a file's or a log's.
    """
    text = re.sub(rb"[./ -]|\+", b"", value)
    if text[-1:].isalpha():  # Spain's
        number = int(text[:-1].translate(_NIE))
        return b"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == text[-1]
    digits = [byte - 48 for byte in text]
    if len(digits) == 9 and b"/" not in value:  # noqa: PLR2004 - the Dutch, beside a bank account
        return len(set(digits)) > 1 and _is_dutch(text)
    if b"/" in value:
        added_up = len(text) < len("8204173318") or int(text) % 11 == 0
        return _is_day(int(text[2:4]) % 50 % 20, text[4:6]) and added_up
    if len(text) != len("38503090242"):
        return _is_northern(text[-10:])
    if _is_day(int(text[3:5]), text[5:7]) and 0 < digits[0] <= 6:  # noqa: PLR2004 - a sex in a century
        sums = (_weighted(text[:10], weights) % 11 for weights in _BALTIC)
        return next((each for each in sums if each < 10), 0) == digits[10]  # noqa: PLR2004 - one digit
    if _is_day(int(text[2:4]), text[:2]):
        return not (
            _weighted(text[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
            or _weighted(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
        )
    if not _is_between(before, after):
        return False
    polish = _is_day(int(text[2:4]) % 20, text[4:6]) and int(text[2:4]) < 33  # noqa: PLR2004 - 2000 to 2099
    if polish and _weighted(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0:
        return True
    return digits[0] > 0 and _is_turkish(digits)


def _is_between(before: bytes, after: bytes) -> bool:
    begins = before[-1:] in b";|,\t\"'>=" or before.endswith(b", ")
    return begins and after[:1] in b";|,\t\"'<\r\n"


def _is_dutch(text: bytes) -> bool:
    return _weighted(text, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _is_turkish(digits: list[int]) -> bool:
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def _is_northern(text: bytes) -> bool:
    """Tell a Swede's day and Luhn sum, or a Dane's day and sum."""
    if _is_day(int(text[2:4]), text[4:6]) and not b"15" <= text[:2] <= b"29":
        doubled = [(byte - 48) * (2 - at % 2) for at, byte in enumerate(text)]
        return sum(each // 10 + each % 10 for each in doubled) % 10 == 0
    danish = _is_day(int(text[2:4]), text[:2])
    return danish and _weighted(text, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _is_day(month: int, day: bytes) -> bool:
    return 1 <= month <= 12 and 1 <= int(day) <= 31  # noqa: PLR2004 - a calendar


_NIE = bytes.maketrans(b"XYZ", b"012")
_BALTIC = ((1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3))


@validator
def counted_field(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take the field of an xDT line that is as long as the line says of itself."""
    around = 9  # the length, the field's number and the line's end
    said = int(before[-7:-4])
    return said - around in {len(value), len(value.decode("utf-8", "replace"))}


@validator
def told_id(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take numbers of eight digits or more that are no day and no time."""
    digits = re.sub(rb"\D", b"", value)
    if re.fullmatch(rb"(?:19|20)\d\d[01]\d[0-3]\d|1[4-9]\d{8}(?:\d{3})?", value):
        return False
    return len(set(digits)) > 2  # noqa: PLR2004 - 1000000 is a count


def _weighted(digits: bytes, weights: Iterable[int]) -> int:
    return sum(
        (byte - 48) * weight for byte, weight in zip(digits, weights, strict=True)
    )


_CHINA = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@validator
def ssn(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take US social security numbers that could have been issued."""
    area, group, serial = value.split(b"-")
    return (
        area not in {b"000", b"666"}
        and area < b"900"
        and group != b"00"
        and serial != b"0000"
    )


@functools.lru_cache(4096)
def e164(text: str) -> str:
    """Reduce a phone number's spellings to one: E.164 digits where a plan is known."""
    text = _unquoted(text.encode()).decode()
    digits = re.sub(r"\D", "", text)
    if text.lstrip().startswith("00"):
        digits = digits[2:]
    elif not text.lstrip().startswith("+") and len(digits) == 10:  # noqa: PLR2004 - North America
        digits = "1" + digits
    return digits
