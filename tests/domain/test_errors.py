"""What people and scripts learn from an error."""

from __future__ import annotations

import pytest

from casecli.domain import errors
from casecli.domain.policy import Effect, Finding

LOW = Finding(rule="X-LOW", effect=Effect.DENY, message="low cases wait")
ROLE = Finding(rule="X-ROLE", effect=Effect.DENY, message="a reader may not close")


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (errors.CaseError("odd"), 1, "error"),
        (errors.BadInput("no such date"), 2, "usage"),
        (errors.NotFound("case", "L9"), 3, "not-found"),
        (errors.NotLoggedIn("no token"), 4, "not-logged-in"),
        (errors.Refused("close", [LOW]), 5, "refused"),
        (errors.ScrubRefused("cannot read"), 5, "scrub"),
        (errors.Conflicted("other arguments"), 6, "conflict"),
        (errors.RemoteRejected("no"), 7, "rejected"),
        (errors.NotDelivered("queued"), 8, "not-delivered"),
        (errors.PartlyDone("one file is missing"), 9, "partly-done"),
        (errors.Unreachable("no route"), 10, "unreachable"),
        (errors.StorageFailed("disk full"), 11, "storage"),
        (errors.AuthError("refused"), 4, "not-logged-in"),
        (errors.PermissionDenied("forbidden"), 7, "permission"),
        (errors.NotFoundRemote("gone"), 3, "not-found"),
        (errors.Invalid("bad value"), 7, "rejected"),
        (errors.VersionConflict("changed"), 6, "conflict"),
        (errors.RateLimited("slow down"), 10, "rate-limited"),
        (errors.TooLarge("too large", 10), 7, "too-large"),
        (errors.Unsupported("cannot"), 7, "unsupported"),
        (errors.Transient("refused"), 10, "unreachable"),
        (errors.Unknown("no answer"), 8, "unknown"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_the_exit_code_and_kind_scripts_rely_on(
    error: errors.CaseError, code: int, kind: str
) -> None:
    assert (error.exit_code, error.kind) == (code, kind)


def test_a_refusal_with_one_finding_says_it() -> None:
    error = errors.Refused("escalate", [LOW], "casecli comment 7")

    assert str(error) == "escalate refused: low cases wait"
    assert error.hint == "casecli comment 7"


def test_a_refusal_with_more_findings_counts_and_carries_them() -> None:
    error = errors.Refused("close", [LOW, ROLE])

    assert str(error) == "close refused: 2 findings"
    assert error.findings == (LOW, ROLE)


def test_other_errors_carry_no_findings() -> None:
    assert errors.BadInput("no").findings == ()


def test_what_was_not_found_is_named() -> None:
    assert str(errors.NotFound("policy", "acme")) == "no policy 'acme'"
