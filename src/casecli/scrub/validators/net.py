"""Addresses and names of machines."""

from __future__ import annotations

import functools
import ipaddress
import re

from casecli.scrub.validators.registry import validator
from casecli.scrub.wordlists import wordlist

_VERSION_BEFORE = re.compile(
    rb"(?i)(?:version|\bver|\brelease|\brev|\brevision|\bbuild|\bv(?!:)|(?<![/-])\bv(?=:)"
    rb"|\bfirmware|\boid)"
    rb"[\"']?\s*[:=#]?\s*[\"'(]{0,2}$"
    rb"|(?:grad(?:e|ed|ing)|updat(?:e|ed|ing)|patched|(?:version|release)(?! v?\d))\b"
    rb".{0,24}\b(?:from|to) $|(?:version|release) v?[\d.]{3,15} (?:from|to) $"
    rb"|\b(?:newer|older|later|earlier|higher|lower|greater|less|(?:up|down)"
    rb"grad\w{1,3}) (?:than|to) $|\bbluetooth(?: le| core)? $|\b(?:primary|backup|"
    rb"running|installed|boot|current) software:? $"
    rb"|(?:version|ware|release)\b.{0,36}\bprevious(?:ly)?:? $"
    rb"|ware [\d.]{7,15} (?:installed|running|active|available),? (?:but )?(?:was|old"
    rb"|current|minimum|expected|required|latest):? $"
    rb"|version[\"']?[ =:]{1,2}v?\d+(?:\.\d+){3}[ ,;][^\n]{0,24}\b(?:match(?:es|ing)?"
    rb"|expected|found|got|required|requires|vs\.?|than|but|instead of) $"
    rb"|version[\"']?[ =:]{1,2}v?\d[\d.]{3,15} ?(?:->|=>) ?$"
    rb"|(?<![\w.:])v?(?:\d+\.){1,3}\d{4,} ?(?:->|=>|to) $"
    rb"|^@[\d:.]{8,16} \[\d\] $|\buser-agent[\"']?: ?[\"']?[\w .-]{1,30}/$"
    rb"|version[\"']?\s?[:=]\s?[\"']?[\d.]{7,15} ?- ?$"
    rb"|\b(?:produkt|product|produit|producto|prodotto)(?: ?name)?[\"']?\s?[:=] ?[\"']?"
    rb"[\w -]{2,30}[ /-]$"
    rb"|version number: $|r number: {8,9}$|bootloader $|g[xr]p\d{4} $"
    rb"|version\" value=\"$"
    rb"|\b(?-i:Erlang|OTP|Java|JDK|JRE|OpenJDK|Chrome|Chromium|Electron|WebView2?|FortiOS"
    rb"|PAN-OS|IOS-XE|NX-OS|Acrobat|TeamViewer|PowerShell|OpenSSL|BIOS)[ /]$"
    rb"|(?:upgrade|update|migration|release|version)s?[ _-](?:path|history|chain)s?"
    rb"[\"']?[ :=]{1,3}(?:v?\d[\d.]{2,15}"
    rb"(?:,| ?(?:->|=>|\xe2\x86\x92|>|/)| (?:to|via)) ?)*v?$"
    rb"|\b(?-i:Apache|Tomcat|PHP|IIS|OpenSSH|WebLogic|WebSphere|mod_\w{2,12})/$"
    rb"|\bversion: [\w .-]{2,30}/$"
    rb"|\bversions?:? v?\d[\d.]{2,15}(?:[,;/]| and| -)? ?(?:and )?(?-i:iDRAC\d?"
    rb"|iLO ?\d?|CIMC|BMC|XCC|IMM2?|UEFI|CPLD|PERC|LC|NIC|RAID|Redfish|IPMI|SPS|ME|HBA)"
    rb"[ :=]{1,2}v?$"
    rb"|\bid-(?:ce|kp|pe|pkix|at|ad|qt)(?:-[a-zA-Z\d]{2,40}){1,3}[\"']?"
    rb"[ \t:=({]{1,6}[\"']?$"
    rb"|\b(?:x509v3|subjectAltName|keyUsage|extKeyUsage|basicConstraints"
    rb"|(?:subject|authority)KeyIdentifier|crlDistributionPoints|certificatePolicies)"
    rb"[ :=(]{1,3}$"
    rb"|\b(?:section|chapter|clause|paragraph|table|figure|appendix|\xc2\xa7) ?$"
    rb"|\b(?:image|tag(?:ged)?|pull(?:ed|ing)?(?: from)?|push(?:ed|ing)?)[:=]? [\"'`]?"
    rb"[\w.-]+(?:/[\w.-]+)+:$"
    rb"|\b(?:mise \xc3\xa0 jour|aktualisierung|actualizaci\xc3\xb3n|aggiornamento"
    rb"|atualiza\xc3\xa7\xc3\xa3o|aktualizacj[aie]|uppdatering(?:en)?|op?pdatering(?:en)?)"
    rb"(?: (?:auf|vers|en|a|alla|para|do|til|till|de|la|version|wersji|versione?))"
    rb"{0,3} $"
    rb"|\b(?:update|upgrade|downgrade)s? (?:auf|von|naar|vers|a|na|til|till)"
    rb"(?: (?:die )?version)? $"
)
# Chrome/125.0.0.0, 12.1.0.2 -> 19.22.0.0
_PRODUCT_BEFORE = re.compile(rb"[A-Za-z]{2}/$|\d ?[-=]> ?$")
_MASKS = frozenset(
    str(ipaddress.IPv4Network(f"0.0.0.0/{bits}").netmask).encode()
    for bits in range(1, 33)
)


