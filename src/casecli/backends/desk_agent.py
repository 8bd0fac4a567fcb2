"""The support side of our own desk: what agents do with cases.

Every method is one transaction and gives a receipt. `now` is when it is done; `key`
makes a repetition harmless: the same key for the same thing gives the first receipt.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from casecli.backends.desk import Desk
from casecli.backends.desk_casework import Incoming
from casecli.backends.desk_records import AGENT
from casecli.domain.case import (
    ActionItem,
    EscalationState,
    Feed,
    Rejection,
    Status,
    Visibility,
    WaitingOn,
)
from casecli.domain.errors import BadInput, Invalid, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from casecli.backends import BackendOptions
    from casecli.backends.desk_casework import CaseWork
    from casecli.domain.change import Receipt

WAITING: Mapping[str, tuple[Status, WaitingOn]] = {
    "customer": (Status.WAITING_ON_CUSTOMER, WaitingOn.CUSTOMER),
    "third-party": (Status.WAITING_ON_THIRD_PARTY, WaitingOn.THIRD_PARTY),
}


class DeskAgent:
    """The desk as an agent works it; `desk` is the same file as a backend.

    Every method raises `NotFoundRemote` for an unknown case, and `Invalid` where the
    state of the case or of its escalation does not allow it.
    """

    def __init__(self, options: BackendOptions) -> None:
        if options.role != AGENT:
            raise _no_agent(options.role)
        self.desk = Desk(options)
        if self.desk.person.role != AGENT:
            self.desk.close()
            raise _no_agent(self.desk.person.role)

    def reply(
        self,
        number: str,
        text: str,
        feed: Feed = Feed.CASE,
        *,
        internal: bool = False,
        now: datetime,
        key: str = "",
    ) -> Receipt:
        """Say something to the customer, or among agents; also on ended cases."""
        visibility = Visibility.INTERNAL if internal else Visibility.PUBLIC
        said = {"text": text, "feed": feed, "visibility": visibility}

        def act(work: CaseWork) -> None:
            work.say(_told(text), feed, visibility)

        return self._do("desk-reply", number, said, act, now, key)

    def attach(
        self,
        number: str,
        name: str,
        source: BinaryIO,
        note: str | None = None,
        *,
        now: datetime,
        key: str = "",
    ) -> Receipt:
        """Hand over a file; its sha256 is taken on the way in."""
        incoming = Incoming(name=name, source=source, note=note)
        key = key or str(uuid4())
        with self.desk.writing(key) as records:
            earlier = self.desk.earlier(records, key, "desk-attach", number)
            if earlier is not None:
                return earlier
            brought = self.desk.bring(records, number, incoming)
            work = self.desk.work_on(records, number, key, now)
            work.attach(brought)
            return work.finish("desk-attach", {"name": name})

    def assign(
        self, number: str, owner: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Give the case to somebody, who begins to work on it."""

        def act(work: CaseWork) -> None:
            work.refuse_ended("assigned")
            work.set(owner=owner)
            if work.case.status is Status.OPEN:
                work.set(status=Status.IN_PROGRESS, waiting_on=WaitingOn.VENDOR)
            work.claims["owner"] = attrgetter("owner")

        return self._do("desk-assign", number, {"owner": owner}, act, now, key)

    def wait(
        self, number: str, on: str, text: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Wait for the `customer` or a `third-party`, and say for what.

        Raises:
            BadInput: `on` is neither.
        """
        if on not in WAITING:
            raise BadInput(
                f"a case waits on {' or '.join(WAITING)}, not on {on!r}",
                hint=f"casecli desk wait {number} --on customer",
            )
        status, waiting_on = WAITING[on]

        def act(work: CaseWork) -> None:
            work.refuse_ended("put to wait")
            work.say(_told(text))
            work.set(status=status, waiting_on=waiting_on)
            work.claims["status"] = attrgetter("status")

        return self._do("desk-wait", number, {"on": on, "text": text}, act, now, key)

    def resolve(
        self, number: str, resolution: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Offer a solution; the customer closes the case, or it is reopened."""

        def act(work: CaseWork) -> None:
            work.refuse_ended("resolved")
            work.say(_told(resolution))
            work.set(
                status=Status.RESOLVED,
                waiting_on=WaitingOn.CUSTOMER,
                resolution=resolution,
            )
            work.claims["resolution"] = attrgetter("resolution")

        said = {"resolution": resolution}
        return self._do("desk-resolve", number, said, act, now, key)

    def close(
        self, number: str, reason: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Close the case from the vendor's side, telling the customer why."""

        def act(work: CaseWork) -> None:
            work.refuse_ended("closed")
            work.say(_told(reason))
            work.end(Status.CLOSED, reason)
            work.claims["close_reason"] = attrgetter("close_reason")

        return self._do("desk-close", number, {"reason": reason}, act, now, key)

    def severity(
        self, number: str, level: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Agree to a severity; what the customer asked for stays as it is."""

        def act(work: CaseWork) -> None:
            work.refuse_ended("given a severity")
            work.say(f"Agreed severity: {_told(level)}")
            work.set(severity_agreed=level)
            work.claims["severity_agreed"] = attrgetter("severity_agreed")

        return self._do("desk-severity", number, {"level": level}, act, now, key)

    def action_item(
        self, number: str, text: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Ask the customer to do something, as an item to tick off and a comment."""

        def act(work: CaseWork) -> None:
            work.refuse_ended("given action items")
            work.say(_told(text))
            item = ActionItem(text=text, at=now)
            work.set(action_items=(*work.case.action_items, item))
            work.claims["action_items"] = attrgetter("action_items")

        return self._do("desk-action-item", number, {"text": text}, act, now, key)

    def items_done(self, number: str, *, now: datetime, key: str = "") -> Receipt:
        """Tick off every action item the customer was given."""

        def act(work: CaseWork) -> None:
            items = work.case.action_items
            if all(each.done_at is not None for each in items):
                raise Invalid(
                    f"no action item of {number} is open",
                    hint=f"casecli desk ask {number} -m TEXT",
                )
            work.set(
                action_items=tuple(
                    each if each.done_at else replace(each, done_at=now)
                    for each in items
                )
            )
            work.say("Done, thank you: what we asked you for.")
            work.claims["action_items"] = attrgetter("action_items")

        return self._do("desk-items-done", number, {}, act, now, key)

    def escalation_accept(
        self, number: str, owner: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Take an escalation on, naming who owns it from now."""

        def act(work: CaseWork) -> None:
            asked = work.live_escalation()
            if asked.state is EscalationState.ACTIVE:
                raise Invalid(
                    f"the escalation of {number} was accepted before",
                    hint=f"casecli escalation show {number}",
                )
            work.change_escalation(
                state=EscalationState.ACTIVE, owner=owner, acknowledged_at=now
            )
            work.say(f"Escalation accepted, owned by {owner}", Feed.ESCALATION)
            work.claims["owner"] = attrgetter("escalation.owner")

        said = {"owner": owner}
        return self._do("desk-escalation-accept", number, said, act, now, key)

    def escalation_reject(
        self, number: str, reasons: str, process: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """Turn an escalation down, with the reasons and the way to go instead."""

        def act(work: CaseWork) -> None:
            work.change_escalation(
                state=EscalationState.REJECTED,
                acknowledged_at=work.live_escalation().acknowledged_at or now,
                closed_at=now,
                rejection=Rejection(reasons=_told(reasons), process=process),
            )
            work.say(f"{reasons}\n{process}".strip(), Feed.ESCALATION)
            work.claims["rejection"] = attrgetter("escalation.rejection")

        said = {"reasons": reasons, "process": process}
        return self._do("desk-escalation-reject", number, said, act, now, key)

    def escalation_close(
        self, number: str, text: str, *, now: datetime, key: str = ""
    ) -> Receipt:
        """End an escalation, saying how."""

        def act(work: CaseWork) -> None:
            work.change_escalation(state=EscalationState.CLOSED, closed_at=now)
            work.say(_told(text), Feed.ESCALATION)
            work.claims["state"] = attrgetter("escalation.state")

        said = {"text": text}
        return self._do("desk-escalation-close", number, said, act, now, key)

    def _do(
        self,
        kind: str,
        number: str,
        said: Mapping[str, str],
        act: Callable[[CaseWork], None],
        now: datetime,
        key: str,
    ) -> Receipt:
        key = key or str(uuid4())
        with self.desk.writing(key) as records:
            earlier = self.desk.earlier(records, key, kind, number)
            if earlier is not None:
                return earlier
            work = self.desk.work_on(records, number, key, now)
            act(work)
            return work.finish(kind, said)

    def shut(self) -> None:
        """Let go of the file."""
        self.desk.close()


def _no_agent(role: str) -> PermissionDenied:
    return PermissionDenied(
        f"a {role or 'customer'} cannot work the support side",
        hint="casecli profile add NAME --backend desk --role agent",
    )


def _told(text: str) -> str:
    if not text.strip():
        raise BadInput("there is no text to tell the customer", hint="-m TEXT")
    return text
