"""Second looks at what the expressions marked: checksums, plans, stop lists.

A validator sees the value and up to 40 bytes before and 16 after it on the line, and
answers whether it is really one to replace. One that raises stops the scrub.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable, Iterable

from casecli.scrub.wordlists import wordlist

Validator = Callable[[bytes, bytes, bytes], bool]

_VALIDATORS: dict[str, Validator] = {}


def named(name: str) -> Validator:
    """Find a validator by the name rules use."""
    return _VALIDATORS[name]


def _validator(function: Validator) -> Validator:
    _VALIDATORS[function.__name__] = function
    return function


# --- networks ------------------------------------------------------------------------

_VERSION_BEFORE = re.compile(
    rb"(?i)(?:\bversion|\bver|\brelease|\brev|\brevision|\bbuild|\bv|\bfirmware|\boid)"
    rb"[\"']?\s*[:=#]?\s*[\"'(]?$"
    rb"|(?:grad(?:e|ed|ing)|updat(?:e|ed|ing)|patched|version|release)\b.{0,24}"
    rb"\b(?:from|to) $|(?:version|firmware|release)\b.{0,36}\bprevious(?:ly)?:? $"
    rb"|\.(?:0\d+|\d{4,}) ?(?:->|=>|to) $"
    rb"|^@[\d:.]{8,16} \[\d\] $|\buser-agent[\"']?: ?[\"']?[\w .-]{1,30}/$"
    rb"|\b(?:section|chapter|clause|paragraph|table|figure|appendix|\xc2\xa7) ?$"
)
_PRODUCT_BEFORE = re.compile(rb"[A-Za-z]{2}/$")  # Chrome/125.0.0.0
_MASKS = frozenset(
    str(ipaddress.IPv4Network(f"0.0.0.0/{bits}").netmask).encode()
    for bits in range(1, 33)
)


_RESERVED = 240  # where our tokens are


@_validator
def ipv4(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take addresses; not versions, netmasks, loopback, 0.x, local multicast, 240.x."""
    parts = value.split(b".")
    if any(int(part) > 255 or (part[:1] == b"0" and part != b"0") for part in parts):  # noqa: PLR2004 - an octet
        return False
    if (
        int(parts[0]) >= _RESERVED
        or parts[0] in {b"0", b"127"}
        or value in _MASKS
        or value.startswith(b"224.0.0.")
    ):
        return False
    if value.endswith(b".0.0") and _PRODUCT_BEFORE.search(before):
        return False
    return _VERSION_BEFORE.search(before) is None


_IPV6_USED = re.compile(
    rb"(?i)(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89a-f][\da-f]):|64:ff9b:"
    rb"|(?:::|(?:0{1,4}:){5})ffff:"
)


