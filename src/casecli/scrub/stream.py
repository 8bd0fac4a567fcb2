"""Bytes as they come, cut where the outcome cannot depend on it.

Whole lines are settled together. Only lines over 1 MB are cut, always at the same
places, with the context around them; a private key block is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from casecli.scrub.rule import Expression

CHUNK = 128 * 1024
_LONG_LINE = 1024 * 1024
_CONTEXT = 8 * 1024
_KEY_BLOCK = 64 * 1024
# What a rule reads on into the next line: JSON, YAML, property lists, MT940, what PHP
# dumps, and what was copied from a form: a line that is all a label.
_LABELS = (
    "n[ao]me?|naam|nombre|nachname|cognome|apellidos|nazwisko|prénom|holder|person|dob|id"
    "|partner(?:in)?|contacto|interlocuteur|inhaber(?:in)?|nehmer(?:in)?|kunden|titulaire"
    "|intestatario|reported by|anrufer(?:in)?|melder(?:in)?|nummer|numero|nr\\.?|number"
    "|no\\.?|mrn|referenz|konto|client|contrat|adhérent|abonné|assuré|police|compte"
    "|cliente|contrato|contratto|póliza|polizza|socio|abonado|cuenta|apólice|conta"
    "|klienta|umowy|polisy|birth|birth ?date|datum|dato|tag|aika|naissance|nacimiento"
    "|nascita|nascimento|urodzenia|anschrift|address|adress?e?r?|empfänger|absender"
    "|(?:ship|bill|deliver|sold) to|recipient|destinataire|livraison|facturation|envío"
    "|spedizione|consegna|dostawy"
).encode()
_NAMES = Expression(
    rb"name[\"']?[ \t]*:|</(?:key|name)>|:[ \t]*[|>][+-]?[ \t]*\r?\n|:5\d[A-Z]?:/"
    rb"|\]=>[ \t]*\r?\n|(?:passw\w{1,3}|kennwort|passphrase|mot de passe"
    rb"|contrase\xc3\xb1a|wachtwoord|senha|has\xc5\x82o|l\xc3\xb6senord):?[ \t]*\r?\n"
    rb"|^\[\+?\d{3,15}\]|^[^\n:=]{0,40}(?:" + _LABELS + rb") ?:?[ \t]*\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
# And what it reads some lines further on: blocks of devices, kubeconfig, SWIFT, forms,
# OpenVPN, Terraform, jobs of a mainframe.
_OPENS = Expression(
    rb"aaa-server |(?:radius|tacacs|ldap)(?:-server| server) "
    rb"|(?:securestring|keyname)[\"']|chpasswd:|^users:|whoami"
    rb"|^[ \t]*config user local|^:5\d[A-Z]?:|form-data;|<auth-user-pass>| dd {1,4}\*"
    rb"|<(?:user(?:_?name)?|login|userid|passw\w{1,3}|pwd|passphrase|secret|token)>\s"
    rb"|^variable \"|(?:passw\w{1,3}|pwd|passphrase|secret) ?= ?\\?\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
_FURTHER = 8  # lines
_KEY = re.compile(rb"-----(?:(BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)|END )")

# Whole lines that are still to be settled, behind the number of the first; or what is.
Piece = tuple[int, bytes] | bytes


class Settles(Protocol):
    """What a stream lets settle its stretches; see `Rewriter.settle`."""

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace what begins in `data[low:high]`."""
        ...


