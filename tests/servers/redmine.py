"""Redmine 5 from Debian's packages, on the loopback, for one session.

By hand: `python -m tests.servers.redmine FOLDER` serves until it is interrupted.
"""

from __future__ import annotations

import secrets
import shlex
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

PACKAGES = ("redmine", "redmine-sqlite", "dbconfig-no-thanks", "puma")
PACKAGED = Path("/usr/share/redmine")
HERE = Path(__file__).parent
# A copy of the packaged program that leaves the machine's own Redmine alone.
COPY = r"""
set -e
mkdir -p app && cd app
(cd PACKAGED && tar cf - --exclude=./instances --exclude=./Gemfile.lock \
  --exclude=./config/database.yml .) | tar xf -
cd public/javascripts
for each in *; do
  [ -e "$each" ] || ln -sfn "$(readlink -f PACKAGED/public/javascripts/"$each")" "$each"
done
cd ../..
mkdir -p log tmp files instances/default/config instances/default/files \
  instances/default/log instances/default/tmp/cache \
  instances/default/public/plugin_assets
theirs="PACKAGED/{config,instances/\*/config}/database.yml"
sed -i "s#$theirs#$PWD/config/database.yml#" Gemfile
echo "gem 'puma'" > Gemfile.local
"""


@contextmanager
def redmine(folder: Path) -> Iterator[Desk]:
    """Serve a fresh tracker from an empty folder; about twenty seconds."""
    need(*PACKAGES)
    own(folder)
    app = folder / "app"
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RAILS_ENV": "production",
        "REDMINE_LANG": "en",
        "BUNDLE_GEMFILE": str(app / "Gemfile"),
        "SEED_OUT": str(folder / "keys"),
    }
    script = COPY.replace("PACKAGED", shlex.quote(str(PACKAGED)))
    run(("sh", "-c", script), environment, folder)
    database = (
        "production:\n  adapter: sqlite3\n"
        f"  database: {folder}/redmine.sqlite3\n  timeout: 20000\n"
    )
    for config in (app / "config", app / "instances" / "default" / "config"):
        (config / "database.yml").write_text(database)
    secret = app / "instances" / "default" / "config" / "secret_key.txt"
    secret.write_text(secrets.token_hex(40))
    seed = folder / "seed.rb"
    seed.write_text((HERE / "redmine_seed.rb").read_text("utf-8"))
    seed.chmod(0o644)
    run(("bundle", "install", "--local", "--quiet"), environment, app)
    # Not in one call: what is migrated is not yet known to the models then.
    run(("bundle", "exec", "rake", "db:migrate"), environment, app)
    run(("bundle", "exec", "rails", "runner", str(seed)), environment, app)
    printed = (folder / "keys").read_text("utf-8")
    port = free_port()
    server = ("bundle", "exec", "puma", "-e", "production", "-t", "1:4")
    bound = (*server, "-b", f"tcp://{LOOPBACK}:{port}")
    with serving(bound, environment, app, port):
        yield Desk(
            url=f"http://{LOOPBACK}:{port}",
            port=port,
            tokens=dict(line.split("=", 1) for line in printed.split()),
        )


if __name__ == "__main__":
    by_hand(redmine(Path(sys.argv[1]).absolute()))