@_validator
def ipv6(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what lies in address space in use; `a::b` and times do not.

    An embedded IPv4 address is left to the rule for those.
    """
    if not _IPV6_USED.match(value):
        return False
    return _parses_as_ipv6(value)


@functools.lru_cache(4096)
def _parses_as_ipv6(value: bytes) -> bool:
    try:
        ipaddress.IPv6Address(value.decode())
    except ValueError:
        return False
    return True


@_validator
def mac(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take hardware addresses, not broadcast, nil, multicast or a dashed time."""
    digits = re.sub(rb"[:.-]", b"", value).lower()
    if digits in {b"0" * 12, b"f" * 12} or digits.startswith((b"01005e", b"3333")):
        return False
    return not (b"-" in value and digits.isdigit())


# Endings that are file names, code or English far more often than hosts.
_DOUBTFUL = frozenset(
    b"""ac ad ag ai al am app as at ba bar be bin box by cab cc cd cl cm cs date day
    do dot fm foo gd gl gz hm id im in info is it java js la li link live lock log
    ls map md me mk ml mobi mo mov ms my name new no now nr of one ong page pid pl pm
    pn pr pro ps py rs run sc sh so st sub sv sy tc td tel test tf to top tt us vc
    vi work ws zip zone""".split()
)
_FILES = frozenset(
    b"""bar bin cab cc cs dot gz hm java js la lock log ls map md mk ml mo mov pl pm ps
    py rs run sc sh so st sub tar tf tt ws zip""".split()
)
_COUNTRIES = frozenset((b"be", b"it", b"at"))  # which are words, too
_PACKAGE_HEADS = frozenset(
    b"""com org net java javax sun jdk io edu android androidx kotlin scala akka kafka
    jakarta system microsoft windows namespace self this module spring hibernate app
    std os sys config logging log math""".split()
)
_NO_HOSTS = frozenset(
    b"""localhost.localdomain asp.net ado.net vb.net core.windows.net""".split()
)
_HOST_PREFIXES = (b"www.", b"mail.", b"ns", b"smtp.", b"ftp.", b"vpn.")


@_validator
def email(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take mail addresses; not pictures, package versions, ciphers or URL logins."""
    name, _, domain = value.lower().rpartition(b"@")
    ending = domain.rpartition(b".")[2]
    if (name == b"git" or _USERINFO.search(before)) and _is_public(domain):
        return False
    if ending in _PICTURES or domain in _NAMING_CIPHERS:
        return False
    return ending.isalpha() or ending.startswith((b"xn--", *_HIGH))


_USERINFO = re.compile(rb"://[^/@\s]*$")
_NAMING_CIPHERS = frozenset((b"openssh.com", b"libssh.org"))
_PICTURES = frozenset(b"png jpg jpeg gif svg webp ico css js".split())
_HIGH = tuple(bytes((byte,)) for byte in range(0xC3, 0xF5))


@functools.cache
def _public() -> tuple[frozenset[bytes], tuple[bytes, ...]]:
    """Give everybody's hosts, and what names of others of them end in."""
    names = [word.encode() for word in wordlist("public")]
    below = tuple(name for name in names if name.startswith(b"."))
    return frozenset(name.removeprefix(b".") for name in names), below


def _is_public(name: bytes) -> bool:
    names, below = _public()
    return name in names or name.endswith(below)


@functools.cache
def _endings() -> frozenset[bytes]:
    return frozenset(word.encode() for word in wordlist("endings"))


@_validator
def fqdn(value: bytes, before: bytes, after: bytes) -> bool:
    """Take names under a known top-level domain; not files, packages or methods."""
    name = value.lower()
    labels = name.split(b".")
    ending = labels[-1]
    quoted = len(labels) == 2 and before[-1:] == after[:1] != b""  # noqa: PLR2004 - a field's path
    field = ending in _FIELDS and (
        quoted or after[:1] in {b"=", b"["} or b"_" in labels[0]
    )
    if field or after[:1] in {b"(", b"\\"}:
        return False
    in_url = before.endswith(b"://")
    if not (ending in _endings() or in_url) or not all(labels):
        return False
    section = before == b"[" and after[:1] == b"]" and not after[1:2].strip()
    if section or name in _NO_HOSTS or _is_public(name):
        return False
    told = _HOST_BEFORE.search(before) or _ADDRESS_AFTER.match(after)
    if told or in_url or before.endswith((b"@", b"//")):
        return True
    if value != name and any(b"a" <= label[:1] <= b"z" for label in labels):
        mixed = re.search(rb"[a-z][A-Z]|\.[A-Z][a-z]", value)
        if mixed:
            return False
    if labels[0] in _PACKAGE_HEADS or len(labels[0]) == len(labels) - 1 == 1:
        return False  # com.acme.x, or a column: a.city
    if ending in _DOUBTFUL and not name.startswith(_HOST_PREFIXES):
        if ending in _COUNTRIES and len(labels) > 2 and len(labels[-2]) > 3:  # noqa: PLR2004 - a domain and its host
            return True
        inner = labels[1:-1] if ending in _FILES else labels[:-1]
        return any(label in _endings() or b"-" in label for label in inner)
    return True


_HOST_BEFORE = re.compile(
    rb"(?i)(?:\b(?:connect(?:ed|ing)? to|e?hlo|lookup|resolv\w{1,5}|ping)"
    rb"|(?:host(?:_?name)?|server(?:_?name)?|fqdn|domain|relay|mx|peer)[\"']?\s?[=:]"
    rb"|\bdomain[- ](?:name|list|lookup|search))"
    rb"[ =\"'<(]{0,3}$|\bsips?:$|received: from \S+ \(|\]\) by $"
)
_ADDRESS_AFTER = re.compile(rb"/(?:\d{1,2}\.|\d{3})")  # as Java writes host/address
_FIELDS = frozenset(b"app email host name site store test web world".split())
_CAMEL = re.compile(rb"(?:[A-Z][a-z]+){3,}")  # EventRouteRequest
_HOST_STOP = frozenset(
    b"""http https
    localhost null none true false unknown undefined any all is was are not and or
    the for from to down up name host server unreachable key error ok default default
    new old remote local client port info warn warning error debug trace fatal critical
    backend upstream frontend app web api gateway
    dedicated notice verbose version stdout stderr severe fine finer finest config
    example.com example.org example.net""".split()
)


@_validator
def host_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed host name; addresses have rules of their own."""
    name = value.lower().rstrip(b".")
    if name in _HOST_STOP or not re.search(rb"[a-z]", name) or len(name) < 2:  # noqa: PLR2004 - one letter is no name
        return False
    if after[:1] == b"(" or before.endswith((b"$", b"%")):
        return False
    if after[:1] == b"\\" and not after.lstrip(b"\\").startswith((b'"', b"'")):
        return False
    if _CAMEL.fullmatch(value):
        return False
    return not re.fullmatch(rb"[\d.]+|v?\d+(\.\d+)+|[\da-f]{12,}", name)


_NO_MACHINE = re.compile(
    rb"""(?ix) (?:x86|amd|arm|win|linux|utf|sha|md|aes|rsa|tls|ssl|http|iso|ipv?|log
    |curl|libcurl|python|java|jdk|php|ruby|node|nodejs|go|openjdk|eth|ens|enp|tcp|udp|port
    |pid|tid|thread|pool|exec|nio|ver|rev|build|rc|alpha|beta|v|r|step|page|item|line|row|col
    |level|stage|phase|group|user|test|type|version|release|cp|base|mp|h|q)[_\-]?\d+.*
    | (?:us|eu|ap|sa|ca|me|af|il|cn)-(?:[a-z]+-)*[a-z]+-?\d[a-z]?
    | (?:i|ami|vol|snap|eni|subnet|vpc|sg|rtb|igw)-[0-9a-f]{6,}
    | [0-9a-f\-]{8,} | \S*(?:linux|windows|darwin|gnu|musl)\S*
    | \S*(?:pool|thread|queue|executor|consumer|producer|listener)[_\-]?\d+
    | (?:consumer|producer)-[\w\-]+ """
)


@_validator
def machine(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what looks like the name of one machine, where the key leaves doubt."""
    name = value.rpartition(b"/")[2]
    return _NO_MACHINE.fullmatch(name) is None and host_name(name, before, after)


# --- secrets -------------------------------------------------------------------------

_MASKED = re.compile(
    rb"""(?ix) ([*x#.\-_?]|\xe2\x80\xa2|\xe2\x97\x8f)\1* | \*{2,}\S* | x{4,}\S*
    | \$\{[^}]*\}? | \$\([^)]*\)? | \$[A-Z_]\w* | %[A-Z_]\w*% | %\(?\w+\)?s | \{\{.*
    | \{[A-Z_a-z]*\} | \{\w{0,12}\} | [|>][+-]?
    | (?:os|process|system|sys|deno)\.(?:env\w*|getenv)\b.* | getenv\(.*
    | (?:var|local|module|data)\.[a-z_][\w.]*(?:\[.*)? | [a-z_]\w*(?:\.\w+)+\(.*
    | !vault\b.* | enc\[\w+,(?:redacted|\.\.\.)\S* | <[^<>]*>?
    | \[[^\]]*\]?
    | .{0,12}(?:redacted|masked|filtered|hidden|omitted|removed).{0,8} """
)
_PLACEHOLDER = re.compile(
    rb"(?i)(?:your|my|the|an?|insert|enter|some|set|new|redacted)[ _\-].*"
    rb"|(?:[a-z]+[ _\-])*(?:password|passwd|secret|token|key|here|value)"
)
_TO_FILL_IN = re.compile(
    rb"(?i)(?:your|insert|enter|replace)[_-](?:[a-z]+[_-]){0,4}[a-z]+|\w+_goes_here"
)
_NOT_SECRET = frozenset(
    b"""null none nil true false yes no on off not set unset empty undefined required
    optional missing invalid incorrect wrong expired changed changing change reset is
    was are were has have had must should will can cannot could may for from to of in
    at by the a an and or with without authentication auth failed failure fail ok
    success successful accepted rejected denied error prompt entry expires expiry
    string str int bool boolean bytes object text type varchar encrypted plain
    plaintext md5 sha1 sha256 sha512 bcrypt files systemd compat sss required sufficient
    protected file keyring prompt ask interactive disabled enabled default unknown
    unchanged new old current please enter your updated sent received found generated
    password secret token key value nan n/a n - -- | > { [ ( \"\" '' ... function self
    this request response header headers params config env validation policy
    mismatch md0 sha0 sha000 does didn't couldn't can't doesn't user username permission
    denied adgangskode passwort kennwort contrase\xc3\xb1a senha wachtwoord
    has\xc5\x82o l\xc3\xb6senord salasana heslo parola""".split()
)


_CMDLET = re.compile(
    rb"(?:New|Get|Set|Read|ConvertTo|ConvertFrom|Import)-(?:[A-Z][a-z]+)+(?![\w-])"
)
_AWS_SCOPE = re.compile(rb"[\w.+-]+/\d{8}/[\w/-]+/aws\d_request$")
_TOLD = frozenset(b"must should has is was will can cannot may not".split())


_MESSAGE = re.compile(
    rb"(?i)(?:error|message|msg|label|hint|title|help|invalid|bad|missing|required|wrong"
    rb"|forgot|placeholder|tooltip|description)[\w.\-]*[ \t]*[=:][ \t]*[\"']?$"
)


def _is_message(value: bytes, before: bytes) -> bool:
    """Tell what a program says about a secret: a translation, `${PW:?not set}`."""
    if value.startswith(b"?") and re.search(rb"\$\{\w+:$", before):
        return True
    words = re.fullmatch(rb"[A-Za-z\x80-\xff'.,!]+(?: [A-Za-z\x80-\xff'.,!]+)*", value)
    return bool(words and _MESSAGE.search(before))


@_validator
def secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed secret; not what is masked, a reference, or prose."""
    word = value.strip(b" \t\"'`,;:.").lower()
    if value.startswith(b"-----BEGIN") or _CMDLET.match(value):
        return False
    if _AWS_SCOPE.match(value):  # the key in front of it is known by itself
        return False
    if not word or word in _NOT_SECRET or _MASKED.fullmatch(value.strip()):
        return False
    if before[-1:] == b"<" and after[:1] == b">" and _PLACEHOLDER.fullmatch(value):
        return False
    if _TO_FILL_IN.fullmatch(value) or _is_message(value, before):
        return False
    first = value.split()[0]
    told = first.lower() in _TOLD or not re.search(rb"\d", word)
    prose = b" " in word and told and first.strip(b"\"',:;.").lower() in _NOT_SECRET
    if prose or _MASKED.fullmatch(first):
        return False
    if before[-1:] == b" " and re.search(rb"(?i)pwd\W*$", before):
        return not value.startswith(b"/")
    if re.search(rb"(?i)\bpwd\W{0,3}$", before) and value.startswith(b"/"):
        return False
    return not (after[:1] == b"(" and re.fullmatch(rb"[A-Za-z_][\w.]*", value))


@_validator
def strong_secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed token or key: longer than a word, or with digits in it."""
    if not secret(value, before, after) or value.isdigit() and len(value) < 6:  # noqa: PLR2004, RUF021 - counts and ports
        return False
    if b"@" in value and _USERINFO.search(before):
        return False
    if re.fullmatch(rb"[A-Z]?[a-z]+(?:[ _.-][A-Za-z]+)*", value):
        return len(value) > 15 and b" " not in value and b"." not in value  # noqa: PLR2004 - prose is shorter
    return len(value) >= 6  # noqa: PLR2004 - shorter ones are flags


_USER_STOP = frozenset(
    b"""root admin administrator nobody daemon bin sys system service guest anonymous
    unknown invalid illegal name from for is was to on at by in of with the a an and or
    not has had null none true false yes no user users username id new old all any
    other default local network shared public postgres mysql oracle www-data apache
    nginx sshd ftp mail news uucp man games lp sync shutdown halt operator ubuntu
    centos ec2-user vagrant docker jenkins git hdfs yarn hadoop spark authority nt
    session login logged logout agent agents error failed failure account password
    does did can cannot must should will who that this it via as type info data
    authentication auth check pass request input output mode group role space land
    interface level process mapping phone ip client profile profiles settings defined
    supplied specified equals equal notequals notin exists doesnotexist contains like
    between matches greaterthan lessthan startswith endswith
    await async class struct interface table relation schema view sequence function
    database column path file encrypted
    key port topic queue
    data-dir all_users allusers defaultuser lost+found .ssh runner home 0 me self
    anonymoususer ec0-user - -1 ? n/a uid gid tty rhost ruser""".split()
)


@_validator
def user(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take login names of people; not roles every system has, ids or words."""
    name = value.lower().rstrip(b".:,")
    if name in _USER_STOP or _MASKED.fullmatch(value) or _TO_FILL_IN.fullmatch(value):
        return False
    if _COLUMN.fullmatch(name) or _ATTRIBUTE.match(value):
        return False
    return bool(re.search(rb"[a-z\x80-\xff]", name)) and (
        after[:1] not in {b"(", b"["} or after.startswith(b"(uid=")
    )


_COLUMN = re.compile(rb"[a-z]{1,3}\d?\.(?:\w+_)?(?:id|uid|name|login|user|by)")
_ATTRIBUTE = re.compile(rb"Attribute[A-Z]")  # the next key, in T-Library's messages


@_validator
def login(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take a login name where an everyday word might stand as well."""
    word = value.decode("utf-8", "replace").lower()
    if word in wordlist("common") or word.rstrip("s") in wordlist("common"):
        return False
    return user(value, b"", b"")


_NO_DOMAIN = frozenset(
    b"""HKLM HKCU HKCR HKU HKEY NT BUILTIN DEVICE REGISTRY IIS NULL SYSTEM FONT WINDOWS
    GLOBAL LOCAL""".split()
)


@_validator
def domain_user(value: bytes, before: bytes, after: bytes) -> bool:
    r"""Take `DOMAIN\user`; not registry keys, built-in accounts or escapes."""
    domain, _, name = value.partition(b"\\")
    name = name.lstrip(b"\\")
    if domain.upper() in _NO_DOMAIN or re.fullmatch(rb"[nrtbfxu]\w{0,2}", name):
        return False
    return user(name, before, after)


_SHARED_LOGINS = frozenset(
    b"git root admin guest postgres oauth2 default token anonymous".split()
)


@_validator
def user_in_url(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take whoever a URL logs in as, unless it is the one everybody has."""
    return value.lower() not in _SHARED_LOGINS


@_validator
def person(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what a keyed name field holds, unless it is empty or a placeholder."""
    name = value.strip().lower()
    if name in _NOT_SECRET or name in _USER_STOP or _MASKED.fullmatch(value.strip()):
        return False
    if not _NO_PERSON.isdisjoint(re.findall(rb"[a-z\x80-\xff]+", name)):
        return False
    return bool(re.search(rb"[a-z\x80-\xff]{2}", name))


@_validator
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


@_validator
def given(value: bytes, before: bytes, after: bytes) -> bool:
    """Take two words where the first is a given name many people have."""
    first = re.split(rb"[ +-]", value.lower(), maxsplit=1)[0]
    return _is_given(first) and person(value, before, after)


def _is_given(name: bytes) -> bool:
    text = _ESCAPED.sub(
        lambda code: chr(int(code[1], 16)), name.decode("utf-8", "replace")
    )
    return text.lower() in wordlist("given")


_ESCAPED = re.compile(r"\\{1,2}u([\da-fA-F]{4})")  # as JSON may write a letter


@_validator
def in_prose(value: bytes, before: bytes, after: bytes) -> bool:
    """Take two words in prose: a given name first, or one that is not everyday."""
    if given(value, before, after):
        return True
    found = re.findall(rb"[a-z\x80-\xff]{2,}", value.lower())
    words = (word.decode("utf-8", "replace") for word in found)
    return not wordlist("common").issuperset(words) and person(value, before, after)


@_validator
def bare_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a given name and others that are no everyday words, wherever they stand."""
    words = [
        word.decode("utf-8", "replace")
        for word in re.split(rb"[ +]", value.lower())
        if word not in _PARTICLES and len(word.rstrip(b".")) > 1
    ]
    if len(words) < 2 or not _is_given(words[0].encode()):  # noqa: PLR2004 - first and last
        return False
    parts = (part.rstrip(".") for word in words for part in word.split("-"))
    return wordlist("common").isdisjoint(parts) and person(value, before, after)


_PARTICLES = frozenset(
    b"van von de der den del della di da la le bin al el ter zu dos do".split()
)


@_validator
def signed(value: bytes, before: bytes, after: bytes) -> bool:
    """Take who signed a letter: two names or more, or one that many people have."""
    if b" " not in value and not _is_given(value.lower()):
        return False
    return person(value, before, after)


@_validator
def signed_or_titled(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a name behind a title or greeting; a chat's speaker must be somebody."""
    if re.search(rb"[\])] (?:\w+ )?$|^[> ]*\w+ $", before) and after[:1] == b":":
        return signed(value, before, after)
    if after[:1] == b")":
        return in_prose(value, before, after)
    return person(value, before, after)


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
    information unicode postgresql mozilla firefox chrome safari exists exist""".split()
)


@_validator
def address(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take postal addresses and codes: letters and digits, or a code's own field."""
    text = value.strip()
    if _MASKED.fullmatch(text) or text.lower() in _NOT_SECRET:
        return False
    if re.search(
        rb"(?i)(?:zip|post(?:al)?|p(?:st)?lz|postn(?:umme)?r|cep)[_.\- ]?(?:code)?"
        rb"\W{0,8}$",
        before,
    ):
        return bool(re.search(rb"\d", text))
    if text.startswith(b"0x") or re.fullmatch(rb"[\d.:a-fA-F/\-]+|[\w.\-]+:\d+", text):
        return False
    if _IP_FIRST.match(text) or _FORM_LABEL.fullmatch(text):
        return False
    spaced = b" " in text or re.search(rb"(?i)[a-z.](?:\+|%20)\w", text) is not None
    return spaced and bool(
        re.search(rb"\d", text) or re.search(rb"(?i)(?:stra|street|road|avenue)", text)
    )


_IP_FIRST = re.compile(rb"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
# What a form calls the field: Straße und Hausnummer.
_FORM_LABEL = re.compile(
    rb"(?i)(?:street|road|stra(?:ss|\xc3\x9f)e|rue|calle|via|straat|address|adresse)"
    rb"(?:[ /]+(?:&|and|und|et|y|e|en|or|oder|name|address|line \d|\(?optional\)?"
    rb"|no\.?|number|house|hausnummer|nr\.?|num\xc3\xa9ro|n\xc3\xbamero|numero"
    rb"|civico|huisnummer))+"
)


@_validator
def address_abroad(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take an address by its field, in whatever script: not a number or one word."""
    if value.isascii() and not re.search(rb"[ ;^*]", value.strip()):
        return False
    return value.strip().lower() not in _NOT_SECRET and not value.startswith(b"0x")


@_validator
def filled(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take anything but placeholders."""
    word = value.strip().lower()
    return word not in _NOT_SECRET and not _MASKED.fullmatch(value.strip())


@_validator
def identifier(value: bytes, before: bytes, after: bytes) -> bool:
    """Take ids: something with a digit in it, and not nil."""
    return filled(value, before, after) and bool(
        re.search(rb"[1-9]|(?i:[a-z]).*\d|\d.*(?i:[a-z])", value)
    )


@_validator
def account_number(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what somebody is registered under: an id, not a date."""
    return _DATE.match(value) is None and identifier(value, before, after)


@_validator
def account_or_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take an id, or the name of a storage account by its field."""
    if re.search(rb"(?i)account-?name[ =][\"']?$", before):
        return filled(value, before, after)
    return account_number(value, before, after)


_DATE = re.compile(rb"(?:19|20)\d\d[-/ ][01]?\d(?:[-/ ][0-3]?\d)?(?!\d)")


@_validator
def agent(value: bytes, before: bytes, after: bytes) -> bool:
    """Take an id of two characters or more, or the login of an agent."""
    if len(value) > 1 and filled(value, before, after) and re.search(rb"\d", value):
        return True  # all digits are 0 here, see `Rule.alike`
    login = re.fullmatch(
        rb"[a-z]{4,}(?:[._\-][a-z]+)*|[a-z]{1,3}[._][a-z]{3,}|[A-Z]\.[A-Z][a-z]+", value
    )
    return login is not None and user(value, before, after) and filled(value, b"", b"")


# --- numbers -------------------------------------------------------------------------


@_validator
def card(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take payment cards: a network's prefix and length, and the Luhn sum.

    Visa's old 13 digits only where they are said to be a card's.
    """
    digits = re.sub(rb"[ ._-]|%20|\xc2\xa0", b"", value)
    if len(set(digits)) == 1:
        return False
    if not _CARD_PLAN.fullmatch(digits) and not (
        len(digits) == 13 and digits[:1] == b"4" and _SAID_CARD.search(before)  # noqa: PLR2004 - Visa's old length
    ):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = (digit - 48) * (1 + place % 2)
        total += number // 10 + number % 10
    return total % 10 == 0


_SAID_CARD = re.compile(rb"(?i)(?:visa|card|karte|carte|tarjeta|credit)[^\n]{0,23}$")
_CARD_PLAN = re.compile(
    rb"""(?x) 4\d{15}(?:\d{3})? | 5[1-5]\d{14} | 2[2-7]\d{14} | 3[47]\d{13}
    | 3(?:0[0-5]|[689]\d)\d{11} | (?:6011|65\d\d|64[4-9]\d)\d{12} | 35\d{14}
    | (?:5018|5020|5038|6304|67\d\d)\d{8,15} | 62\d{14,17}"""
)


@_validator
def iban(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take bank accounts: letters first, 15 to 34 characters, mod 97 is 1."""
    text = re.sub(rb"[ -]", b"", value).upper()
    if not 15 <= len(text) <= 34:  # noqa: PLR2004 - ISO 13616
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(chr(byte), 36)) for byte in moved)) % 97 == 1


@_validator
def phone(value: bytes, before: bytes, after: bytes) -> bool:
    """Take international numbers a country's plan could have."""
    if after[:1] == b":" or (after[:1] == b"%" and value[:1] != b"%"):
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


@_validator
def national_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take numbers in North American notation with a possible area code."""
    number = re.split(rb"(?i),? ?(?:ext|x)", value, maxsplit=1)[0]
    digits = re.sub(rb"\D", b"", number)[-10:]
    return digits[0] not in b"01" and digits[3] not in b"01"


@_validator
def keyed_phone(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take what a telephone field holds: three to fifteen digits."""
    digits = re.sub(rb"\D", b"", _unquoted(value))
    most = 18 if digits.startswith(b"0") else 15  # with what is dialled before it
    return 3 <= len(digits) <= most and len(set(digits)) > 1  # noqa: PLR2004 - E.164, and extensions


@_validator
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


@_validator
def national_id(value: bytes, before: bytes, after: bytes) -> bool:
    """Take ids with five digits or more, or a letter or two and some digits."""
    digits = re.sub(rb"\D", b"", value)
    if _LETTERED_ID.fullmatch(value):
        return True
    return len(digits) >= 5 and filled(value, before, after)  # noqa: PLR2004 - shorter ones are counts


# India's PAN, and documents whose numbers are letters as much as digits.
_LETTERED_ID = re.compile(rb"[A-Z]{5}\d{4}[A-Z]|(?=(?:[A-Z]*\d){3})[A-Z\d]{8,10}")


@_validator
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


@_validator
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


def _weighted(digits: bytes, weights: Iterable[int]) -> int:
    return sum(
        (byte - 48) * weight for byte, weight in zip(digits, weights, strict=True)
    )


_CHINA = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@_validator
def ssn(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take US social security numbers that could have been issued."""
    area, group, serial = value.split(b"-")
    return (
        area not in {b"000", b"666"}
        and area < b"900"
        and group != b"00"
        and serial != b"0000"
    )


# --- one form for many spellings -----------------------------------------------------


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
