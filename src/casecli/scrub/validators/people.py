"""Logins, names and addresses of people."""

from __future__ import annotations

import re

from casecli.scrub.validators.logins import USER_STOP
from casecli.scrub.validators.placeholders import I18N, MASKED, NOT_SECRET
from casecli.scrub.validators.registry import validator
from casecli.scrub.wordlists import wordlist


@validator
def person(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what a keyed name field holds, unless it is empty or a placeholder."""
    name = value.strip().lower()
    if _BEFORE_TITLE.match(value):
        return False  # the name behind the title is found by itself
    if (
        name in _TITLES
        or name in NOT_SECRET
        or name in USER_STOP
        or MASKED.fullmatch(value.strip())
    ):
        return False
    if not _NO_PERSON.isdisjoint(re.findall(rb"[a-z\x80-\xff]+", name)):
        return False
    if name in _NAME_LABELS or I18N.search(before):
        return False
    if _DISPLAY.search(before) and _are_common(name):
        return False
    return bool(re.search(rb"[a-z\x80-\xff]{2}", name))


# What somebody says before a title: Thanks Mr Featherstone.
_BEFORE_TITLE = re.compile(
    rb"[A-Z][a-z\x80-\xff]{2,}[.,!]? (?:Mr|Mrs|Ms|Miss|Mevrouw|Meneer|Dhr|Mevr|Herrn?"
    rb"|Frau|Mme|Monsieur|Madame|Se\xc3\xb1ora?|Sr\.|Sra\.|Signora?)\.?(?: [A-Z]|$)"
)
# A key for how people, roles and things alike are shown.
_DISPLAY = re.compile(rb"(?i)display[_ \-]?name[\"']?(?: ?[:=]|>) ?[\"']?$")


def _are_common(name: bytes) -> bool:
    """Tell whether all words are everyday ones, and the first no given name."""
    words = [word for word in name.split() if word not in _ROLE_WORDS]
    texts = (word.decode("utf-8", "replace") for word in words)
    return wordlist("common").issuperset(texts) and not _is_given(name.split()[0])


_ROLE_WORDS = frozenset(
    b"""only reader editor viewer contributor owner auditor approver reviewer power
    super billing full limited restricted basic standard advanced premium global local
    primary secondary backup""".split()
)
_TITLES = frozenset(b"dr. dr prof. prof med. herr frau mr mrs ms hr. fr.".split())
# What a form calls the field, and a key of the file that holds what forms show.
_NAME_LABELS = frozenset(
    label.replace(b"_", b" ")
    for label in """vorname nachname familienname name first_name last_name surname
    given_name family_name full_name display_name middle_name maiden_name nom prénom
    prenom nom_de_famille nom_complet nombre apellido apellidos cognome nome
    nombre_completo nome_completo sobrenome voornaam achternaam naam namn förnamn
    efternamn fornavn etternavn efternavn navn imię nazwisko jméno příjmení etunimi
    sukunimi nimi kundenname customer_name contact_name""".encode().split()
)


@validator
def gecos(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a full name of an account's holder; services describe themselves."""
    words = value.split(b" ")
    named = 1 < len(words) <= 4 and all(_NAMED.match(word) for word in words)  # noqa: PLR2004 - names
    return named and not _SERVICES.search(value) and person(value, before, after)


_NAMED = re.compile(rb"[A-Z\xc3\xc4\xc5]")
_SERVICES = re.compile(
    rb"(?i)ssh|daemon|user|server|service|system|manag|bus|gnats|proxy|list|report|sql"
    rb"|mail|account|pseudo|anonymous|core|dump|network|time|sync|resol|privilege"
)


@validator
def given(value: bytes, before: bytes, after: bytes) -> bool:
    """Take two words where the first is a given name many people have."""
    words = re.split(rb"[ +-]|%20", value.lower(), maxsplit=2)
    first = words[1] if len(words) > 1 and words[0] in _TITLES else words[0]
    return _is_given(first) and person(value, before, after)


def _is_given(name: bytes) -> bool:
    text = _ESCAPED.sub(
        lambda code: chr(int(code[1], 16)), name.decode("utf-8", "replace")
    )
    names = text.lower()
    return names in wordlist("given") or (
        "-" in names and wordlist("given").issuperset(names.split("-"))
    )


_ESCAPED = re.compile(r"\\{1,2}u([\da-fA-F]{4})")  # as JSON may write a letter


@validator
def in_prose(value: bytes, before: bytes, after: bytes) -> bool:
    """Take two words in prose: a given name first, or one that is not everyday."""
    if given(value, before, after):
        return True
    found = re.findall(rb"[a-z\x80-\xff]{2,}", value.lower())
    words = (word.decode("utf-8", "replace") for word in found)
    return not wordlist("common").issuperset(words) and person(value, before, after)


@validator
def bare_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a given name and others that are no everyday words, wherever they stand."""
    words = [
        word.decode("utf-8", "replace")
        for word in re.split(rb"[ +]", value.lower())
        if word not in _SMALL and len(word.rstrip(b".")) > 1
    ]
    if len(words) < 2 or not _is_given(words[0].encode()):  # noqa: PLR2004 - first and last
        return False
    parts = (part.rstrip(".") for word in words for part in word.split("-"))
    return wordlist("common").isdisjoint(parts) and person(value, before, after)


@validator
def introduced(value: bytes, before: bytes, after: bytes) -> bool:
    """Take who says a name: one that many people have, or two words as in prose."""
    if b" " in value:
        return in_prose(value, before, after)
    word = value.decode("utf-8", "replace").lower()
    return word not in wordlist("common") and _is_given(value.lower())


@validator
def known_person(value: bytes, before: bytes, after: bytes) -> bool:
    """Take one to four words, a given name among them and none an everyday one.

    The given name may be first or last, before a comma or behind it.
    """
    words = [word for word in re.split(rb"[ +,\\]+", value) if word]
    texts = [word.decode("utf-8", "replace").lower().rstrip(".") for word in words]
    at = 0 if _is_given(words[0].lower()) else len(words) - 1
    if b"," in value:
        at = min(len(re.findall(rb"[^ +\\]+", value.partition(b",")[0])), at or 1)
    if not _is_given(words[at].lower()):
        return False
    others = texts[:at] + texts[at + 1 :] or texts
    return wordlist("common").isdisjoint(others) and person(value, before, after)


@validator
def surname(value: bytes, before: bytes, after: bytes) -> bool:
    """Take one word or more where a family name stands: no everyday word."""
    words = re.findall(rb"[a-z\x80-\xff]{2,}", value.lower())
    texts = (word.decode("utf-8", "replace") for word in words)
    return wordlist("common").isdisjoint(texts) and person(value, before, after)


@validator
def identified(value: bytes, before: bytes, after: bytes) -> bool:
    """Take two words before what only people have: one given, or none everyday."""
    return given(value, before, after) or surname(value, before, after)


@validator
def kin(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a relative: a given name many people have, or two names."""
    take = identified if b" " in value else introduced
    return take(value, before, after)


@validator
def titled(value: bytes, before: bytes, after: bytes) -> bool:
    """Take who has a title: no everyday word, or a known given name alone."""
    if b" " not in value and _is_given(value.lower()):
        return introduced(value, before, after)
    return surname(value, before, after)


@validator
def beside_given(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a family name where the cell before holds a given name."""
    first = re.search(rb"'([^'\n]{2,40})', ?[nN]?'$", before)
    return bool(first and _is_given(first[1].lower())) and person(value, before, after)


# What is small in a name, and no name by itself.
_SMALL = frozenset(
    b"van von de der den del della di da la le bin al el ter zu dos do".split()
    + "m\u00aa m\u00aa. m.\u00aa".encode().split()
)


@validator
def signed(value: bytes, before: bytes, after: bytes) -> bool:
    """Take who signed a letter: two names or more, or one that many people have."""
    if b" " not in value and not _is_given(value.lower()):
        return False
    return person(value, before, after)


@validator
def signed_or_titled(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a name behind a title or greeting; a chat's speaker must be somebody."""
    if re.search(rb"[\])] (?:\w+ )?$|^[> ]*\w+ $", before) and _SPEAKS.match(after):
        return signed(value, before, after)
    if after[:2] == b": " and _GREETED.search(before):
        return introduced(value, before, after)
    if after[:1] == b")" or (b" " in value and after[:1] in {b",", b"!"}):
        return in_prose(value, before, after)
    if b" " not in value and _CLOSING.search(before):
        return introduced(value, before, after)
    return person(value, before, after)


_SPEAKS = re.compile(rb":| \([\w#. -]{1,12}(?:\):|$)")
_GREETED = re.compile(
    rb"(?i)(?:dear|hi|hello|hey|hej|hallo|hola|ciao|hei|salut|bonjour|buongiorno"
    rb"|beste|lieber?|estimad[oa]|buen[oa]s \S+|bom dia|boa tarde|ol\xc3\xa1|prezad[oa]"
    rb"|geachte|hoi|moin|morning|afternoon|evening|guten \S+),? $"
)
_CLOSING = re.compile(
    rb"(?i)(?:regards|wishes|sincerely|faithfully|cheers|thanks|thank you|danke|merci"
    rb"|asap|bye|later|all the best"
    rb"|gracias|grazie|obrigad[oa]|bedankt|tack|takk?|gr(?:\xc3\xbc|ue)(?:\xc3\x9f|ss)en?"
    rb"|gru(?:\xc3\x9f|ss)|cordialement|saludos|groet(?:en|jes)?|saluti|hilsen|lg|mfg|mvh"
    rb"|vg|kr|br"
    rb"|h\xc3\xa4lsningar|pozdrawiam|pozdravem|terveisin|\xc3[\x9c\xbc]dv\xc3\xb6zlettel"
    rb"|dzi\xc4\x99kuj\xc4\x99|abra\xc3\xa7os?|atentamente|bises|amicalement),? $"
)


_NO_PERSON = frozenset(
    b"""inc ltd gmbh corp llc ag service services system server daemon bot ci jenkins
    root authority certificate ca microsoft windows google support please please
    team queue group default test unknown anonymous application manager admin
    administrator agent customer user account name not is was are invalid missing
    required field column table index cluster output committer algorithm controller
    scheduler worker node
    failed error timeout null none status state idle busy ready signed issuing
    encrypt digicert private key database network linux ubuntu debian portal desktop
    center centre phone number care success relations experience details session
    profile record records list info data registration type version assist id login
    logout email mail address url page form screen view menu button event events
    message messages request response call calls state group groups pool policy
    lookup search update created deleted added removed changed started stopped found
    has had must should will can cannot may with without for from and the this that
    new old all none no yes on off in out at by of to api app web http https json xml
    sql dashboard report reports interface gateway workspace skill skills routing
    interaction interactions voice chat channel channels callback history notes note
    order orders invoice invoices payment payments contract contracts plan plans
    satisfaction survey retention journey base management
    information unicode postgresql mozilla firefox chrome safari exists exist
    kollege kollegen kollegin kolleginnen zusammen colleagues colegas
    everyone folks""".split()
)


@validator
def address(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take postal addresses and codes: letters and digits, or a code's own field."""
    text = value.strip()
    if MASKED.fullmatch(text) or text.lower() in NOT_SECRET:
        return False
    if re.search(
        rb"(?i)(?:zip|post(?:al)?|p(?:st)?lz|postn(?:umme)?r|cep)[_.\- ]?(?:code)?"
        rb"(?: (?:value|val|v)=)?\W{0,8}$",
        before,
    ):
        return bool(re.search(rb"\d", text))
    if text.startswith(b"0x") or re.fullmatch(rb"[\d.:a-fA-F/\-]+|[\w.\-]+:\d+", text):
        return False
    if _IP_FIRST.match(text) or _FORM_LABEL.fullmatch(text) or I18N.search(before):
        return False
    spaced = b" " in text or re.search(rb"(?i)[a-z.](?:\+|%20)\w", text) is not None
    return spaced and bool(
        re.search(rb"\d", text) or re.search(rb"(?i)(?:stra|street|road|avenue)", text)
    )


_IP_FIRST = re.compile(rb"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
# What a form calls the field: Straße und Hausnummer.
_FORM_LABEL = re.compile(
    rb"(?i)(?:street|road|stra(?:ss|\xc3\x9f)e|rue|calle|via|straat|address|adresse)"
    rb"(?:,?[ /]+(?:&|and|und|et|y|e|en|or|oder|name|address|line \d|\(?optional\)?"
    rb"|no\.?|number|house|hausnummer|nr\.?|num\xc3\xa9ro|n\xc3\xbamero|numero"
    rb"|civico|huisnummer|postal|postcode|zip|code|city|town|plz|ort|ville|ciudad))+"
)


@validator
def address_abroad(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take an address by its field, in whatever script: not a number or one word."""
    if value.isascii() and not re.search(rb"[ ;^*]", value.strip()):
        return False
    if _FORM_LABEL.fullmatch(value.strip()) or I18N.search(before):
        return False
    return value.strip().lower() not in NOT_SECRET and not value.startswith(b"0x")
