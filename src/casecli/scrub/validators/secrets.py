"""Passwords, keys and tokens."""

from __future__ import annotations

import re

from casecli.scrub.validators.net import USERINFO
from casecli.scrub.validators.placeholders import (
    MASKED,
    NOT_SECRET,
    PLACEHOLDER,
    TO_FILL_IN,
)
from casecli.scrub.validators.registry import validator
from casecli.scrub.wordlists import wordlist

_CMDLET = re.compile(
    rb"(?:New|Get|Set|Read|ConvertTo|ConvertFrom|Import)-(?:[A-Z][a-z]+)+(?![\w-])"
)
_AWS_SCOPE = re.compile(rb"[\w.+-]+(?:/|%2F)\d{8}(?:/|%2F)[\w/%-]+aws\d_request$")
# What a shared access signature of Azure begins with; its `sig` is known by itself.
_SAS = re.compile(rb"s(?:[veprit]|rt|ks\w)=[\w:.-]*$")
_FILLED_BY_SQL = re.compile(rb"(?i)password :[\"']$")
# What a program assigns: a call of names, a variable's field, an attribute of one.
_CODE = re.compile(
    rb"[A-Za-z_][A-Za-z_.]*\((?:[A-Za-z_\"'][A-Za-z_.\"', :?!\[\]-]*)?\)?[;,:]?"
    rb"|[A-Za-z_][A-Za-z_.]*\([A-Za-z_][A-Za-z_.]*\([A-Za-z_.\"', \[\]]*\){0,2}[;,:]?"
    rb"|[A-Z][A-Za-z]+(?:Credentials?|Provider|Config|Auth|Token|Key)\([a-z]\w*=.*"
    rb"|(?:Optional|Union|List|Dict|Annotated)\[.*"
    rb"|(?:Option|Optional|Vec|Box|Arc|Maybe|Nullable|Secret|List)<[A-Z][\w<>]*[,;]?"
    rb"|\$[A-Za-z_]\w*(?:\[|->|::)[^\s]*"
    rb"|[a-z_]+(?:\.[a-z_]+)*\[[\"']?[A-Za-z_]*[\"']?\]?;?"
    rb"|[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+\(?"
    rb"|(?:random_(?:password|string|id)|vault_\w+|aws_\w+|azurerm_\w+|google_\w+"
    rb"|each|secrets|steps|inputs|needs|vars|matrix)(?:\.[A-Za-z_]\w*)+"
    rb"|(?:self|this|props|form|req|request|options|opts|args|ctx|config|params"
    rb"|settings|event|body|user|state)(?:\??\.[A-Za-z_]+)+(?:\([^\s]*)?[;,]?"
)
# What Kubernetes says of a secret, what Terraform calls one.
_SECRET_CALLED = re.compile(rb"(?i)\bsecrets? [\"']$")
_SECRET_SAID = re.compile(
    rb"[\"'] (?:not|in|is|does|already|exists|missing|could|cannot|was|has|from|of|must"
    rb"|created|deleted|configured|updated|unchanged|patched|replaced|removed)\b"
)
_RESOURCE = re.compile(rb"\b(?:resource|data|ephemeral) \"\w+\" \"$")
# A token of ours in front of a line's end as JSON writes it.
_KEY_TOKEN = re.compile(rb"key_[a-z\d]{6,10}(?:\\{1,3}[nr])+")
_PHRASE = re.compile(rb"(?i)pass[ _-]?phrase[\"']?[ \t]*[:=][ \t]*[\"']$")
_SWITCH = frozenset(b"true false none null yes no on off".split())
_TOLD = frozenset(b"must should has is was will can cannot may not".split())


