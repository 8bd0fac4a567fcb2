"""JSON Schemas of what `--json` prints, made from the domain's own types."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from casecli.domain.case import Case, Draft, Escalation
from casecli.domain.policy import Finding
from casecli.domain.ports import AuditEntry, Event

Schema = dict[str, Any]
MADE = "Made by tools/reference.py from the types of casecli.domain."
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}


def schemas() -> dict[str, str]:
    """Make every schema, by its path below the project."""
    finding = _of(Finding)
    made = {
        "case": _case(),
        "escalation": _of(Escalation),
        "draft": _of(Draft),
        "event": _of(Event),
        "audit": _of(AuditEntry),
        "result": _result(finding),
        "error": _error(finding),
        "scrub-report": _scrub_report(),
    }
    return {
        f"docs/reference/json/{name}.json": _file(name, schema)
        for name, schema in made.items()
    }


def _file(name: str, schema: Schema) -> str:
    head = {"$schema": DIALECT, "title": name, "$comment": MADE}
    return json.dumps({**head, **schema}, indent=2) + "\n"


def _case() -> Schema:
    schema = _of(Case)
    newest = {"anyOf": [_of(Escalation), {"type": "null"}]}
    schema["properties"]["escalation"] = newest
    schema["required"] = sorted([*schema["required"], "escalation"])
    return schema


def _of(kind: Any) -> Schema:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(each) for each in get_args(kind)]}
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(kind)[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(get_args(kind)[1])}
    if kind is type(None):
        return {"type": "null"}
    if kind in (datetime, date):
        return {"type": "string", "format": "date" if kind is date else "date-time"}
    if is_dataclass(kind):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    return {"type": _PLAIN[kind]}


def _object(kind: Any) -> Schema:
    known = {"date": date, "datetime": datetime, "Mapping": Mapping}
    hints = get_type_hints(kind, localns=known)
    names = [each.name for each in fields(kind)]
    about = (kind.__doc__ or "").partition("\n")[0]
    return {
        "type": "object",
        "description": about,
        "properties": {name: _of(hints[name]) for name in names},
        "required": sorted(names),
    }


def _result(finding: Schema) -> Schema:
    return {
        "type": "object",
        "description": "What came of a changing command.",
        "properties": {
            "case": _TEXT,
            "number": _TEXT_OR_NULL,
            "change": _TEXT_OR_NULL,
            "kind": _TEXT,
            "state": _TEXT,
            "error": _TEXT_OR_NULL,
            "url": _TEXT_OR_NULL,
            "applied": {"type": "array", "items": _TEXT},
            "ignored": {"type": "object", "additionalProperties": _TEXT},
            "attachments": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": _TEXT,
                        "state": _TEXT,
                        "sha256": _TEXT_OR_NULL,
                    },
                    "required": ["name", "sha256", "state"],
                },
            },
            "scrub": {"type": "object"},
            "findings": {"type": "array", "items": finding},
            "todos": {"type": "array", "items": _TEXT},
            "deduplicated": {"type": "boolean"},
        },
        "required": ["case", "kind", "number", "state"],
    }


def _error(finding: Schema) -> Schema:
    inner = {
        "type": "object",
        "properties": {
            "code": {"type": "integer"},
            "kind": _TEXT,
            "message": _TEXT,
            "hint": _TEXT,
            "findings": {"type": "array", "items": finding},
        },
        "required": ["code", "findings", "hint", "kind", "message"],
    }
    return {"type": "object", "properties": {"error": inner}, "required": ["error"]}


def _scrub_report() -> Schema:
    file = {
        "type": "object",
        "properties": {
            "name": _TEXT,
            "bytes_in": {"type": "integer"},
            "bytes_out": {"type": "integer"},
            "sha256": _TEXT,
            "findings": _COUNTS,
            "left_out": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"member": _TEXT, "why": _TEXT},
                    "required": ["member", "why"],
                },
            },
        },
        "required": ["bytes_in", "bytes_out", "findings", "left_out", "name", "sha256"],
    }
    return {
        "type": "object",
        "properties": {
            "files": {"type": "array", "items": file},
            "findings": _COUNTS,
            "ruleset": _TEXT,
        },
        "required": ["files", "findings", "ruleset"],
    }
