"""`python -m casecli`, and the `casecli` script."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; gives the exit code."""
    if sys.platform == "win32":
        sys.stderr.write(
            "error: casecli runs on Linux and macOS\nhint: wsl --install\n"
        )
        return 2
    from casecli.cli import express

    code = express.run(sys.argv[1:])
    if code is not None:
        return code
    from casecli.cli.root import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