_RESERVED = 240  # where our tokens are


@validator
def ipv4(value: bytes, before: bytes, after: bytes) -> bool:
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
    if value.endswith(b".0.0") and _PRODUCT_BEFORE.search(before[-6:]):
        return False
    if _RELEASE_AFTER.match(after) or _OID_AFTER.match(after) and parts[:2] == _X500:  # noqa: RUF021 - reads well
        return False
    if _GENESYS.fullmatch(value) and (_PRODUCT.search(before) or _ARROW.search(before)):
        return False
    if _CHAIN.search(before) and not _PRIVATE.match(value):
        return False
    if _MAVEN.search(before) or _VERSION_BEFORE.search(before):
        return False
    return not _of_a_manual(value, before)


def _of_a_manual(address: bytes, before: bytes) -> bool:
    """Tell what RFC 5737 and 3849 leave to manuals, where a sentence says so."""
    return address.lower().startswith(_MANUALS) and bool(_IN_A_MANUAL.search(before))


_MANUALS = (b"192.0.2.", b"198.51.100.", b"203.0.113.", b"2001:db8:", b"2001:0db8:")
_IN_A_MANUAL = re.compile(
    rb"(?i)(?<![\w.-])(?:(?:for )?example(?![.\w-])|e\. ?g\.|such as|documentation"
    rb"|z\. ?b\.|(?:zum )?beispiel|par exemple|por ejemplo|ad esempio|bijvoorbeeld"
    rb"|rfc ?(?:5737|3849))[^\n]*$"
)


# Nine bytes of what follows are all there is.
_RELEASE_AFTER = re.compile(
    rb"(?i),? [(\[]?build\b| (?:or|and|oder|of|ou|o|und) (?:new|lat|hig|abo|gre|neu"
    rb"|h\xc3|nie|hog|sup|post)"
)
_OID_AFTER = re.compile(
    rb"(?i)=|,?[ )]\(?(?:name|desc|syntax|sup|critical)\b|\s?[{(]|:? ?(?:x\d{3}|subject"
    rb"|issuer|key ?us|basic ?c|ext|authori|crl|critical|policy|certific|common)"
)
_X500 = [b"2", b"5"]
# A library's coordinates: com.acme.core:acme-databind:2.15.3.1.
_MAVEN = re.compile(
    rb"(?<![\w.:/@-])(?:com|org|net|io|edu|gov|dev|info|androidx?|javax?|jakarta)"
    rb"(?:\.[a-zA-Z][\w-]*)+:[a-zA-Z][\w.-]*:(?:[a-z][\w-]{1,20}:)?$"
    rb"|(?<![\w.:/@-])([a-z]+-[a-z][a-z-]{1,40}):\1:(?:[a-z]{2,12}:)?$"
    rb"|^(?=.{40}$)[\w-]*(?:\.[a-z][\w-]*)+:[a-z][\w.]*-[\w.-]*:$"
)
# Releases of contact centres' servers look like addresses of a few owners of /8s.
_GENESYS = re.compile(rb"[789]\.[0-6]\.\d{1,3}\.\d{1,3}")
_PRODUCT = re.compile(
    rb"(?<![\w.-])(?:[A-Z][\w-]+ )?(?!(?:From|To|Host|Peer|Client|IP|Address|On|By|At"
    rb"|Via|Addr|Gateway|DNS|NTP|Source|Destination|Src|Dst|Remote|Local|Ping|Node) $)"
    rb"[A-Z][\w-]+ $"
)


