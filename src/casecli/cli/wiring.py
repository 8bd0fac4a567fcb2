"""Joins settings, storage, gate, policy and vendor; each is built on first use.

`Session` is what commands hold. Nothing heavy is imported at the top: `list` must not
pay for what only `open` needs.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from casecli import settings as configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    import typer

    from casecli.app.delivery import Delivery
    from casecli.app.filing import Filing
    from casecli.app.workplace import Workplace
    from casecli.backends import BackendOptions
    from casecli.cli.asked import CommonOptions
    from casecli.cli.prompt import TerminalPrompter
    from casecli.cli.screen import Screen
    from casecli.credentials import Credentials
    from casecli.domain.calling import Caller
    from casecli.domain.case import Case, Timer
    from casecli.domain.handing import Briefing
    from casecli.domain.policy import Actor, Finding, Policy, Request
    from casecli.domain.ports import Backend, Prompter
    from casecli.domain.sieve import EscalationSieve
    from casecli.policies.conditions import CelConditions
    from casecli.scrub import Gate
    from casecli.scrub.own_rules import RuleFile
    from casecli.settings import Profile, Settings, Style
    from casecli.store.spool import FileSpool
    from casecli.store.sqlite import SqliteStore
    from casecli.vault import FileVault

_KEY = "casecli.session"


class Session:
    """One run of casecli: what was asked for, and everything it may need."""

    def __init__(self, options: CommonOptions) -> None:
        self.options = options
        self._open = ExitStack()

    @classmethod
    def of(cls, ctx: typer.Context) -> Session:
        """Give the run's one session; it is closed when the command ends."""
        from casecli.cli.options import keep_screen, options_of

        session = ctx.meta.get(_KEY)
        if not isinstance(session, cls):
            session = ctx.meta[_KEY] = cls(options_of(ctx))
            ctx.find_root().call_on_close(session.close)
            keep_screen(ctx, lambda: session.screen)
        return session

    def close(self) -> None:
        """Let go of everything that was opened."""
        self._open.close()

    def at_end(self, close: Callable[[], None]) -> None:
        """Have something closed when the run ends, the last opened first."""
        self._open.callback(close)

    @cached_property
    def settings(self) -> Settings:
        """What files and environment say."""
        return configuration.load()

    @cached_property
    def screen(self) -> Screen:
        """Where things are said."""
        from casecli.cli.screen import Screen, decide_color

        options, environ = self.options, self.settings.environ
        columns = environ.get("COLUMNS", "")
        return Screen(
            sys.stdout,
            sys.stderr,
            json=options.json,
            jsonl=options.jsonl,
            fields=options.fields,
            quiet=options.quiet,
            verbose=options.verbose,
            color=decide_color(environ, sys.stdout.isatty(), options.no_color),
            err_color=decide_color(environ, sys.stderr.isatty(), options.no_color),
            width=int(columns) if columns.isdigit() and int(columns) > 0 else None,
            live=not environ.get("CI"),
        )

    @property
    def interactive(self) -> bool:
        """True where a person can be asked: both ends a terminal, nobody said no."""
        silent = self.options.no_input or self.settings.no_input
        ends = (sys.stdin, sys.stderr)
        return not silent and all(end is not None and end.isatty() for end in ends)

    @property
    def offline(self) -> bool:
        """True where nothing may be sent or fetched."""
        return self.options.offline or self.settings.offline

    @cached_property
    def profile(self) -> Profile:
        """The chosen profile."""
        return self.settings.profile(self.options.profile)

    def now(self) -> datetime:
        """Give the time of this program."""
        return self.settings.now()

    def new_key(self) -> str:
        """Make the key of a change: a UUID of version 7, so that keys sort by time."""
        import os
        from uuid import UUID

        milliseconds = int(self.now().timestamp() * 1000)
        number = milliseconds << 80 | int.from_bytes(os.urandom(10))
        number = number & ~(0xF << 76) | 7 << 76
        return str(UUID(int=number & ~(0b11 << 62) | 0b10 << 62))

    def named_key(self, name: str) -> str:
        """Make the key of an intent the user named: same name, same key."""
        from uuid import NAMESPACE_URL, uuid5

        profile = self.profile
        return str(
            uuid5(NAMESPACE_URL, f"{profile.backend} {profile.url} {self.user} {name}")
        )

    @property
    def user(self) -> str:
        """Who we are at the vendor."""
        return self.profile.user or self.settings.user

    @cached_property
    def store(self) -> SqliteStore:
        """The local database, made on first use."""
        from casecli.store.sqlite import SqliteStore

        store = SqliteStore(
            self.data / "casecli.db", derive=self._timers, backend_of=self._backend_of
        )
        self.at_end(store.close)
        return store

    @property
    def data(self) -> Path:
        """The folder of everything that must be kept."""
        return self.settings.folders.data

    @cached_property
    def spool(self) -> FileSpool:
        """Where sealed attachments wait."""
        from casecli.store.spool import FileSpool

        return FileSpool(self.data / "spool")

    def sealed(self) -> frozenset[str]:
        """Name the files of the spool that changes in the outbox still need."""
        from casecli.domain.change import AddAttachment

        waiting = (each.change for each in self.store.outbox())
        return frozenset(e.sha256 for e in waiting if isinstance(e, AddAttachment))

    @cached_property
    def vault(self) -> FileVault:
        """Where tokens and their values are kept."""
        from casecli.vault import FileVault

        return FileVault(
            self.data / "vault.db", self.settings.folders.config / "vault.key"
        )

    @property
    def vault_exists(self) -> bool:
        """True once a token was ever given; readers need not make a vault."""
        return (self.data / "vault.db").exists()

    @cached_property
    def gate(self) -> Gate:
        """The scrub gate with the user's own words."""
        return self.gate_with()

    def gate_with(
        self,
        *,
        words: Iterable[str] = (),
        exceptions: Iterable[str] = (),
        rules: Iterable[RuleFile] = (),
        style: Style | None = None,
    ) -> Gate:
        """Make the profile's scrub gate, with more words, exceptions and rules.

        Where the managed file allows no waivers there are no exceptions either.
        """
        from casecli.scrub import Gate, own_rules

        settings, profile = self.settings, self.profile
        files = own_rules.in_folder(settings.folders.config / "scrub")
        excepted = (*settings.exceptions, *profile.exceptions, *exceptions)
        return Gate(
            words=(*settings.words, *profile.words, *words),
            exceptions=excepted if settings.waivers_allowed else (),
            own_rules=(*files, *rules),
            style=style or settings.tokens,
            cache=settings.folders.cache,
        )

    @cached_property
    def policy(self) -> Policy:
        """The rules of the profile's vendor, narrowed by the profile's contract."""
        return self.policy_under(self.profile)

    def policy_under(self, profile: Profile) -> Policy:
        """Load a profile's policy, with what its settings say of the contract."""
        from casecli import policies

        policy = self.load_policy(profile.policy)
        return policies.under_contract(policy, profile.settings)

    @property
    def policy_folders(self) -> tuple[Path, ...]:
        """Where the user's own policies lie."""
        return (self.settings.folders.config / "policies",)

    def load_policy(self, name: str) -> Policy:
        """Load a policy by name, the user's folder first."""
        from casecli.policies.keeping import load

        return load(name, self.policy_folders, self.settings.folders.cache)

    @cached_property
    def conditions(self) -> CelConditions:
        """The engine behind the policy's conditions."""
        from casecli.policies.conditions import CelConditions

        return CelConditions(self.policy.calendar)

    @cached_property
    def actor(self) -> Actor:
        """Who asks, as the profile says."""
        return self.actor_under(self.profile)

    def actor_under(self, profile: Profile) -> Actor:
        """Say who a profile is to its vendor."""
        from casecli import policies

        name = profile.user or self.settings.user
        return policies.actor_of(name, profile.role, profile.level, profile.settings)

    @cached_property
    def place(self) -> Workplace:
        """What the use cases are handed."""
        from casecli.app.workplace import Workplace

        return Workplace(
            profile=self.profile.name,
            policy=self.policy,
            actor=self.actor,
            store=self.store,
            spool=self.spool,
            vault=self.vault,
            scrubber=self.gate,
            conditions=self.conditions,
            now=self.now,
            new_key=self.new_key,
            waivers_allowed=self.settings.waivers_allowed,
        )

    def judge(
        self, action: str, case: Case, request: Request, at: datetime | None = None
    ) -> tuple[Finding, ...]:
        """Judge an action as a use case would, now or `at`, without waking the gate."""
        from casecli.domain.judgement import judge

        now, policy = at or self.now(), self.policy
        return judge(policy, action, case, self.actor, request, now, self.conditions)

    def sieve_of(self, name: str) -> EscalationSieve | None:
        """Give what finds a profile's escalatable cases; None for one unknown."""
        from casecli.domain.sieve import EscalationSieve
        from casecli.policies.conditions import CelConditions, variables_in

        profile = self.settings.profiles.get(name)
        if name in ("", self.profile.name):
            profile = self.profile
        if profile is None:
            return None
        policy, actor = self.policy_under(profile), self.actor_under(profile)
        conditions = CelConditions(policy.calendar)
        return EscalationSieve(policy, actor, self.now(), conditions, variables_in)

    @cached_property
    def filing(self) -> Filing:
        """The use cases of filing."""
        from casecli.app.filing import Filing

        return Filing(self.place)

    @cached_property
    def delivery(self) -> Delivery:
        """The use cases of delivery."""
        import time

        from casecli.app.delivery import Delivery

        profile = self.profile
        return Delivery(
            place=self.place,
            destination=profile.url or profile.backend,
            connect=lambda: self.backend,
            pause=time.sleep,
            uploading=lambda name, size: self.screen.progress(
                f"uploading {name}", size
            ),
        )

    @cached_property
    def backend(self) -> Backend:
        """The way to the profile's vendor."""
        backend = self.connect_to(self.profile)
        self.at_end(backend.close)
        return backend

    def connect_to(self, profile: Profile, token: str | None = None) -> Backend:
        """Open a profile's backend, with a token that is not kept yet if one is given.

        Raises:
            BadInput: the profile has no vendor, or its backend cannot be opened.
        """
        from casecli.backends import open_backend

        if profile == configuration.IMPORTED:
            from casecli.domain.errors import BadInput

            raise BadInput(
                "imported cases have no vendor to talk to", "casecli profile list"
            )
        return open_backend(profile.backend, self.options_of(profile, token))

    @cached_property
    def credentials(self) -> Credentials:
        """Where tokens come from; ours is taken out of the environment of children."""
        from pathlib import Path

        from casecli.credentials import Credentials

        environ = self.settings.environ
        file = environ.get("CASECLI_TOKEN_FILE")
        configuration.forget_secrets()
        return Credentials(
            folder=self.settings.folders.config / "tokens",
            token=environ.get("CASECLI_TOKEN"),
            token_file=Path(file) if file else None,
            keyring=not environ.get("CI"),
        )

    def backend_options(self) -> BackendOptions:
        """Say what the profile tells its backend."""
        return self.options_of(self.profile)

    def options_of(self, profile: Profile, token: str | None = None) -> BackendOptions:
        """Say what any profile tells its backend."""
        from casecli.backends import BackendOptions
        from casecli.policies import is_contract_key

        return BackendOptions(
            profile=profile.name,
            url=profile.url,
            user=profile.user or self.settings.user,
            role=profile.role,
            folder=self.data / profile.backend,
            settings={
                key: value
                for key, value in profile.settings.items()
                if not is_contract_key(key)
            },
            token=lambda: token or self.credentials.token_for(profile.name),
            now=self.now,
            briefing=self.briefing,
        )

    def briefing(self) -> Briefing:
        """Say what a person needs to know who carries changes over."""
        from casecli.domain.handing import Briefing

        return Briefing(policy=self.policy, caller=self.caller, case=self.store.case)

    @property
    def caller(self) -> Caller:
        """Who speaks to the vendor, from the profile."""
        from casecli.domain.calling import Caller

        profile, actor = self.profile, self.actor
        return Caller(
            profile=profile.name,
            name=actor.name,
            account=actor.company or profile.settings.get("account", ""),
            contract=profile.settings.get("contract.number", ""),
            level=actor.level,
        )

    @cached_property
    def prompter(self) -> TerminalPrompter:
        """Who asks the person for a yes or no, in plain lines."""
        from casecli.cli.prompt import TerminalPrompter

        return TerminalPrompter(sys.stdin, sys.stderr, self.editor or "")

    @cached_property
    def interviewer(self) -> Prompter:
        """Who asks the person for more, drawn where the terminal can."""
        from casecli.cli.prompt_drawn import interviewer
        from casecli.cli.screen import decide_color

        environ, flag = self.settings.environ, self.options.no_color
        color = decide_color(environ, is_tty=True, no_color_flag=flag)
        return interviewer(self.prompter, environ, color=color)

    @property
    def editor(self) -> str | None:
        """The editor the person likes."""
        return self.settings.command("CASECLI_EDITOR", "VISUAL", "EDITOR")

    def case(self, ref: str) -> Case:
        """Read a case of the cache, without waking policy or gate.

        Raises:
            NotFound: there is none.
        """
        from casecli.app.reading import no_case

        case = self.store.case(ref)
        if case is None:
            raise no_case(self.store, ref)
        return case

    def case_ref(self, text: str) -> str:
        """Find the ref of a case the user named."""
        from casecli.app.reading import find_case

        return find_case(self.store, text, self.profile.name)

    def number_of(self, text: str) -> str:
        """Give a case as the vendor names it; one that is not cached stays as typed."""
        from casecli.app.reading import number_of

        return number_of(self.store, text, self.profile.name)

    def _timers(self, case: Case) -> tuple[Timer, ...]:
        from casecli.domain.timers import timers

        if case.profile in ("", self.profile.name):
            return timers(self.policy, case, actor=self.actor)
        profile = self.settings.profiles.get(case.profile)
        if profile is None:
            return ()
        return timers(self.policy_under(profile), case, actor=self.actor_under(profile))

    def _backend_of(self, profile: str) -> str:
        found = self.settings.profiles.get(profile)
        return found.backend if found else ""
