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

_CMDLET = re.compile(
    rb"(?:New|Get|Set|Read|ConvertTo|ConvertFrom|Import)-(?:[A-Z][a-z]+)+(?![\w-])"
)
_AWS_SCOPE = re.compile(rb"[\w.+-]+/\d{8}/[\w/-]+/aws\d_request$")
# What a program assigns: a call of names, a variable's field, an attribute of one.
_CODE = re.compile(
    rb"[A-Za-z_][A-Za-z_.]*\((?:[A-Za-z_\"'][A-Za-z_.\"', ]*)?\)?[;,]?"
    rb"|\$[A-Za-z_]\w*(?:\[|->|::)[^\s]*"
    rb"|[a-z_]+(?:\.[a-z_]+)*\[[\"']?[A-Za-z_]*[\"']?\]?;?"
    rb"|(?:self|this|props|form|req|request|options|opts|args|ctx|config|params"
    rb"|settings|event|body|user|state)(?:\.[A-Za-z_]+)+[;,]?"
)
_SWITCH = frozenset(b"true false none null yes no on off".split())
_TOLD = frozenset(b"must should has is was will can cannot may not".split())


_MESSAGE = re.compile(
    rb"(?i)(?:error|message|msg|label|hint|title|help|invalid|bad|missing|required|wrong"
    rb"|forgot|placeholder|tooltip|description)[\w.\-]*[ \t]*[=:][ \t]*[\"']?$"
)


def _is_program(value: bytes, before: bytes) -> bool:
    """Tell what a program says instead of a secret: a cmdlet, a call, a variable."""
    if _CMDLET.match(value):
        return True
    return bool(_CODE.fullmatch(value)) and not before.endswith((b'"', b"'"))


def _is_message(value: bytes, before: bytes) -> bool:
    """Tell what a program says about a secret: a translation, `${PW:?not set}`."""
    if value.startswith(b"?") and re.search(rb"\$\{\w+:$", before):
        return True
    words = re.fullmatch(rb"[A-Za-z\x80-\xff'.,!]+(?: [A-Za-z\x80-\xff'.,!]+)*", value)
    return bool(words and _MESSAGE.search(before))


@validator
def secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed secret; not what is masked, a reference, or prose."""
    word = value.strip(b" \t\"'`,;:.").lower()
    if value.startswith(b"-----BEGIN") or _is_program(value, before):
        return False
    if _AWS_SCOPE.match(value):  # the key in front of it is known by itself
        return False
    if not word or word in NOT_SECRET or MASKED.fullmatch(value.strip()):
        return False
    if before[-1:] == b"<" and after[:1] == b">" and PLACEHOLDER.fullmatch(value):
        return False
    if TO_FILL_IN.fullmatch(value) or _is_message(value, before):
        return False
    first = value.split()[0]
    told = first.lower() in _TOLD or not re.search(rb"\d", word)
    told = told or first.lower() in _SWITCH
    prose = b" " in word and told and first.strip(b"\"',:;.").lower() in NOT_SECRET
    if prose or MASKED.fullmatch(first):
        return False
    if before[-1:] == b" " and re.search(rb"(?i)pwd\W*$", before):
        return not value.startswith(b"/")
    if re.search(rb"(?i)\bpwd\W{0,3}$", before) and value.startswith(b"/"):
        return False
    return not (after[:1] == b"(" and re.fullmatch(rb"[A-Za-z_][\w.]*", value))


@validator
def strong_secret(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a keyed token or key: longer than a word, or with digits in it."""
    if not secret(value, before, after) or value.isdigit() and len(value) < 6:  # noqa: PLR2004, RUF021 - counts and ports
        return False
    if b"@" in value and USERINFO.search(before):
        return False
    if re.fullmatch(rb"[A-Z]?[a-z]+(?:[ _.-][A-Za-z]+)*", value):
        return len(value) > 15 and b" " not in value and b"." not in value  # noqa: PLR2004 - prose is shorter
    return len(value) >= 6  # noqa: PLR2004 - shorter ones are flags
