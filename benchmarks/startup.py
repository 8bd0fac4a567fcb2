"""How soon casecli answers, as ratios to a bare Python on the same machine.

`python benchmarks/startup.py [-n RUNS] [--why]`. CPU seconds (user and system) are what
to compare between machines; wall time shows what else the machine was doing. `--why`
adds the imports that cost most.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "incident.md"
ONE_LINE_APP = "import typer; typer.run(lambda: None)"
TOP_IMPORTS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds of one command over all its runs; `code` is its exit code."""

    cpu: list[float]
    wall: list[float]
    code: int


def main() -> None:
    """Print a row for each command, and with --why the slowest imports."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-n", "--runs", type=int, default=20)
    arguments.add_argument("--why", action="store_true")
    chosen = arguments.parse_args()
    casecli = [sys.executable, "-m", "casecli"]
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "CASECLI_HOME": home,
        }
        subprocess.run(
            [*casecli, "open", "--from", str(EXAMPLE), "--no-input"],
            env=environment,
            check=False,
            capture_output=True,
        )
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "one-line Typer app": [sys.executable, "-c", ONE_LINE_APP],
            "casecli --help": [*casecli, "--help"],
            "casecli list": [*casecli, "list"],
            "casecli status": [*casecli, "status"],
        }
        gh = shutil.which("gh")
        if gh:
            commands["gh --version"] = [gh, "--version"]
        compare(commands, environment, chosen.runs)
        if chosen.why:
            for name in ("casecli --help", "casecli list", "casecli status"):
                explain(name, commands[name], environment)


def compare(
    commands: dict[str, list[str]], environment: dict[str, str], runs: int
) -> None:
    """Print best and median of each command beside the first one's."""
    print(f"{'ms, best/median of ' + str(runs):<24}{'CPU':>14}{'wall':>14}{'x CPU':>8}")
    bare = 0.0
    for name, command in commands.items():
        timing = measure(command, environment, runs)
        bare = bare or min(timing.cpu)
        failed = f"  exit {timing.code}" if timing.code else ""
        print(
            f"{name:<24}{best_and_median(timing.cpu):>14}"
            f"{best_and_median(timing.wall):>14}{min(timing.cpu) / bare:>8.1f}{failed}"
        )


def measure(command: list[str], environment: dict[str, str], runs: int) -> Timing:
    """Run a command `runs` times after one run that warms the caches."""
    cpu, wall, code = [], [], 0
    for number in range(runs + 1):
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if number:
            wall.append((time.perf_counter() - begin) * 1000)
            cpu.append((usage.ru_utime + usage.ru_stime) * 1000)
    return Timing(cpu=cpu, wall=wall, code=code)


def best_and_median(values: list[float]) -> str:
    """Write two numbers as a reader compares them."""
    return f"{min(values):.0f}/{statistics.median(values):.0f}"


def explain(name: str, command: list[str], environment: dict[str, str]) -> None:
    """Print the imports of a command that took longest, their own imports included."""
    done = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    rows = [
        (int(columns[1]), columns[2].strip())
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
        for columns in [line.removeprefix("import time:").split("|")]
        if columns[1].strip().isdigit()
    ]
    print(f"\n{name}: imports, ms with what they import")
    for microseconds, module in sorted(rows, reverse=True)[:TOP_IMPORTS]:
        print(f"{microseconds / 1000:8.1f}  {module}")


if __name__ == "__main__":
    main()
