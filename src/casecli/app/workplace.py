"""Everything a use case touches, handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.app.reading import no_case
from casecli.domain.errors import BadInput, Refused
from casecli.domain.judgement import judge, refusals
from casecli.domain.urgency import softened

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from casecli.domain.case import Case, Waiver
    from casecli.domain.policy import Actor, Finding, Policy, Request
    from casecli.domain.ports import Conditions, Scrubber, Spool, Store, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """One profile's policy and actor, our storage, the gate, the clock."""

    profile: str
    policy: Policy
    actor: Actor
    store: Store
    spool: Spool
    vault: Vault
    scrubber: Scrubber
    conditions: Conditions
    now: Callable[[], datetime]
    new_key: Callable[[], str]
    waivers_allowed: bool = True

    def case(self, ref: str) -> Case:
        """Read a case of the cache.

        Raises:
            NotFound: there is none.
        """
        case = self.store.case(ref)
        if case is None:
            raise no_case(self.store, ref)
        return case

    def judge(
        self,
        action: str,
        case: Case | None,
        request: Request,
        *,
        urgent: bool = False,
    ) -> tuple[Finding, ...]:
        """Judge an action of this profile's actor now; urgent: what can wait warns."""
        findings = judge(
            self.policy,
            action,
            case,
            self.actor,
            request,
            self.now(),
            self.conditions,
        )
        return softened(findings) if urgent else findings

    def insist(
        self,
        action: str,
        case: Case | None,
        request: Request,
        waivers: tuple[Waiver, ...] = (),
        *,
        urgent: bool = False,
    ) -> tuple[Finding, ...]:
        """Judge, and give the findings that do not refuse.

        Raises:
            BadInput: the case is of another profile, so of another vendor.
            Refused: with every finding that does.
        """
        if case is not None and case.profile not in ("", self.profile):
            raise BadInput(
                f"case {case.label} belongs to profile {case.profile!r}, "
                f"not to {self.profile!r}",
                f"casecli --profile {case.profile} {action} {case.ref}",
            )
        findings = self.judge(action, case, request, urgent=urgent)
        refused = refusals(findings, waivers if self.waivers_allowed else ())
        if refused:
            raise Refused(action, refused)
        return tuple(each for each in findings if each not in refused)
