"""A vendor's OpenAPI document as a judge over requests and answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from openapi_schema_validator import OAS30Validator

SPECS = Path(__file__).parents[3] / "shared" / "specs"


def document(name: str) -> dict[str, Any]:
    """Read a vendor's document; skip by name where this machine has none."""
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"needs {name}, which is not on this machine")
    return _read(path)


@cache
def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = _mended(json.loads(path.read_text("utf-8")))
    return found


def _mended(part: Any) -> Any:  # any JSON
    """Take the documents as their authors mean them.

    They list no null among the values of what may be null, and give alternatives
    that overlap, of which more than one may fit.
    """
    if isinstance(part, list):
        return [_mended(each) for each in part]
    if not isinstance(part, dict):
        return part
    whole = {
        "anyOf" if name == "oneOf" and isinstance(each, list) else name: _mended(each)
        for name, each in part.items()
    }
    if whole.get("nullable") is True and isinstance(whole.get("enum"), list):
        whole["enum"] = [*whole["enum"], None]
    return whole


@dataclass
class Contract:
    """Judges by one document; `more` adds paths the document is too old for."""

    document: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)
    _validators: dict[str, Any] = field(default_factory=dict)

    def request(self, method: str, target: str, body: bytes, media: str) -> list[str]:
        """Say what is wrong with a request."""
        path, _, query = target.partition("?")
        where, operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document"]
        given = dict(parse_qsl(query, keep_blank_values=True))
        known = {
            each["name"]: each
            for each in map(self._resolved, operation.get("parameters", ()))
            if each["in"] == "query"
        }
        wrong = [f"{where}: no parameter {name!r}" for name in given.keys() - known]
        wrong += [
            f"{where}: {name}: {each}"
            for name, text in given.items()
            if name in known
            for each in self._judge(
                f"{where} {name}",
                known[name]["schema"],
                _plain(text, known[name]["schema"]),
            )
        ]
        expected = operation.get("requestBody", {}).get("content", {})
        if not body or "json" not in media:
            return wrong
        if "application/json" not in expected:
            return [*wrong, f"{where} takes no JSON"]
        schema = expected["application/json"].get("schema", {})
        return wrong + self._judge(f"{where} request", schema, json.loads(body))

    def answer(self, method: str, target: str, status: int, body: bytes) -> list[str]:
        """Say what is wrong with an answer."""
        where, operation = self._operation(method, target.partition("?")[0])
        if operation is None:
            return []
        told = operation["responses"].get(str(status))
        if told is None:
            # Statuses every operation may give, whatever its page lists.
            rare = status in (401, 403, 413, 422, 429, 500)
            return [] if rare else [f"{where}: {status} is not in the document"]
        schema = (
            self._resolved(told)
            .get("content", {})
            .get("application/json", {})
            .get("schema")
        )
        if not schema or not body or "attachment/content" in target:
            return []
        return self._judge(f"{where} {status}", schema, json.loads(body))

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any] | None]:
        paths = {**self.document["paths"], **self.more}
        fitting = [
            each
            for each in paths
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", each), unquote(path))
            or re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", each), path)
        ]
        best = min(fitting, key=lambda each: each.count("{"), default=None)
        found = paths[best].get(method.lower()) if best else None
        return f"{method} {best}", found

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        reference = part.get("$ref")
        if reference is None:
            return part
        found: Any = self.document
        for name in reference.split("/")[1:]:
            found = found[name]
        return dict(found)

    def _judge(self, name: str, schema: dict[str, Any], data: Any) -> list[str]:
        if name not in self._validators:
            components = self.document["components"]
            # Formats are not judged: Jira writes an offset of time without its colon.
            self._validators[name] = OAS30Validator(
                {"allOf": [schema], "components": components}
            )
        return [
            f"{name}: {'/'.join(map(str, each.absolute_path))}: {each.message[:200]}"
            for each in self._validators[name].iter_errors(data)
        ]


def _plain(text: str, schema: dict[str, Any]) -> object:
    if schema.get("type") == "array":
        return text.split(",")
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text