# From one release to the next, and so on: 12.1.55.302 -> 13.1.49.13 -> 14.1.29.63.
_ARROW = re.compile(rb"(?<![\d.])\d+(?:\.\d+){3} ?[-=]> ?$")
_CHAIN = re.compile(rb"(?<![\d.:])(?:\d+(?:\.\d+){2,3} ?[-=]> ?){2}$")
_PRIVATE = re.compile(rb"10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|100\.|169\.254\.")


_PORTED = re.compile(rb":\d{1,5}$")
_NETSTAT = re.compile(rb"(?:tcp|udp)\d +\d+ +\d+ $")
_LOCAL_END = re.compile(rb"[\da-f:]:(?:\d{1,5}|\*) +$")
_STATE = re.compile(rb" +(?:LIST|ESTA|TIME|CLOS|FIN_|SYN_|LAST)")


def _in_netstat(before: bytes, after: bytes) -> bool:
    """Tell whether an address stands in netstat's columns, a port glued to it."""
    if _NETSTAT.search(before):
        return True
    return bool(_LOCAL_END.search(before) and _STATE.match(after))


_IPV6_USED = re.compile(
    rb"(?i)(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89a-f][\da-f]):|64:ff9b:"
    rb"|(?:::|(?:0{1,4}:){5})ffff:"
)


