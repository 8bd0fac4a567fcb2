"""Request Tracker 5 from Debian's packages, on the loopback, for one session.

By hand: `python -m tests.servers.rt5 FOLDER` serves until it is interrupted.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import (
    LOOPBACK,
    Desk,
    by_hand,
    free_port,
    need,
    own,
    run,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = (
    "request-tracker5",
    "rt5-standalone",
    "rt5-db-sqlite",
    "dbconfig-no-thanks",
    "msmtp-mta",
)
PROGRAM = "/usr/share/request-tracker5/libexec/rt-server"
HERE = Path(__file__).parent


@contextmanager
def request_tracker(folder: Path) -> Iterator[Desk]:
    """Serve a fresh tracker from an empty folder; about five seconds."""
    need(*PACKAGES)
    for each in (folder, folder / "mason", folder / "sessions", folder / "var"):
        own(each)
    own(folder / "none")
    port = free_port()
    site = (HERE / "rt5_site.pm").read_text("utf-8")
    config = folder / "RT_SiteConfig.pm"
    config.write_text(site.replace("FOLDER", str(folder)).replace("PORT", str(port)))
    seed = folder / "seed.pl"
    seed.write_text((HERE / "rt5_seed.pl").read_text("utf-8"))
    for each in (config, seed):
        each.chmod(0o644)
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RT_SITE_CONFIG": str(config),
        "RT_SITE_CONFIG_DIR": str(folder / "none"),
    }
    make = ("rt-setup-database-5", "--action", "init", "--skip-create")
    run(make, environment, folder)
    printed = run(("perl", str(seed)), environment, folder)
    tokens = dict(line.split("=", 1) for line in printed.split())
    server = (PROGRAM, "--host", LOOPBACK, "--port", str(port), "--max-workers", "4")
    with serving(server, environment, folder, port):
        yield Desk(url=f"http://{LOOPBACK}:{port}", port=port, tokens=tokens)


if __name__ == "__main__":
    by_hand(request_tracker(Path(sys.argv[1]).absolute()))
