"""Where things lie and what was chosen: the only reader of the environment.

Precedence: the managed file (it can only tighten) > flag > environment >
`.casecli.toml` found upward from the working folder > the user's config > the
system's config. A project file may choose a profile and field defaults, never a URL
or a credential.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from casecli.domain.errors import BadInput, NotFound, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

Style = Literal["shaped", "opaque"]

PROJECT_FILE = ".casecli.toml"
SYSTEM_FOLDER = Path("/etc/casecli")
_PROJECT_KEYS = frozenset({"profile", "defaults"})
_CONFIG_KEYS = frozenset(
    {"profile", "defaults", "profiles", "words", "exceptions", "tokens", "views"}
)
_MANAGED_KEYS = frozenset({"allowed_profiles", "allowed_backends", "waivers"})
_PROFILE_KEYS = frozenset(
    {"backend", "url", "policy", "role", "user", "level", "settings", "defaults"}
    | {"words", "exceptions"}
)


class Profile(NamedTuple):
    """A vendor's system, its rules, and who we are there.

    `words` are always scrubbed for it, `exceptions` left as they are.
    """

    name: str
    backend: str = "desk"
    url: str = ""
    policy: str = "generic"
    role: str = "customer"
    user: str = ""
    level: str = ""
    settings: Mapping[str, str] = {}
    defaults: Mapping[str, str] = {}
    words: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


LOCAL = Profile("local")
IMPORTED = Profile("imported", backend="imported", role="read-only")
"""Cases of elsewhere, to be read: it has no vendor, and no table of its own."""


class Chosen(NamedTuple):
    """A setting and where it comes from, for `config list --show-origin`."""

    value: str
    origin: str


class Folders(NamedTuple):
    """Our four folders; all are made with mode 0700 on first use."""

    config: Path
    data: Path
    state: Path
    cache: Path


class Settings(NamedTuple):
    """Everything chosen outside the command line, fixed for one run."""

    folders: Folders
    profiles: Mapping[str, Profile]
    chosen: Mapping[str, Chosen]
    defaults: Mapping[str, str]
    environ: Mapping[str, str]
    words: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    views: Mapping[str, tuple[str, ...]] = {}
    tokens: Style = "shaped"
    no_input: bool = False
    offline: bool = False
    waivers_allowed: bool = True
    allowed_profiles: tuple[str, ...] = ()
    allowed_backends: tuple[str, ...] = ()
    clock: str | None = None

    @property
    def config_file(self) -> Path:
        """The user's config file, whether it exists or not."""
        return self.folders.config / "config.toml"

    def profile(self, wanted: str | None = None) -> Profile:
        """Give the chosen profile.

        Raises:
            NotFound: there is none of that name.
            BadInput: the managed file does not allow it.
        """
        name = wanted or self.chosen["profile"].value
        found = self.profiles.get(name, IMPORTED if name == IMPORTED.name else None)
        if found is None:
            raise NotFound("profile", name, "casecli profile list")
        if self.allowed_profiles and name not in self.allowed_profiles:
            raise BadInput(f"profile {name!r} is not allowed on this machine")
        if self.allowed_backends and found.backend not in self.allowed_backends:
            raise BadInput(f"backend {found.backend!r} is not allowed on this machine")
        return found

    def now(self) -> datetime:
        """Give the time: the clock's, or `CASECLI_CLOCK` in a home of its own."""
        from datetime import UTC, datetime

        if self.clock is None:
            return datetime.now(UTC)
        from casecli.domain.calendar import parse_time

        try:
            return parse_time(self.clock)
        except ValueError as error:
            raise BadInput(f"CASECLI_CLOCK: {error}") from error

    def command(self, *names: str) -> str | None:
        """Give the first of these variables that is set: an editor, a pager."""
        return next(
            (self.environ[name] for name in names if self.environ.get(name)), None
        )

    @property
    def user(self) -> str:
        """The name of the person at this machine."""
        return self.command("USER", "LOGNAME", "USERNAME") or "me"


def load(
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    system: Path = SYSTEM_FOLDER,
) -> Settings:
    """Read every file and variable once.

    Raises:
        BadInput: a file is not TOML, or says something it may not say.
        StorageFailed: there is no home to keep things in.
    """
    env = dict(os.environ if environ is None else environ)
    folders = _folders(env)
    managed = _read(system / "managed.toml", _MANAGED_KEYS)
    base = _read(system / "config.toml", _CONFIG_KEYS)
    user = _read(folders.config / "config.toml", _CONFIG_KEYS)
    project_path = _project_file(cwd)
    project = _read(project_path, _PROJECT_KEYS) if project_path else {}
    origins = [
        (str(project_path), project),
        (str(folders.config / "config.toml"), user),
        (str(system / "config.toml"), base),
    ]
    chosen = {
        "profile": _choose("profile", "local", "CASECLI_PROFILE", env, origins),
        "tokens": _choose("tokens", "shaped", "", env, origins),
    }
    tables = {**base.get("profiles", {}), **user.get("profiles", {})}
    return Settings(
        folders=folders,
        profiles={
            "local": LOCAL,
            **{name: _profile(name, table) for name, table in tables.items()},
        },
        chosen=chosen,
        defaults={
            **base.get("defaults", {}),
            **user.get("defaults", {}),
            **project.get("defaults", {}),
        },
        environ=env,
        words=(*base.get("words", ()), *user.get("words", ())),
        exceptions=(*base.get("exceptions", ()), *user.get("exceptions", ())),
        views=_views({**base.get("views", {}), **user.get("views", {})}),
        tokens=_style(chosen["tokens"]),
        no_input=_on(env, "CASECLI_NO_INPUT") or _on(env, "CI"),
        offline=_on(env, "CASECLI_OFFLINE"),
        waivers_allowed=managed.get("waivers", True),
        allowed_profiles=tuple(managed.get("allowed_profiles", ())),
        allowed_backends=tuple(managed.get("allowed_backends", ())),
        clock=env.get("CASECLI_CLOCK") if env.get("CASECLI_HOME") else None,
    )