class Stream:
    """Scrubs bytes as they come, in constant memory."""

    def __init__(self, rewriter: Settles, chunk: int = CHUNK, line: int = 1) -> None:
        self._rewriter = rewriter
        self._chunk = chunk
        self._pending = b""
        self._before = b""
        self._inside = 0
        self._line = line

    def feed(self, data: bytes) -> bytes:
        """Take more input; give what is settled of it."""
        return b"".join(self.settled(self.pieces(data)))

    def ready(self) -> bytes:
        """Give what is settled of the whole lines so far, however few they are."""
        self._take(b"")
        return b"".join(self.settled(self._pieces(1)))

    def finish(self) -> bytes:
        """Give the rest."""
        return b"".join(self.settled(self.rest()))

    def settled(self, pieces: Iterable[Piece]) -> Iterator[bytes]:
        """Settle pieces one by one."""
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                line, data = piece
                yield self._rewriter.settle(data, 0, len(data), line)[0]

    def all(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """Cut all that comes; see `pieces`."""
        for block in blocks:
            yield from self.pieces(block)
        yield from self.rest()

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Take more input; give pieces that anybody may settle, each by itself.

        Only very long lines are settled here, a stretch at a time. An empty piece
        comes first: what was given out before is to be settled before more is taken.
        """
        for at in range(0, len(data), _LONG_LINE):
            self._take(data[at : at + _LONG_LINE])
            yield from self._pieces(self._chunk)

    def rest(self) -> Iterator[Piece]:
        """Give the last pieces."""
        self._take(b"", last=True)
        yield from self._pieces(self._chunk)
        yield from self._pieces(1, last=True)

    def _take(self, data: bytes, *, last: bool = False) -> None:
        ready = self._prepared(data, last=last)
        self._pending = self._pending + ready if self._pending else ready

    def _prepared(self, data: bytes, *, last: bool = False) -> bytes:  # noqa: ARG002 - for those that look at the input
        """Give of the input what is ready for rules.

        What was held back before is a part of the input; see `_reached`.
        """
        return data

    def _reached(self) -> int:
        """Give the number of the first line that was not ready for rules yet."""
        return self._line + self._pending.count(b"\n")

    def _pieces(self, least: int, *, last: bool = False) -> Iterator[Piece]:
        """Cut while so much is pending."""
        while len(self._pending) >= least:
            eol = self._pending.find(b"\n", 0, _LONG_LINE + 1 - self._inside)
            piece: Piece
            if self._inside or eol < 0:
                yield b""
                piece = self._next_of_long_line(last=last)
            else:
                piece = self._next_lines(last=last)
            if not piece and not last:
                return
            yield piece

    def _next_lines(self, *, last: bool) -> Piece:
        """Take the next whole lines, b"" for none."""
        cut = self._cut(last=last)
        if not cut and not last:
            return b""
        cut = cut or len(self._pending)
        data, self._pending = self._pending[:cut], self._pending[cut:]
        line = self._line
        self._line += data.count(b"\n")
        return line, data

    def _cut(self, *, last: bool) -> int:
        """Find where a run of whole lines ends, before any very long line."""
        data = self._pending
        cut = len(data) if last else data.rfind(b"\n") + 1
        start = 0
        while cut - start > _LONG_LINE:
            near = data.rfind(b"\n", start, start + _LONG_LINE + 1) + 1
            if not near:
                cut = start
                break
            start = near
        cut = min(cut, max(self._chunk, data.find(b"\n") + 1)) if last else cut
        if cut < len(data):
            cut = data.rfind(b"\n", 0, cut) + 1
        if last and cut == len(data):
            return cut
        return self._before_name(self._before_key_block(cut))

    def _before_name(self, cut: int) -> int:
        """Keep lines that name what those behind them give the value of."""
        near, low = cut, max(0, cut - _KEY_BLOCK)
        while near > low:
            begin = self._line_before(near)
            end = min(near, begin + 400)
            if not _NAMES.compiled.search(self._pending, begin, end):
                begin = self._before_opening(near)
            if begin == near:
                return near
            near = begin
        return cut if len(self._pending) > 2 * _KEY_BLOCK else near

    def _before_opening(self, cut: int) -> int:
        """Give where a block begins that the last lines may be of, `cut` for none."""
        first = cut
        for _ in range(_FURTHER):
            first = self._line_before(first)
        opened = _OPENS.compiled.search(self._pending, first, cut)
        return self._line_before(opened.end()) if opened else cut

    def _line_before(self, place: int) -> int:
        """Give where the line begins that ends here."""
        return self._pending.rfind(b"\n", 0, max(place - 1, 0)) + 1

    def _before_key_block(self, cut: int) -> int:
        """Keep together a private key, and others in the place of which one is."""
        low = max(0, cut - _KEY_BLOCK + 1)
        if self._pending.rfind(b"-----BEGIN ", low, cut) < 0:
            return cut
        open_: list[int] = []
        end = -1
        for mark in _KEY.finditer(self._pending, low):
            if mark.start() >= cut and not open_:
                return cut
            if mark[1]:
                open_.append(mark.start())
            elif open_:
                at = open_.pop()
                if mark.start() >= cut and not open_:
                    open_, end = [at], mark.end()
                    break
        if not open_ or open_[0] >= cut:
            return cut
        begin = self._pending.rfind(b"\n", 0, open_[0]) + 1
        if begin:
            return begin
        eol = self._pending.find(b"\n", end) + 1 if end >= 0 else 0
        return eol or (cut if len(self._pending) > 2 * _KEY_BLOCK else 0)

    def _next_of_long_line(self, *, last: bool) -> bytes:
        room = _LONG_LINE - self._inside % _LONG_LINE
        eol = self._pending.find(b"\n", 0, room)
        ends = eol >= 0 or (last and len(self._pending) <= room)
        if not ends and not last and len(self._pending) < room + _CONTEXT:
            return b""
        size = eol + 1 if eol >= 0 else min(room, len(self._pending))
        data = self._before + self._pending[: size + (0 if ends else _CONTEXT)]
        low = len(self._before)
        data, settled, used = self._rewriter.settle(data, low, low + size, self._line)
        self._pending = self._pending[used:]
        out = data[low:settled]
        self._inside = 0 if ends else self._inside + used
        self._before = b"" if ends else data[max(0, settled - _CONTEXT) : settled]
        self._line += eol >= 0
        return out
