"""CEL, the language of policy conditions; the one door to its library.

The library answers a null, a tuple or a missing fact with an error *value* and takes a
naive time for UTC without a word. Here each of these is a `ConditionFailed`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from casecli.domain.calendar import BusinessCalendar
from casecli.domain.policy import ConditionFailed
from casecli.domain.variables import VARIABLES, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cel_expr_python import cel


_MOMENTS = frozenset(
    name for name, each in VARIABLES.items() if each.kind is Kind.TIMESTAMP
)


class CelConditions:
    """Evaluates conditions with one policy's calendar; compiles each text once.

    The library is imported and its environment built at the first condition, so a
    command that judges nothing pays for neither.
    """

    def __init__(self, calendar: BusinessCalendar | None = None) -> None:
        self._calendar = calendar or BusinessCalendar()
        self._environment: cel.Env | None = None
        self._compiled: dict[str, tuple[cel.Expression, tuple[str, ...]]] = {}
        self._known: dict[tuple[object, ...], object] = {}

    def holds(self, expression: str, facts: Mapping[str, object]) -> bool:
        """Evaluate a condition over flat facts.

        Raises:
            ConditionFailed: it does not compile, or gives no clean true or false.
        """
        value = self._evaluate(expression, facts)
        if not isinstance(value, bool):
            raise ConditionFailed(f"{value!r} is neither true nor false")
        return value

    def moment(self, expression: str, facts: Mapping[str, object]) -> datetime:
        """Evaluate an `earliest` expression over flat facts.

        Raises:
            ConditionFailed: it does not compile, or gives no time.
        """
        value = self._evaluate(expression, facts)
        if not isinstance(value, datetime):
            raise ConditionFailed(f"{value!r} is not a time")
        return value

    def check(self, expression: str, kind: Kind) -> str:
        """Say in one line why an expression is no `kind`; empty where it is one."""
        try:
            found = self._compile(expression)[0].return_type()
        except ConditionFailed as failure:
            return str(failure)
        wanted = _type_of(kind)
        if found == wanted:
            return ""
        return f"gives {found.name().lower()}, expected {wanted.name().lower()}"

    def _evaluate(self, expression: str, facts: Mapping[str, object]) -> object:
        compiled, names = self._compile(expression)
        read = {name: facts[name] for name in names if name in facts}
        # Most rules ask many cases the same; an answer hangs on what was read alone.
        asked = (expression, *map(_hashable, read.values()), *read)
        try:
            if asked in self._known:
                return self._known[asked]
        except TypeError:  # something no fact of ours is: CEL will say so
            return self._asked(compiled, read)
        value = self._asked(compiled, read)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[asked] = value
        return value

    def _asked(self, compiled: cel.Expression, read: dict[str, object]) -> object:
        for name in _MOMENTS.intersection(read):
            fact = read[name]
            if isinstance(fact, datetime) and fact.tzinfo is None:
                raise ConditionFailed(f"{name} has no UTC offset")
        try:
            result = compiled.eval(data=read)
            value = result.value()
        except Exception as error:
            raise ConditionFailed(_one_line(error)) from error
        # No error has one of these types: spare most evaluations the question.
        if isinstance(value, (bool, datetime)):
            return value
        if result.type() == _types().ERROR:
            raise ConditionFailed(_one_line(value))
        return value

    def _compile(self, expression: str) -> tuple[cel.Expression, tuple[str, ...]]:
        if expression not in self._compiled:
            if self._environment is None:
                self._environment = _environment(self._calendar)
            try:
                compiled = self._environment.compile(expression)
            except Exception as error:
                raise ConditionFailed(_one_line(error)) from error
            self._compiled[expression] = compiled, variables_in(expression)
        return self._compiled[expression]


_MOST_KNOWN = 10_000


def _hashable(fact: object) -> object:
    match fact:
        case bool():  # equal to a number, and not the same to CEL
            return (bool, fact)
        case dict():
            return tuple(fact.items())
        case list():
            return tuple(fact)
        case _:
            return fact


_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_NAME = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")


def variables_in(expression: str) -> tuple[str, ...]:
    """Name the variables an expression reads, sorted; what stands in quotes is text."""
    words = _NAME.findall(_LITERAL.sub("''", expression))
    return tuple(sorted({_variable(word) for word in words} - {""}))


def _variable(word: str) -> str:
    """Find the variable a dotted name begins with: `case.fields.queue`."""
    parts = word.split(".")
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((name for name in names if name in VARIABLES), "")


def _environment(calendar: BusinessCalendar) -> cel.Env:
    from cel_expr_python import cel
    from cel_expr_python.ext.ext_optional import ExtOptional

    moment, number = cel.Type.TIMESTAMP, cel.Type.INT
    count = cel.Overload(
        "business_days_between", number, [moment, moment], impl=calendar.business_days
    )
    add = cel.Overload(
        "add_business_days_to",
        moment,
        [moment, number],
        impl=calendar.add_business_days,
    )
    return cel.NewEnv(
        variables={name: _type_of(each.kind) for name, each in VARIABLES.items()},
        extensions=[ExtOptional()],
        functions=[
            cel.FunctionDecl("business_days", [count]),
            cel.FunctionDecl("add_business_days", [add]),
        ],
    )


def _types() -> Any:  # the stubs hide that a type is also its own value
    from cel_expr_python import cel

    return cel.Type


def _type_of(kind: Kind) -> cel.Type:
    types = _types()
    match kind:
        case Kind.STRING:
            return types.STRING
        case Kind.BOOL:
            return types.BOOL
        case Kind.INT:
            return types.INT
        case Kind.TIMESTAMP:
            return types.TIMESTAMP
        case Kind.STRINGS:
            return types.List(types.STRING)
        case Kind.TABLE:
            return types.Map(types.STRING, types.STRING)


def _one_line(problem: object) -> str:
    """Keep the first line of what the library says, without its code and input name."""
    first = str(problem).strip().partition("\n")[0]
    for noise in ("INVALID_ARGUMENT: ", "ERROR: ", "<input>:"):
        first = first.removeprefix(noise)
    return first.removesuffix(" (in container '')").removesuffix(" [INVALID_ARGUMENT]")