def forget_secrets() -> None:
    """Take the token out of our own environment, so that no child inherits it."""
    os.environ.pop("CASECLI_TOKEN", None)


def save_profile(settings: Settings, profile: Profile | None, name: str) -> None:
    """Write or (with None) remove a profile in the user's config, atomically."""
    document = _read(settings.config_file, _CONFIG_KEYS)
    tables = document.setdefault("profiles", {})
    if profile is None:
        tables.pop(name, None)
        if document.get("profile") == name:
            del document["profile"]
    else:
        plain = profile._asdict()
        del plain["name"]
        tables[name] = {key: value for key, value in plain.items() if value}
    write_config(settings, document)


def choose_profile(settings: Settings, name: str) -> None:
    """Make a profile the default of the user's config."""
    settings.profile(name)
    document = _read(settings.config_file, _CONFIG_KEYS)
    document["profile"] = name
    write_config(settings, document)


def save_setting(settings: Settings, key: str, value: str | list[str] | None) -> None:
    """Write or (with None) remove a key of the user's config; `defaults.x` is nested.

    Only the first dot nests: the field of `defaults.product.name` is `product.name`.
    """
    document = _read(settings.config_file, _CONFIG_KEYS)
    table, dot, name = key.partition(".")
    place = document.setdefault(table, {}) if dot else document
    name = name if dot else key
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value
    if dot and not place:
        del document[table]
    write_config(settings, document)


def keep_in_profile(
    settings: Settings, name: str, words: Iterable[str], exceptions: Iterable[str]
) -> None:
    """Add words and exceptions of the scrub gate to a profile of the user's config."""
    document = _read(settings.config_file, _CONFIG_KEYS)
    profile = settings.profile(name)
    plain = {key: value for key, value in profile._asdict().items() if value}
    del plain["name"]
    table = document.setdefault("profiles", {}).setdefault(name, plain)
    for key, more in (("words", words), ("exceptions", exceptions)):
        kept = list(dict.fromkeys((*table.get(key, ()), *more)))
        if kept:
            table[key] = kept
    write_config(settings, document)


def write_config(settings: Settings, document: Mapping[str, Any]) -> None:
    """Replace the user's config file, all or nothing, mode 0600."""
    import tempfile

    import tomli_w

    folder = settings.folders.config
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as scratch:
            scratch.write(tomli_w.dumps(dict(document)).encode())
            scratch.flush()
            os.fsync(scratch.fileno())
        Path(scratch.name).replace(settings.config_file)
    except OSError as error:
        raise StorageFailed(f"cannot write {settings.config_file}: {error}") from error


def _views(tables: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    for name, words in tables.items():
        if not isinstance(words, list) or not all(isinstance(e, str) for e in words):
            raise BadInput(f"views.{name} is no list of words")
    return {name: tuple(words) for name, words in tables.items()}


def _style(chosen: Chosen) -> Style:
    match chosen.value:
        case "shaped" | "opaque" as style:
            return style
        case other:
            raise BadInput(f"{chosen.origin}: tokens {other!r} is not shaped or opaque")


def _on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").lower() not in ("", "0", "false", "no")


def _folders(env: Mapping[str, str]) -> Folders:
    home = env.get("CASECLI_HOME")
    if home:
        root = Path(home).absolute()
        return Folders(root / "config", root / "data", root / "state", root / "cache")
    if not env.get("HOME"):
        raise StorageFailed("HOME is not set", "export CASECLI_HOME=DIR")
    import platformdirs

    dirs = platformdirs.PlatformDirs("casecli", appauthor=False)
    return Folders(
        dirs.user_config_path,
        dirs.user_data_path,
        dirs.user_state_path,
        dirs.user_cache_path,
    )


def _project_file(cwd: Path | None) -> Path | None:
    try:
        start = cwd or Path.cwd()
    except OSError:
        return None
    for folder in (start, *start.parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None


def _read(path: Path, allowed: frozenset[str]) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    import tomllib

    try:
        document = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from error
    for key in document:
        if key not in allowed:
            names = ", ".join(sorted(allowed))
            raise BadInput(f"{path}: {key!r} may not stand here; it takes {names}")
    return document


def _choose(
    key: str,
    default: str,
    variable: str,
    env: Mapping[str, str],
    files: list[tuple[str, dict[str, Any]]],
) -> Chosen:
    if env.get(variable):
        return Chosen(env[variable], f"environment {variable}")
    for origin, document in files:
        if key in document:
            return Chosen(str(document[key]), origin)
    return Chosen(default, "built in")


def _profile(name: str, table: Any) -> Profile:
    if not isinstance(table, dict):
        raise BadInput(f"profiles.{name} is not a table")
    for key in table:
        if key not in _PROFILE_KEYS:
            names = ", ".join(sorted(_PROFILE_KEYS))
            raise BadInput(f"profiles.{name}: {key!r} is not one of {names}")
    for key in ("words", "exceptions"):
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(e, str) for e in found):
            raise BadInput(f"profiles.{name}.{key} is no list of words")
        table[key] = tuple(found)
    return Profile(name, **table)
