"""Roundup from the package index, on the loopback, for one session.

By hand: `python -m tests.servers.roundup FOLDER` serves until it is interrupted.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import (
    LOOPBACK,
    Desk,
    by_hand,
    free_port,
    own,
    run,
    serving,
    venv,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
HERE = Path(__file__).parent
PEOPLE = ("agent", "customer", "colleague")
# What a support desk adds to the classic template; without it all is in the talk.
ADDED = """status=Link("status"),
                product=String(),
                close_reason=String(),
                escalated=Boolean())"""


@contextmanager
def roundup(
    folder: Path, *, stock: bool = False, calls: int = 0, interval: int = 60
) -> Iterator[Desk]:
    """Serve a fresh tracker from an empty folder; about ten seconds.

    With `calls` the server answers no more than so many in `interval` seconds; `stock`
    leaves the template as it comes.
    """
    own(folder)
    programs = venv(folder / "venv", HERE / "roundup_requirements.txt")
    home, port = folder / "tracker", free_port()
    url = f"http://{LOOPBACK}:{port}/support/"
    environment = {"PATH": PATH, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    admin = (str(programs / "roundup-admin"), "-i", str(home))
    run((*admin, "install", "classic", "sqlite"), environment, folder)
    if not stock:
        schema = home / "schema.py"
        text = schema.read_text("utf-8")
        assert text.count('status=Link("status"))') == 1
        schema.write_text(text.replace('status=Link("status"))', ADDED))
    _configure(home / "config.ini", url, home, {"calls": calls, "interval": interval})
    run((*admin, "initialise", "admin"), environment, folder, said="y\n")
    for name in PEOPLE:
        facts = (f"username={name}", f"password={name}-secret", "roles=User")
        address = f"address={name}@example.com"
        # Who works for whom is what tells customers from the vendor's people.
        company = f"organisation={'Desk' if name == 'agent' else 'Example Inc.'}"
        run((*admin, "create", "user", *facts, address, company), environment, folder)
    program = str(programs / "roundup-server")
    server = (program, "-n", LOOPBACK, "-p", str(port), "-t", "thread")
    with serving((*server, f"support={home}"), environment, folder, port):
        yield Desk(
            url=url,
            port=port,
            tokens={name: f"{name}-secret" for name in PEOPLE},
        )


def _configure(path: Path, url: str, home: Path, limit: Mapping[str, int]) -> None:
    """Set up loopback, no mail, and cheap passwords: each request checks one."""
    wanted = {
        "tracker": {"web": url},
        "main": {
            "admin_email": "admin@example.com",
            "password_pbkdf2_default_rounds": "1000",
        },
        "mail": {
            "domain": "example.com",
            "host": LOOPBACK,
            "debug": f"{home}/mail.mbox",
        },
        "web": {
            "api_calls_per_interval": str(limit["calls"]),
            "api_interval_in_sec": str(limit["interval"]),
        },
    }
    text = path.read_text("utf-8")
    for section, values in wanted.items():
        head, start, rest = text.partition(f"\n[{section}]\n")
        body, following, tail = rest.partition("\n[")
        for name, value in values.items():
            line = f"{name} = {value}"
            body, found = re.subn(rf"(?m)^#?{name} ?=.*$", line, body, count=1)
            assert found, f"{section}: {name}"
        text = head + start + body + following + tail
    path.write_text(text)


if __name__ == "__main__":
    by_hand(roundup(Path(sys.argv[1]).absolute()))
