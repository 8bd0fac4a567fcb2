"""A customer of each vendor at the command line, our own desk as the vendor's side."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import tomli_w

from tests.cli.conftest import Cli, Said

MONDAY = "2026-03-02T12:00:00Z"

OPENING: Mapping[str, tuple[str, ...]] = {
    "citrix": (
        "--severity=medium",
        "--impact=40 clerks wait for each screen",
        "--answer=production-down=no",
    ),
    "generic": (
        "--severity=medium",
        "--impact=40 clerks wait for each screen",
        "--answer=production-down=no",
    ),
    "genesys": (
        "--severity=medium",
        "--impact=twelve agents call customers back by hand",
        "--set=accounts.end_user=Acme",
        "--set=accounts.sold_to=Acme",
        "--set=product.category=Products",
        "--set=product.name=Framework",
        "--set=product.release=8.5",
        "--set=product.version=8.5.103",
        "--set=environment.type=Production",
        "--set=environment.os=RHEL 9",
        "--set=subtype=Problem",
    ),
    "hotline-portal": (
        "--severity=medium",
        "--impact=the press stands",
        "--answer=production-down=no",
        "--answer=known-issues=none that fits",
        "--set=subject_type=machines",
        "--set=product.name=Press 4",
    ),
}
SUBJECT = "--subject=Calls are dropped after transfer"
TEXT = "--message=Since the update every third call ends when it is moved on"
ROLES = {"genesys": "designated-contact"}


@dataclass
class Vendor:
    """One vendor's customer, and an agent on the other side of the desk."""

    cli: Cli
    policy: str

    def __call__(self, *words: str, at: str = MONDAY, code: int = 0) -> Said:
        """Run a command at a moment and insist on its exit code."""
        return self.cli(*words, code=code, CASECLI_CLOCK=at)

    def open(self, *more: str, at: str = MONDAY) -> Any:
        """Open a case that is in order but for what `more` changes."""
        return self(*self._opening(more), "--json", at=at).json

    def open_refused(self, *more: str, at: str = MONDAY) -> list[Any]:
        """Give the findings that keep such a case from being opened."""
        return self.refused(*self._opening(more), at=at)

    def refused(self, *words: str, at: str = MONDAY) -> list[Any]:
        """Give the findings that refuse a command."""
        said = self(*words, "--json", at=at, code=5)
        return list(said.error["findings"])

    def may(self, action: str, *words: str, at: str = MONDAY) -> list[str]:
        """Give the rules that remark on what `policy check` allows for L1."""
        said = self("policy", "check", action, "L1", *words, "--json", at=at)
        return [each["rule"] for each in said.json["findings"]]

    def may_not(self, action: str, *words: str, at: str = MONDAY) -> list[Any]:
        """Give the findings by which `policy check` refuses an action for L1."""
        said = self("policy", "check", action, "L1", *words, "--json", at=at, code=5)
        found = said.json["findings"]
        return [each for each in found if each["effect"] in ("deny", "require")]

    def case(self) -> Any:
        """Show L1."""
        return self("show", "L1", "--json").json

    def agent(self, *words: str, at: str = MONDAY) -> None:
        """Let the vendor do something, and take it in."""
        self("-p", "support", "desk", *words, at=at)
        self("sync", at=at)

    def also(self, name: str, **profile: Any) -> None:
        """Write another profile at the same desk."""
        write_profiles(self.cli, {name: profile})

    def settings(self, **settings: str) -> None:
        """Set what the contract says; `__` stands for the dot of a key."""
        said = {key.replace("__", "."): value for key, value in settings.items()}
        write_profiles(self.cli, {"vendor": {"settings": said}})

    def _opening(self, more: tuple[str, ...]) -> tuple[str, ...]:
        return ("open", SUBJECT, TEXT, *OPENING[self.policy], *more, "--no-input")


def write_profiles(cli: Cli, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Lay profiles over those of the home's configuration."""
    file = cli.home / "config" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = {"profile": "vendor"}
    if file.exists():
        known = tomllib.loads(file.read_text())
    tables = known.setdefault("profiles", {})
    for name, profile in profiles.items():
        tables[name] = {**tables.get(name, {"backend": "desk"}), **profile}
    file.write_text(tomli_w.dumps(known))


@pytest.fixture(scope="session")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Vendor]:
    """Become the customer of a vendor in a fresh home; `profile` as it is configured.

    Also for fixtures of a module, whose home many refusals may share.
    """

    def become(policy: str, **profile: Any) -> Vendor:
        folder = tmp_path_factory.mktemp(policy)
        environ = {
            "CASECLI_HOME": str(folder / "home"),
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "USER": "kim",
            "COLUMNS": "100",
        }
        cli = Cli(folder / "home", environ)
        role = ROLES.get(policy, "customer")
        given = {"policy": policy, "role": role, **profile}
        write_profiles(cli, {"vendor": given, "support": {"role": "agent"}})
        return Vendor(cli, policy)

    return become


def rules(findings: list[Any]) -> list[str]:
    """Give the rules of findings."""
    return [each["rule"] for each in findings]


def fields(findings: list[Any]) -> list[str]:
    """Give the fields of findings."""
    return [each["field"] for each in findings]
