"""What stands where a secret would, and is none."""

from __future__ import annotations

import re

MASKED = re.compile(
    rb"""(?ix) ([*x#.\-_?=]|\xe2\x80\xa2|\xe2\x97\x8f)\1* | \*{2,}\S* | x{4,}\S*
    | (?:\*+|x{3,})/\S* | \.[*+]\S* | \\[sdw][*+]\S*
    | [\$\#]{1,2}\{[^}]*\}?\#? | \$\([^)]*\)? | \$[A-Z_]\w* | %[A-Z_]\w*%
    | %\(?\w+\)?s
    | "?%[\-+\#0]?(?:\d{1,3}\$?)?(?:\.\d{1,3})?l{0,2}(?-i:[sdqvxiu])(?:\\n)?[,;"')&|\]]*
    | (__|@@?|\#\#|%%)[A-Z][A-Z_.\-]*\2 | :[A-Z_]+ | @(?:[A-Z_]+|p\d+) | \$\d{1,2}
    | \{\{(?:.*\}\}|(?:(?!\}\}).)+)[,;"']*
    | (?-i:(?:YOUR|INSERT|ENTER|REPLACE)[_-](?:[A-Z]+[_-]){0,4}[A-Z]+)
    | your[_-](?:[a-z]+[_-]){0,4}(?:here|key|token|secret|password|name|user|value|id)
    | (?-i:my(?:[A-Z][a-z]+)?(?:User(?:[Nn]ame|Id)?|Pass[Ww]ord|ServerAddress|ServerName
    |Data[Bb]ase|Token|ApiKey|Domain|Login|Account(?:Name|Key)))
    | \{\w{3,9}\}<[^<>]*>?
    | \{[A-Z_a-z]*\} | \{\w{0,12}\} | [|>][+-]?
    | (?:os|process|system|sys|deno)\.(?:env\w*|getenv)\b.* | getenv\(.*
    | (?:var|local|module|data)\.[a-z_][\w.]*(?:\[.*)? | base64\(.*
    | [a-z_]\w*(?:(?:\.|::|->)\w+)+\(.* | [a-z_]\w*\(\$\w.*
    | [a-z_$][\w.]*(?:\[(?:["']\w*["']|:\w+)\])+[;,)]*
    | (?:[a-z.]*arg[sv]|env|rows?|data|config|cfg|params|opts|values|fields|parts)
    \[\w*\]?
    | (?:string|id|int|boolean|float|bool|number|uuid)[!?]
    | [a-z][a-z/_]{3,20}\d{0,3}[a-z]?: | getter(?:/setter)? | setter | avs=\w
    | x-(?:[a-z]+-){0,4}(?:id|token|key|secret|password|signature|auth|user|session)
    | (?:hmac-?)?(?:sha|md|aes|3?des)-?\d{0,3}(?:-\d{3})?(?:-(?:gcm|cbc|cfb|ctr))?
    | !(?:vault|ref|sub|getatt|importvalue|findinmap|select|join|split|if|condition
    |transform|base64|cidr|reference|env\w*|secret\w*|file|include|var|inherit)\b.*
    | enc\[\w+,(?:data:)?(?:redacted|\.\.\.)\S* | <[^<>]*>?
    | \[[^\]]*\]?
    | .{0,12}(?:redacted|masked|filtered|hidden|omitted|removed).{0,8} """
)
PLACEHOLDER = re.compile(
    rb"(?i)(?:your|my|the|an?|insert|enter|some|set|new|redacted)[ _\-].*"
    rb"|(?:[a-z]+[ _\-])*(?:password|passwd|secret|token|key|here|value)"
    rb"|(?:change|set|fill|replace|put|define)[ _\-]?(?:me|it|this|in|here)"
)
TO_FILL_IN = re.compile(
    rb"(?i)(?:your|insert|enter|replace)[_-](?:[a-z]+[_-]){0,4}[a-z]+|\w+_goes_here"
    rb"|(?-i:CHANGE_?ME|SET_?ME|FILL_?ME|TODO|FIXME|TBD)|NOT_LOGGING_\w+"
    rb"|AutoGenerate(?:,IsolateApps)?"
    rb"|(?:\d+|[\dA-F]{8,16}):error:[\dA-F]{8}:.*"  # OpenSSL's
    rb"|[a-z_]\w*@entry=.*"  # gdb's
    rb"|(?:sk-)?(?:ssh-(?:rsa|dss|ed\d{5})|ecdsa-sha\d-nistp\d{3})(?:@openssh\.com)?"
    rb"|(?-i:(?:[A-Z]+[_-])?(?:PASS(?:W(?:OR)?D|PHRASE|CODE)?|PWD|PW|FILE(?:NAME)?"
    rb"|PATH|STRING|ARG|TEXT|CMD|COMMAND|URL))"
)
I18N = re.compile(
    rb"(?i)(?:^|[\s\"'.])(?:labels?|lbl|placeholder|hint|tooltip|caption|i18n)"
    rb"[._\-][\w.\-]{1,40}[\"']? ?[=:] ?[\"']?$"
)
NOT_SECRET = frozenset(
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
    same-origin include omit inherit
    m p s u retype repeat confirm again re-enter reenter undef getter setter
    getter/setter circular
    secrets passwords tokens credentials
    has\xc5\x82o l\xc3\xb6senord salasana heslo parola
    via using through deleted deleteme cleared revoked""".split()
)
