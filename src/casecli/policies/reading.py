"""Policy files: where they lie, what they extend, and how layers become one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.domain.errors import BadInput, NotFound
from casecli.domain.policy import Policy
from casecli.domain.variables import Kind
from casecli.policies.shape import Misfit, build_policy, keys_of, label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from casecli.policies.shape import Table

SUFFIX = ".toml"
BUILT_IN = Path(__file__).parent
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

# What a file says of itself and a file that extends it has to say anew.
_OWN = ("title", "vendor", "status", "verified_at")


class Pack(NamedTuple):
    """A policy that can be loaded, and the file it comes from."""

    name: str
    file: Path
    built_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One file as read; `shelf` counts folders from the top, ours is the last."""

    name: str
    file: Path
    shelf: int
    table: Table

    def fault(self, problem: str) -> BadInput:
        return BadInput(
            f"policy {self.file}: {problem}", f"casecli policy lint {self.file}"
        )


def load(name: str, folders: Sequence[Path] = ()) -> Policy:
    """Load a policy by name with all it extends; the first folder that has it wins.

    Conditions are compiled where a file is not one of ours, whose tests do that.

    Raises:
        NotFound: no folder has it, nor do we.
        BadInput: a file of it is wrong; the policy is never half loaded.
    """
    shelves = (*folders, BUILT_IN)
    found = _find(name, shelves)
    if found is None:
        raise NotFound("policy", name, "casecli policy list")
    top = _read(name, *found)
    layers = tuple(_chain(top, shelves))
    policy = _assemble(layers)
    if any(layer.file.parent != BUILT_IN for layer in layers):
        _compile(policy, layers)
    return policy


def load_file(file: Path, folders: Sequence[Path] = ()) -> Policy:
    """Load one policy file wherever it lies; what it extends is searched as in `load`.

    Its conditions are not compiled: `lint` does that, and names all that fail.

    Raises:
        NotFound: there is no such file.
        BadInput: it is wrong.
    """
    if not file.is_file():
        raise NotFound("policy file", str(file), "casecli policy list")
    shelves = (*folders, BUILT_IN)
    parent = file.resolve().parent
    shelf = next((n for n, each in enumerate(shelves) if each.resolve() == parent), -1)
    return _assemble(tuple(_chain(_read(file.stem, shelf, file), shelves)))


def available(folders: Sequence[Path] = ()) -> tuple[Pack, ...]:
    """List what `load` can load, by name, without opening a file."""
    packs: dict[str, Pack] = {}
    for folder in (*folders, BUILT_IN):
        for file in sorted(folder.glob(f"*{SUFFIX}")):
            pack = Pack(file.stem, file, folder == BUILT_IN)
            packs.setdefault(file.stem, pack)
    return tuple(sorted(packs.values()))


def _find(
    name: str, shelves: Sequence[Path], start: int = 0
) -> tuple[int, Path] | None:
    if _NAME.fullmatch(name):
        for shelf, folder in enumerate(shelves):
            file = folder / f"{name}{SUFFIX}"
            if shelf >= start and file.is_file():
                return shelf, file
    return None


