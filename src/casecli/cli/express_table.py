"""The options of the commands that must start at once.

Made by tools/reference.py from the command tree; edit the command instead.
"""

from __future__ import annotations

Option = tuple[str, str, int, int]
"""The name of a parameter, its kind, and the least and most of a number."""

COMMON: dict[str, Option] = {
    "--profile": ("profile", "text", 0, 0),
    "-p": ("profile", "text", 0, 0),
    "--json": ("json", "flag", 0, 0),
    "--jsonl": ("jsonl", "flag", 0, 0),
    "--fields": ("fields", "text", 0, 0),
    "--no-input": ("no_input", "flag", 0, 0),
    "--offline": ("offline", "flag", 0, 0),
    "--quiet": ("quiet", "flag", 0, 0),
    "-q": ("quiet", "flag", 0, 0),
    "--verbose": ("verbose", "count", 0, 0),
    "-v": ("verbose", "count", 0, 0),
    "--debug": ("debug", "flag", 0, 0),
    "--no-color": ("no_color", "flag", 0, 0),
}
OPTIONS: dict[str, dict[str, Option]] = {
    "list": {
        "--status": ("status", "many", 0, 0),
        "--severity": ("severity", "many", 0, 0),
        "--type": ("case_type", "many", 0, 0),
        "--owner": ("owner", "many", 0, 0),
        "--contact": ("contact", "many", 0, 0),
        "--waiting-on": ("waiting_on", "many", 0, 0),
        "--tag": ("tag", "many", 0, 0),
        "--not-status": ("not_status", "many", 0, 0),
        "--not-severity": ("not_severity", "many", 0, 0),
        "--not-owner": ("not_owner", "many", 0, 0),
        "--field": ("field", "many", 0, 0),
        "--stale": ("stale", "text", 0, 0),
        "--since": ("since", "text", 0, 0),
        "--until": ("until", "text", 0, 0),
        "--escalated": ("escalated", "flag", 0, 0),
        "--escalatable": ("escalatable", "flag", 0, 0),
        "--unread": ("unread", "flag", 0, 0),
        "--mine": ("mine", "flag", 0, 0),
        "--view": ("view", "text", 0, 0),
        "--sort": ("sort", "text", 0, 0),
        "--limit": ("limit", "int", 1, 1000000),
        "--all": ("all_", "flag", 0, 0),
        "-a": ("all_", "flag", 0, 0),
    },
    "search": {
        "--similar": ("similar", "text", 0, 0),
        "--limit": ("limit", "int", 1, 1000000),
    },
    "status": {},
    "policy check": {
        "--at": ("at", "text", 0, 0),
        "--reason": ("reason", "text", 0, 0),
        "--channel": ("channel", "text", 0, 0),
        "--set": ("set_", "many", 0, 0),
        "--answer": ("answer", "many", 0, 0),
    },
}
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "list": (),
    "search": ("text",),
    "status": ("case",),
    "policy check": ("action", "case"),
}