@validator
def ipv6(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what lies in address space in use; `a::b` and times do not.

    An embedded IPv4 address is left to the rule for those.
    """
    if not _IPV6_USED.match(value):
        return False
    if after[:1] == b" " and _PORTED.search(value) and _in_netstat(before, after):
        return False
    return not _of_a_manual(value, before) and _parses_as_ipv6(value)


@functools.lru_cache(4096)
def _parses_as_ipv6(value: bytes) -> bool:
    try:
        ipaddress.IPv6Address(value.decode())
    except ValueError:
        return False
    return True


@validator
def mac(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take hardware addresses, not broadcast, nil, multicast or a dashed time."""
    digits = re.sub(rb"[:._-]", b"", value).lower()
    if digits in {b"0" * 12, b"f" * 12} or digits.startswith((b"01005e", b"3333")):
        return False
    return not (b"-" in value and digits.isdigit())


# Endings that are file names, code or English far more often than hosts.
_DOUBTFUL = frozenset(
    b"""ac ad ag ai al am app as at ba bar be bin box by cab cc cd cl cm cs date day
    do dot fm foo gd gl gz hm id im in info is it java js la lat li link live lock log
    ls map md me mk ml mobi mo mov ms my name new no now nr of one ong page pid pl pm
    pn pr pro ps py rs run sc sh so st sub sv sy tc td tel test tf to top tt us vc
    vi work ws zip zone""".split()
)
_FILES = frozenset(
    b"""bar bin cab cc cs dot gz hm java js la lock log ls map md mk ml mo mov pl pm ps
    py rs run sc sh so st sub tar tf tt ws zip""".split()
)
_COUNTRIES = frozenset(b"be it at pl rs in no us".split())  # which are words, too
_TEMPLATES = frozenset(
    b"conf json spec service html yaml yml desktop timer socket config toml".split()
)
_PACKAGE_HEADS = frozenset(
    b"""com org net java javax sun jdk io edu android androidx kotlin scala akka kafka
    jakarta system microsoft windows namespace self this module spring hibernate app
    std os sys config logging log math""".split()
)
_NO_HOSTS = frozenset(
    b"""localhost.localdomain asp.net ado.net vb.net core.windows.net""".split()
)
_HOST_PREFIXES = (b"www.", b"mail.", b"ns", b"smtp.", b"ftp.", b"vpn.")


@validator
def email(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take mail addresses; not pictures, package versions, ciphers or URL logins."""
    name, _, domain = value.lower().rpartition(b"@")
    ending = domain.rpartition(b".")[2]
    if (name == b"git" or USERINFO.search(before)) and _is_public(domain):
        return False
    if name == b"git" and before.endswith(b"://"):
        return False  # everybody logs in so: the host has a rule of its own
    if ending in _PICTURES or domain in _NAMING_CIPHERS:
        return False
    return ending.isalpha() or ending.startswith((b"xn--", *_HIGH))


USERINFO = re.compile(rb"://[^/@\s]*$")
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
    if name in names or name.endswith(below):
        return True
    first, _, rest = name.partition(b".")
    return first in _FOR_READERS and rest in names


_FOR_READERS = frozenset(
    b"""www docs doc help support developer developers status community blog learn
    download downloads knowledge kb""".split()
)


@functools.cache
def _endings() -> frozenset[bytes]:
    return frozenset(word.encode() for word in wordlist("endings"))


@validator
def fqdn(value: bytes, before: bytes, after: bytes) -> bool:
    """Take names under a known top-level domain; not files, packages or methods."""
    name = value.lower()
    labels = name.split(b".")
    ending = labels[-1]
    in_url = before.endswith((b"://", b"\\/"))
    if (
        _is_field(labels, before, after)
        or after[:1] == b"("
        or (after[:1] == b"\\" and not in_url and not _ESCAPED.match(after))
    ):
        return False
    if not (ending in _endings() or in_url) or not all(labels):
        return False
    section = before == b"[" and after[:1] == b"]" and not after[1:2].strip()
    shown = ending in _RESERVED_NAMES and _IN_A_MANUAL.search(before)
    if section or shown or name in _NO_HOSTS or _is_public(name):
        return False
    told = _HOST_BEFORE.search(before) or _ADDRESS_AFTER.match(after)
    if told or in_url or name.endswith(_ROUTERS) or before.endswith((b"@", b"//")):
        return True
    if value != name and any(b"a" <= label[:1] <= b"z" for label in labels):
        mixed = re.search(rb"[a-z][A-Z]|\.[A-Z][a-z]", value)
        if mixed:
            return False
    if labels[0] in _PACKAGE_HEADS or len(labels[0]) == len(labels) - 1 == 1:
        return False  # com.acme.x, or a column: a.city
    own = len(labels) > 2 and name.startswith(_HOST_PREFIXES)  # noqa: PLR2004 - not mail.to
    if ending in _DOUBTFUL and not own:
        if ending in _COUNTRIES and len(labels) > 2 and len(labels[-2]) > 3:  # noqa: PLR2004 - a domain and its host
            word = labels[-2].decode()
            known = ending in _FILES | {b"in", b"no", b"us"}
            return not known or not (
                labels[-2] in _TEMPLATES or word in wordlist("common")
            )
        inner = labels[1:-1] if ending in _FILES else labels[:-1]
        return any(label in _endings() or b"-" in label for label in inner)
    return True


_RESERVED_NAMES = frozenset((b"example", b"test", b"invalid"))


def _is_field(labels: list[bytes], before: bytes, after: bytes) -> bool:
    """Tell a field's path or an object's member, user.email, from a name."""
    first, *between, last = labels
    member = last in _MEMBERS and labels[-2] in _OBJECTS and first in _OBJECTS
    if member or (first in _ROOTS and between and _OBJECTS.issuperset(between)):
        return not before.endswith((b"@", b"/"))
    quoted = len(labels) == 2 and before[-1:] == after[:1] != b""  # noqa: PLR2004 - a field's path
    named = quoted or after[:1] in {b"=", b"["} or b"_" in labels[0]
    if labels[-1] in _DOUBTFUL and _SETS.match(after):
        return not before.endswith((b"@", b"/"))  # group.id=x
    if labels[-1] == b"id" and len(labels) == 2 and labels[0] in _endings():  # noqa: PLR2004 - a field's path
        return not before.endswith((b"@", b"/"))
    return labels[-1] in _FIELDS and named


_SETS = re.compile(rb"[ \t]{0,8}=(?![=>])")
# A port's colon in a Java properties file, and a line's end as programs print it.
_ESCAPED = re.compile(rb"\\(?::\d|\\?r\\{1,2}n|\\?n[^a-z\\])")
_HOST_BEFORE = re.compile(
    rb"(?i)(?:\b(?:connect(?:ed|ing)? to|e?hlo|lookup|resolv\w{1,5}|ping)"
    rb"|(?:host(?:_?name)?|server(?:_?name)?|fqdn|domain|relay|mx|peer)[\"']?\s?[=:]"
    rb"|\bdomain[- ](?:name|list|lookup|search))"
    rb"[ =\"'<(]{0,3}$|\bsips?:$|received: from \S+ \(|\]\) by $|#httponly_$"
)
_ADDRESS_AFTER = re.compile(rb"/(?:\d{1,2}\.|\d{3})")  # as Java writes host/address
_FIELDS = frozenset(b"app email host invalid name site store test web world".split())
# Members of objects in code, user.email, and the names of routers at home.
_MEMBERS = _FIELDS | frozenset(
    b"""company city group page post link domain team network media support health
    zone address""".split()
)
_OBJECTS = frozenset(
    b"""user users customer account contact person member profile client agent order
    req request res response body params query data item row record form state props
    ctx context session event payload self this config cfg settings options opts env
    location employee owner author sender recipient address company window document
    target input result entry patient guest""".split()
)
# What code takes members' members from.
_ROOTS = frozenset(b"request req res response self this ctx props params event".split())
_ROUTERS = (b".fritz.box", b".easy.box", b".home.arpa")
_CAMEL = re.compile(rb"(?:[A-Z][a-z]+){3,}")  # EventRouteRequest
_HOST_STOP = frozenset(
    b"""http https sha1 sha256 sha384 sha512 md5 sha0 sha000 md0
    localhost null none true false unknown undefined any all is was are not and or
    connected disconnected connecting
    the for from to down up name host server unreachable key error ok default
    new old remote local client port info warn warning debug trace fatal critical
    backend upstream frontend app web api gateway
    dial totp hotp dedicated notice verbose version stdout stderr severe fine finer
    finest config openjdk java hotspot graalvm openj9 openj0 dalvik
    localhost.localdomain localhost0 localhost4 localhost6 linux windows darwin freebsd
    openbsd netbsd sunos solaris aix hp-ux
    example.com example.org example.net""".split()
)


@validator
def host_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed host name; addresses have rules of their own."""
    name = value.lower().rstrip(b".")
    if after.startswith(b"://"):
        return False
    if name in _HOST_STOP or not re.search(rb"[a-z]", name) or len(name) < 2:  # noqa: PLR2004 - one letter is no name
        return False
    if b"." in name and _is_public(name):
        return False
    if after[:1] == b"(" or before.endswith((b"$", b"%")):
        return False
    quoted = after.lstrip(b"\\").startswith((b'"', b"'"))
    if after[:1] == b"\\" and not quoted and not _ESCAPED.match(after):
        return False
    if _CAMEL.fullmatch(value) or _IN_MANUALS.fullmatch(value):
        return False
    if before.endswith(b"<") and after[:1] == b">" and name in _LEFT_OPEN:
        return False
    if name in _NODE_MODULES and before.endswith((b"node:", b"(node:")):
        return False
    return not re.fullmatch(rb"[\d.]+|v?\d+(\.\d+)+|[\da-f]{12,}", name)


# What manuals write where a name is to be put: myServerAddress, <hostname>.
_IN_MANUALS = re.compile(
    rb"my(?:[A-Z][a-z]+)?(?:Server(?:Address|Name)?|Host(?:[Nn]ame)?|Machine(?:Name)?)"
    rb"|(?i:your)[_-](?i:[a-z]+[_-]){0,4}(?i:[a-z]+)"
)
_LEFT_OPEN = frozenset(
    b"""hostname host_name host-name servername server_name server-name fqdn host-fqdn
    nodename node_name node-name computername machinename rechnername""".split()
)
_NODE_MODULES = frozenset(
    b"""net http https http2 http0 fs tls dns url util path stream events timers process
    child_process cluster crypto buffer os zlib vm worker_threads async_hooks internal
    readline perf_hooks assert dgram diagnostics_channel test v8 v0
    _http_client""".split()
)


_NO_MACHINE = re.compile(
    rb"""(?ix) (?:x86|amd|arm|linux|utf|sha|md|aes|rsa|tls|ssl|http|iso|ipv?|log
    |curl|libcurl|python|java|jdk|php|ruby|node|nodejs|go|openjdk|eth|ens|enp|tcp|udp|port
    |pid|tid|thread|pool|exec|nio|ver|rev|build|rc|alpha|beta|v|step|page|item|line|row|col
    |level|stage|phase|group|user|test|type|version|release|cp|base|mp|h|q)[_\-]?\d+.*
    | (?:win|r)[_\-]?\d+(?![a-z\d]).*
    | (?:queue|partition|shard|schema|container|pts|tty|template|uuid|bond|sd[a-z]|disk
    |slot|topic|table|region|zone|channel|bucket|index|job|task|process|layer|vlan|lun
    |volume|snapshot|branch|eno|step)s?[_\-]?\d[\w\-]*
    | (?:us|eu|ap|sa|ca|me|af|il|cn)-(?:[a-z]+-)*[a-z]+-?\d[a-z]?
    | (?:i|ami|vol|snap|eni|subnet|vpc|sg|rtb|igw)-[0-9a-f]{6,}
    | [0-9a-f\-]{8,} | \S*(?:linux|windows|darwin|gnu|musl)\S*
    | \S*(?:pool|thread|queue|executor|consumer|producer|listener)[_\-]?\d+
    | (?:consumer|producer)-[\w\-]+ """
)


@validator
def machine(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what looks like the name of one machine, where the key leaves doubt."""
    name = value.rpartition(b"/")[2]
    if not re.fullmatch(
        rb"[\w\x80-\xff][\w.:\\\x80-\xff-]*", name
    ) or _NO_MACHINE.fullmatch(name):
        return False
    return host_name(name, before, after)


_NO_PLACE = re.compile(
    rb"""(?ix) (?:eth|ens|eno|enp|em|wlan|wlp|bond|br|team|vlan|tun|tap|lo|loopback|veth
    |docker|virbr|vmnic|vmk|gi|te|fa|xe|ge|et|po|ae|irb|wg|ppp|utun|awdl|serial|tunnel
    |bvi|vnet|igb|swp|mgmt|(?:fast|gigabit|tengigabit)?ethernet|interface|channel|slot
    |cpu|core|gpu|disk|sd[a-z]|hd[a-z]|nvme|tty\w{0,2}|pts|dm|md|lun|vol|raid|fan|psu
    |rhel|centos|debian|ubuntu|sles|windows|win|winnt|macos|ios|android|fedora|alpine
    |chrome|firefox|safari|edge|java|jdk|python|perl|ruby|php|node|pg|postgres|mysql
    |mariadb|oracle|db|mssql|kb|cve|rfc|iso|ora|err|errno|error|warn|code|status|http
    |sha|md|aes|rsa|utf|base|crc|sig|key|int|uint|float|str|var|arg|param|col|field|tab
    |day|week|month|year|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed
    |thu|fri|sat|sun|utc|gmt|q|h|kw|covid|mp|ipv|layer|l|level|tier|phase|part|chapter
    |ticket|case|issue|pr|bug|inc|req|chg|job|task|step|stage|run|build|release|version
    |ver|rev|rc|beta|alpha|hotfix|patch|fix|shard|partition|replica|segment|block|offset
    |zone|region|rack|row|bay|pod|unit|queue|pool|thread|worker|proc|process|session|conn
    |port|pin|gpio|line|page|item|sheet|fig|table|section|rule|policy|acl|group|team|floor
    |room|gate|dock|lane|step|seat|agent|user|account|test|tests|demo|sample|example|foo
    |file|log|config|cfg|img|image|video|audio|stream|frame|packet|msg|message|event
    |lib\w*|py\w*|\w*lib|boto|mswin|wow|ppc|aarch|armv?|loong(?:arch)?|tlsv?|sslv?|sse
    |latin|uts|ucs|big|curve|blake|pbkdf|vsys|non-\w*|mid|early|late|perl\w*)
    [\-_]?\d[\d.\-_a-z]{0,6}
    | (?:eni|pcx|cve|acl|nat|tgw|eipalloc|lt|asg|kube|default-token)-[\da-z\-]+ """
)


@validator
def placed(value: bytes, before: bytes, after: bytes) -> bool:
    """Take the name of a machine that something is on or from; not a part of one."""
    if _NO_PLACE.fullmatch(value) or not machine(value, before, after):
        return False
    least = 2 if b"-" in value else 3
    words = re.findall(rb"[a-z]{%d,}" % least, value.lower())
    common = wordlist("common")
    return any(word.decode() not in common for word in words)