def _read(name: str, shelf: int, file: Path) -> _Layer:
    import tomllib

    empty = _Layer(name=name, file=file, shelf=shelf, table={})
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        raise empty.fault(f"{said[:1].lower()}{said[1:]}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise empty.fault(f"cannot be read: {error}") from error
    layer = _Layer(name=name, file=file, shelf=shelf, table=table)
    if table.setdefault("id", name) != name:
        raise layer.fault(f"id is {table['id']!r}, expected {name!r} as the file says")
    return layer


def _assemble(layers: Sequence[_Layer]) -> Policy:
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        merged = _over(merged, layer)
    try:
        return build_policy(merged)
    except Misfit as misfit:
        blamed = _blamed(layers, misfit.path)
        raise blamed.fault(f"{misfit.key} {misfit.problem}") from misfit


def _blamed(layers: Sequence[_Layer], path: tuple[str, ...]) -> _Layer:
    """Find the file that says what stands at a path, or says most of it."""
    return max(layers, key=lambda layer: _reach(layer.table, path))


def _compile(policy: Policy, layers: Sequence[_Layer]) -> None:
    """Refuse a policy with a condition that could never be judged.

    Raises:
        BadInput: the first of them.
    """
    from casecli.policies.conditions import CelConditions

    conditions = CelConditions(policy.calendar)
    for path, expression, kind in _expressions(policy):
        problem = expression and conditions.check(expression, kind)
        if problem:
            raise _blamed(layers, path).fault(f"{'.'.join(path)}: {problem}")


def _expressions(policy: Policy) -> Iterator[tuple[tuple[str, ...], str, Kind]]:
    for rule in policy.rules:
        at = ("rule", rule.id)
        yield (*at, "scope"), rule.scope, Kind.BOOL
        yield (*at, "when"), rule.when, Kind.BOOL
        yield (*at, "earliest"), rule.earliest, Kind.TIMESTAMP
    groups = (
        (("impact", "question"), policy.impact.questions),
        (("checklist",), policy.checklist),
        (("closing", "confirmation"), policy.closing.confirmations),
        (("escalation", "fact"), policy.escalation.facts),
        (("escalation", "deescalation"), policy.escalation.deescalation),
    )
    for place, questions in groups:
        for each in questions:
            yield (*place, each.id, "ask_when"), each.ask_when, Kind.BOOL


def _chain(top: _Layer, shelves: Sequence[Path]) -> Iterator[_Layer]:
    """Give the layers from the top; a file that extends its own name goes one down."""
    layer, seen = top, {top.file}
    yield layer
    while "extends" in layer.table:
        wanted = layer.table["extends"]
        own = wanted == layer.name
        found = None
        if isinstance(wanted, str):
            found = _find(wanted, shelves, layer.shelf + 1 if own else 0)
        if found is None:
            names = ", ".join(each.name for each in available(shelves[:-1]))
            raise layer.fault(f"extends is {wanted!r}, expected one of {names}")
        if found[1] in seen:
            raise layer.fault(f"extends is {wanted!r}, which extends this file again")
        layer = _read(wanted, *found)
        seen.add(layer.file)
        yield layer


def _over(below: Mapping[str, Any], layer: _Layer) -> dict[str, Any]:
    """Lay a file over what it extends."""
    table = dict(layer.table)
    afresh = table.pop("replace", [])
    known = keys_of(Policy)
    if not isinstance(afresh, list) or any(each not in known for each in afresh):
        expected = ", ".join(known)
        raise layer.fault(f"replace is {afresh!r}, expected a list out of {expected}")
    own = () if below.get("id") == layer.name else _OWN
    kept = {k: v for k, v in below.items() if k not in (*own, *afresh)}
    merged: dict[str, Any] = _merge(kept, table, layer, ())
    return merged


def _merge(below: Any, above: Any, layer: _Layer, path: tuple[str, ...]) -> Any:
    if isinstance(above, dict) and isinstance(below, dict):
        merged = dict(below)
        for key, value in above.items():
            merged[key] = _merge(below.get(key), value, layer, (*path, key))
        return merged
    if isinstance(above, list) and any(_has_id(each) for each in above):
        return _merge_items(
            below if isinstance(below, list) else [], above, layer, path
        )
    return above


def _merge_items(
    below: Sequence[Any], above: Sequence[Any], layer: _Layer, path: tuple[str, ...]
) -> list[Any]:
    """Merge arrays of tables by id; `drop = true` takes an inherited item away."""
    merged = {label_of(item, n): item for n, item in enumerate(below)}
    seen: set[str] = set()
    for n, item in enumerate(above):
        name = label_of(item, n)
        where = ".".join((*path, name))
        if name in seen:
            raise layer.fault(f"{where} is there twice, expected once")
        seen.add(name)
        if isinstance(item, dict) and "drop" in item:
            if item["drop"] is not True or name not in merged:
                raise layer.fault(f"{where}.drop takes away nothing that is inherited")
            del merged[name]
        else:
            merged[name] = _merge(merged.get(name), item, layer, (*path, name))
    return list(merged.values())


def _has_id(item: object) -> bool:
    return isinstance(item, dict) and "id" in item


def _reach(table: Any, path: tuple[str, ...]) -> int:
    """Tell how far a path leads into a table, to blame the file that says it."""
    for depth, step in enumerate(path):
        if isinstance(table, list):
            labelled = {label_of(item, n): item for n, item in enumerate(table)}
            if step not in labelled:
                return depth
            table = labelled[step]
        elif isinstance(table, dict) and step in table:
            table = table[step]
        else:
            return depth
    return len(path)