_MESSAGE = re.compile(
    rb"(?i)(?:error|message|msg|label|hint|title|help|invalid|bad|missing|required|wrong"
    rb"|prompt|caption|question|announce(?:ment)?|ansage|tooltip|text|say|speech|tts"
    rb"|forgot|placeholder|tooltip|description)[\w.\-]*[ \t]*[=:][ \t]*[\"']?$"
)
# What is to be done where a password would stand, and what is one until then.
_TO_DO = frozenset(
    b"""put insert place write type choose specify supply provide copy paste replace
    pick create store define assign""".split()
)
_TO_DO_WITH = re.compile(rb" (?:your|the|a|an|it|in|my|here|one|some|with|real|new)\b")
_BY_DEFAULT = re.compile(
    rb" {1,3}(?:is|was|being) (?:the (?:default|initial|factory)"
    rb"|(?:not|never) (?:allowed|permitted|recommended))\b"
)
# The name that Kubernetes and Helm know a secret by.
_NAME_OF_SECRET = re.compile(
    rb"(?i)(?:existing|pull|tls|ca|certs?|certificate|volume|ingress|auth|config"
    rb"|credentials?)[_-]?secret[\\\"']?[ \t]*[:=][ \t]*[\\\"']?$"
)
_SAYS_WHERE = frozenset(b"see ask generate generated stored kept managed".split())
_OF_SECRET = re.compile(rb"(?![a-z\d]{20})[a-z][a-z\d]*(?:[.-][a-z\d]{1,20}){0,8}")
_FIELD_OF_SECRET = re.compile(
    rb"(?<!client)(?<!app)(?<!consumer)(?<!shared)(?<!webhook)(?<!jwt)(?<!session)"
    rb"(?<=[a-z])Secret[\\\"']?: ?[\"']?$"
)
_PARTS = re.compile(rb"[a-z]+(?:-[a-z]+)+(?:-v?\d+)?")
_WHERE = re.compile(
    rb"(?i)(?:see|ask|stored?|look|check|taken|provided|managed|generated?|comes?|kept)"
    rb"\b.* (?:vault|1password|keepass|lastpass|bitwarden|slack|wiki|confluence|ops"
    rb"|manager|team|admin|docs?|readme|environment|details|below|above)\b.*"
)
_CHECKS = re.compile(
    rb"(?:required|nullable|sometimes|present|filled|bail|string)(?:[|,][\w:,.|]+)+"
)
_COUNTS = re.compile(rb"(?i)[ ,;]{1,3}(?:fail|skip|error|warn)")
_PASSWD_SAYS = re.compile(
    rb"(?i)(?:all|command|you|the|unknown|unrecognized|user|bad|cannot|can't|unable"
    rb"|not|no|password|authentication|permission|must|updating|changing|module|line"
    rb"|failed|pam)\b"
)
_OWN_WORD = re.compile(
    rb"(?i)\b(?:pass(?:words?|wd|phrases?|code)|kennwort|passwort|mot de passe|pin)\b"
)
# How a caller or user is asked for one, in some languages.
_ASKS = re.compile(
    rb"(?i)(?:please|bitte|veuillez|merci de|(?:type|key)? ?enter|input|provide|choose"
    rb"|(?:geben|nennen|w\xc3\xa4hlen|tippen) sie|saisi(?:r|ssez)|entrez|tapez|composez"
    rb"|(?:por favor|introduzca|ingrese|indique|teclee|marque|digite|insira|informe)"
    rb"|(?:inserisci|inserire|inserisca|digit[ai]|immett\w{1,3})|voer|toets|ange|sl\xc3\xa5"
    rb"|indtast|skriv|tast|podaj|wprowad\xc5\xba|prosz\xc4\x99|zadejte|pros\xc3\xadm"
    rb"|sy\xc3\xb6t\xc3\xa4|k\xc3\xa9rem|adja meg)[ ,:].*[a-z]{2}"
)


def _is_assigned(value: bytes, before: bytes) -> bool:
    """Tell `apiKey = apiKey`, as programs assign what they were given."""
    name = re.search(rb"([A-Za-z_]+)[ \t]*=[ \t]*$", before)
    return name is not None and name[1] == value.rstrip(b";,)")


def _is_name(value: bytes, before: bytes) -> bool:
    """Tell the name of a secret, or of what it must be like, from a secret."""
    named = _NAME_OF_SECRET.search(before) and _OF_SECRET.fullmatch(value)
    named = named or (_FIELD_OF_SECRET.search(before) and _PARTS.fullmatch(value))
    if named or _RESOURCE.search(before) or _is_assigned(value, before):
        return True
    return any(form.fullmatch(value) for form in (_KEY_TOKEN, _CHECKS, _WHERE))


def _is_told(value: bytes, before: bytes, after: bytes) -> bool:
    """Tell what `passwd` prints, a question about a password, and a count of tests."""
    if before.endswith(b"(passwd:"):  # PAM's (passwd:chauthtok)
        return True
    if before.endswith(b"passwd: ") and _PASSWD_SAYS.match(value):
        return b" " in value or after[:1] == b" "
    if b" " in value and b"?" in value[-1:] and _OWN_WORD.search(value):
        return True
    if value.lower() in _SAYS_WHERE and after[:1] == b" ":
        return True
    if value.lower() in _TO_DO and _TO_DO_WITH.match(after):
        return True
    if value.isalpha() and value.islower() and _BY_DEFAULT.match(after):
        return True
    if value == b"local" and after.startswith(b" database"):  # of a firewall
        return True
    if _SECRET_CALLED.search(before) and _SECRET_SAID.match(after):
        return True
    return value.isdigit() and _COUNTS.match(after) is not None


def _is_program(value: bytes, before: bytes) -> bool:
    """Tell what a program says instead of a secret: a cmdlet, a call, a variable."""
    if _CMDLET.match(value):
        return True
    return bool(_CODE.fullmatch(value)) and not before.endswith((b'"', b"'"))


