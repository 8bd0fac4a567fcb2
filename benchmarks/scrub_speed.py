"""Measure how fast the scrub gate rewrites a log, beside things that do not change.

`python benchmarks/scrub_speed.py [MEGABYTES [FOLDER]]` repeats the logs of a folder, by
default the loghub samples beside the project or else lines of its own, up to so many
megabytes (default 6). The machine's mood is in every figure: compare the ratios.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from casecli.scrub import Gate
from casecli.scrub.ruleset import load
from casecli.vault import FileVault

LOGHUB = Path(__file__).parents[2] / "shared" / "data" / "loghub"
LINE = (
    "Mar {day:2} 04:{minute:02}:44 web{host} sshd[{n}]: Failed password for u{n} from "
    "10.{host}.{minute}.{day} port {n} ssh2\n"
    "2024-03-{day:02} 04:{minute:02}:44,{n} INFO [main] org.apache.Task: {n} done\n"
)


def sample(size: int, folder: Path) -> bytes:
    """Give `size` bytes of log."""
    logs = sorted(folder.glob("*.log"))
    if logs:
        data = b"".join(path.read_bytes() for path in logs)
    else:
        data = "".join(
            LINE.format(day=n % 28 + 1, minute=n % 60, host=n % 9, n=n % 9973)
            for n in range(20_000)
        ).encode()
    return (data * (size // len(data) + 1))[:size]


def seconds(work: Callable[[], object]) -> float:
    """Time something in CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ripgrep(data: bytes, folder: Path) -> float | None:
    """Time ripgrep printing all that our anchors match; it takes one core too."""
    program = shutil.which("rg")
    if program is None:
        return None
    log, patterns = folder / "log", folder / "patterns"
    log.write_bytes(data)
    anchors = [
        anchor.decode("latin-1")
        for rule in load().rules
        for anchor in rule.anchors
        if b"\\n" not in anchor and b"\\x" not in anchor and anchor.isascii()
    ]
    patterns.write_text("\n".join(anchors) + "\n")
    options = ("-j1", "-o", "-a", "-i", "--no-unicode", "-f")
    command = [program, *options, str(patterns), str(log)]
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start if done.returncode == 0 else None


def rewrite(engine: str, data: bytes, folder: Path) -> float:
    """Time the gate from file to file, its start apart."""
    source = folder / "source.log"
    source.write_bytes(data)
    gate = Gate(engine=engine, cache=folder / "cache")
    vault = FileVault(folder / f"{engine}.db", folder / "key")
    with vault.case("bench") as case:
        gate.text("warm up", case)
        return seconds(lambda: gate.file(source, folder / f"{engine}.out", case))


def main() -> None:
    """Print MB/s, and each as a multiple of zlib at level 6 in the same run."""
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 6_000_000
    data = sample(size, Path(sys.argv[2]) if len(sys.argv) > 2 else LOGHUB)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = data[:2_000_000]
        base = len(small) / seconds(lambda: zlib.compress(small, 6))
        rows: list[tuple[str, float | None]] = [("zlib -6", base)]
        loop = seconds(lambda: [line.find(b"=") for line in small.splitlines()])
        rows.append(("python, a find a line", len(small) / loop))
        found = ripgrep(data, folder)
        rows.append(("ripgrep -o, our anchors", len(data) / found if found else None))
        try:
            took = rewrite("hyperscan", data, folder)
            rows.append(("scrub, hyperscan", len(data) / took))
        except ImportError:
            rows.append(("scrub, hyperscan", None))
        rows.append(("scrub, stdlib", len(small) / rewrite("stdlib", small, folder)))
    print(f"{size / 1e6:.0f} MB, verify pass included; x is of zlib -6 in this run")
    for what, rate in rows:
        shown = f"{rate / 1e6:8.2f} MB/s {rate / base:7.2f} x" if rate else "not here"
        print(f"  {what:<26}{shown}")


if __name__ == "__main__":
    main()