def _is_message(value: bytes, before: bytes, after: bytes) -> bool:
    """Tell what a program says about a secret: a translation, `${PW:?not set}`."""
    if value.startswith(b"?") and re.search(rb"\$\{\w+:$", before):
        return True
    asked = value.count(b" ") > 1 or after[:1] == b" "
    if asked and _ASKS.match(value + after) and not re.search(rb"\d", value):
        return True
    words = re.fullmatch(rb"[A-Za-z\x80-\xff'.,!]+(?: [A-Za-z\x80-\xff'.,!]+)*", value)
    return bool(words and _MESSAGE.search(before))


@validator
def secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed secret; not what is masked, a reference, or prose."""
    word = value.strip(b" \t\"'`,;:.()\\").lower()
    if value.startswith(b"-----BEGIN") or _is_program(value, before):
        return False
    # The key before a scope is known by itself; psql puts a variable's value there.
    if _AWS_SCOPE.match(value) or _FILLED_BY_SQL.search(before):
        return False
    if not word or word in NOT_SECRET or MASKED.fullmatch(value.strip()):
        return False
    if before[-1:] == b"<" and after[:1] == b">" and PLACEHOLDER.fullmatch(value):
        return False
    if TO_FILL_IN.fullmatch(value) or _is_message(value, before, after):
        return False
    if _is_name(value, before) or _is_told(value, before, after):
        return False
    first = value.split()[0]
    told = first.lower() in _TOLD or not re.search(rb"\d", word)
    told = told or first.lower() in _SWITCH
    prose = b" " in word and told and first.strip(b"\"',:;.").lower() in NOT_SECRET
    prose = prose and not (_PHRASE.search(before) and after[:1] == before[-1:])
    if prose or MASKED.fullmatch(first):
        return False
    if before[-1:] == b" " and re.search(rb"(?i)pwd\W*$", before):
        return not value.startswith(b"/")
    if re.search(rb"(?i)\bpwd\W{0,3}$", before) and value.startswith(b"/"):
        return False
    return not (after[:1] == b"(" and re.fullmatch(rb"[A-Za-z_][\w.]*", value))


_TYPES = frozenset(
    b"""character timestamp tinytext longtext mediumtext nvarchar varbinary integer
    number encoded decoded generated imported exported rotated managed external internal
    hashed cleartext forbidden allowed configured verified available opaque""".split()
)
_MADE_OF_WORDS = re.compile(
    rb"/.*|[a-z]:\\.*|\w+://.*|[\d.]+|(?:\d+(?:\.\d+)?[a-z]{1,2}){1,4}|\d+[-/:.]\d+\S*"
    rb"|(?:[A-Z]?[a-z]+|[A-Z]+|\d{1,4}|v\d+)"
    rb"(?:[-_./:,]+(?:[A-Z]?[a-z]+|[A-Z]+|\d{1,8}|v\d+))*|\S*\([\d, ]*\)"
    rb"|(?i:(?:sha|hmac|ecdsa|rsa|aes|md5|hs|rs|es)[-_]?\d+\S*)"
)
_SECRETS = re.compile(rb"(?i)(?:secret|credential)\W+$")


@validator
def column_secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what a console prints beside `password`; not policies, sizes or types."""
    if not secret(value, before, after) or re.search(rb"[\w)]\(|^/", value):
        return False
    if _SECRETS.search(before) and re.fullmatch(rb"[a-z]+(?:-[a-z\d]+)+", value):
        return False
    if re.fullmatch(rb"[A-Za-z\x80-\xff]+", value):
        word = value.lower()
        return (
            len(word) > 5  # noqa: PLR2004 - states are short
            and word not in _TYPES
            and word.decode(errors="replace") not in wordlist("common")
        )
    return not re.fullmatch(rb"(?:\d+[-/:.,]?)+[a-z]{0,4}|\w+://.*", value) or (
        value.isdigit() and len(value) > 5  # noqa: PLR2004 - counts are short
    )


@validator
def column_token(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what a console prints beside `token`: no word could be so."""
    if not strong_secret(value, before, after) or len(value) < 10:  # noqa: PLR2004 - names
        return False
    uuid = re.fullmatch(rb"[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}", value)
    return uuid is not None or not _MADE_OF_WORDS.fullmatch(value)


@validator
def strong_secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed token or key: longer than a word, or with digits in it."""
    if _SAS.match(value):
        return False
    if not secret(value, before, after) or value.isdigit() and len(value) < 6:  # noqa: PLR2004, RUF021 - counts and ports
        return False
    if b"@" in value and USERINFO.search(before):
        return False
    # What a processor is signed with, and accounts that every Windows has.
    if re.fullmatch(rb"0x[\da-fA-F]{1,8}|S-\d-\d{1,2}(?:-\d{1,3}){0,2}", value):
        return before[-8:].lower() == b"session "
    if re.fullmatch(rb"[A-Z]?[a-z]+(?:[ _./-][A-Za-z]+)*", value):
        return len(value) > 15 and b" " not in value and b"." not in value  # noqa: PLR2004 - prose is shorter
    return len(value) >= 6  # noqa: PLR2004 - shorter ones are flags
