"""Measure how fast the scrub gate rewrites a log, beside things that do not change.

`python benchmarks/scrub_speed.py [MEGABYTES [FOLDER]]` repeats the logs of a folder, by
default the loghub samples beside the project or else lines of its own, up to so many
megabytes (default 50). The machine's mood is in every figure: compare the ratios. What
is slow gets a part of the data only. Rows are by seconds of CPU, but where they say by
the clock.
`SCRUB_PEERS` names a virtual environment that may have secrethider or sos in it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from program_cpu import ran

from casecli.scrub import Gate
from casecli.scrub.hyper import HyperscanEngine
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder
from casecli.vault import FileVault

LOGHUB = Path(__file__).parents[2] / "shared" / "data" / "loghub"
LINE = (
    "Mar {day:2} 04:{minute:02}:44 web{host} sshd[{n}]: Failed password for u{n} from "
    "10.{host}.{minute}.{day} port {n} ssh2\n"
    "2024-03-{day:02} 04:{minute:02}:44,{n} INFO [main] org.apache.Task: {n} done\n"
)
WORDS = (
    *("retry", "queue", "worker", "took", "error", "while", "agent", "server"),
    *("client", "request", "response", "timeout", "socket", "pool", "shard", "leader"),
)
CHUNK = 256 * 1024
PEER = """
import secrethider, sys
pii = ["email", "phone", "credit_card", "ssn", "iban", "ipv4"]
mask = {"style": "hash", "salt": "bench"}
redactor = secrethider.redactor_from_config({"enable": pii, "mask": mask})
secrethider.redact_path(sys.argv[1], sys.argv[2], redactor=redactor)
"""


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


def varied(size: int) -> bytes:
    """Give a JSON log of about `size` bytes in which each line has other words."""
    dice = random.Random(1)  # noqa: S311 - the same log on every run
    lines = (
        {
            "timestamp": f"2026-01-02T03:{n % 60:02d}:05.{n % 1000:03d}Z",
            "logger": f"com.acme.{dice.choice(WORDS).title()}Service",
            "message": " ".join(dice.choices(WORDS, k=10)),
            "userId": f"u{dice.randrange(5000)}",
            "clientIp": f"10.{n % 7}.{n % 11}.{n % 250}",
            "durationMs": dice.randrange(9000),
            "traceId": f"{dice.getrandbits(128):032x}",
        }
        for n in range(size // 270)
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def seconds(work: Callable[[], object]) -> float:
    """Time something in CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def waited(work: Callable[[], object]) -> float:
    """Time something in seconds of the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ripgrep(log: Path, folder: Path) -> float | None:
    """Time ripgrep printing all that our anchors match; it takes one core too."""
    program = shutil.which("rg")
    if program is None:
        return None
    patterns = folder / "patterns"
    anchors = [
        anchor.decode("latin-1")
        for rule in load().rules
        for anchor in rule.anchors
        if b"\\n" not in anchor and b"\\x" not in anchor and anchor.isascii()
    ]
    words = (word for rule in load().rules for word in rule.openings)
    anchors += [word.decode() + " " for word in words if word.isascii()]
    patterns.write_text("\n".join(anchors) + "\n")
    options = ("-j1", "-o", "-a", "-i", "--no-unicode", "-f")
    return program_time([program, *options, str(patterns), str(log)])


def program_time(command: list[str]) -> float | None:
    """Time a program in CPU seconds; None where it fails."""
    done, took = ran(command)
    return took if done.returncode == 0 else None


def secrethider(log: Path, folder: Path) -> float | None:
    """Time a scrubber in C++: its rules for personal data, hashes for values."""
    python = Path(os.environ.get("SCRUB_PEERS", "none")) / "bin" / "python"
    if not python.exists():
        return None
    return program_time([str(python), "-c", PEER, str(log), str(folder / "peer.out")])


def sos(log: Path, folder: Path) -> float | None:
    """Time `sos clean` on a folder with nothing but the log in it, which it empties."""
    program = Path(os.environ.get("SCRUB_PEERS", "none")) / "bin" / "sos"
    if not program.exists():
        return None
    source = folder / "sos" / "in"
    source.mkdir(parents=True)
    shutil.copy(log, source)
    seen = folder / "sos" / "seen"  # else it looks for all that it saw in earlier runs
    seen.write_text("{}")
    options = ("clean", "--batch", "-j1", "-z", "none", "--tmp-dir", str(folder))
    return program_time([str(program), *options, "--map-file", str(seen), str(source)])


def detect(data: bytes) -> float:
    """Time finding alone: the spans that rules accept, a chunk at a time."""
    finder = Finder(load().rules, HyperscanEngine)
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    finder.spans(chunks[0])
    return seconds(lambda: [finder.spans(chunk) for chunk in chunks])


class Bench:
    """A gate and a case; `start` is what the first log took that it saw."""

    def __init__(self, engine: str, folder: Path, log: Path, workers: int = 1) -> None:
        self._folder = folder
        cache = folder / "cache"
        self._gate = Gate(engine=engine, cache=cache, workers=workers)
        self._vault = FileVault(folder / f"{engine}{workers}.db", folder / "key")
        self.start = seconds(lambda: self.rewrite(log))

    def rewrite(self, source: Path) -> None:
        """Rewrite from file to file."""
        with self._vault.case("bench") as case:
            out = self._folder / "out"
            self._gate.file(source, out, case)
            out.unlink()


def rows(data: bytes, folder: Path) -> list[tuple[str, float | None]]:
    """Give megabytes a second of each."""
    small, few = data[:2_500_000], data[:6_000_000]
    logs = {}
    other = varied(len(small))
    parts = {"large": data, "small": small, "few": few, "varied": other}
    for name, part in parts.items():
        logs[name] = folder / name / f"{name}.log"
        logs[name].parent.mkdir()
        logs[name].write_bytes(part)

    def rate(part: bytes, took: float | None) -> float | None:
        return len(part) / took if took else None

    out = [
        ("zlib -6", rate(small, seconds(lambda: zlib.compress(small, 6)))),
        ("ripgrep -o, our anchors", rate(few, ripgrep(logs["few"], folder))),
        ("secrethider, personal data", rate(data, secrethider(logs["large"], folder))),
        ("sos clean", rate(few, sos(logs["few"], folder))),
    ]
    stdlib = Bench("stdlib", folder, logs["small"])
    took = seconds(lambda: stdlib.rewrite(logs["few"]))
    out.append(("rewrite, stdlib, first log", rate(small, stdlib.start)))
    out.append(("rewrite, stdlib", rate(few, took)))
    try:
        out.append(("detect, hyperscan", rate(data, detect(data))))
    except ImportError:
        return [*out, ("rewrite, hyperscan", None)]
    one = Bench("hyperscan", folder, logs["small"])
    out.append(("rewrite, hyperscan, first log", rate(small, one.start)))
    out.append(
        ("rewrite, hyperscan", rate(data, seconds(lambda: one.rewrite(logs["large"]))))
    )
    two = Bench("hyperscan", folder, logs["small"], workers=2)
    two.rewrite(logs["large"])  # its case has the tokens then, as the other one's has
    alone = waited(lambda: one.rewrite(logs["large"]))
    shared = waited(lambda: two.rewrite(logs["large"]))
    out.append(("  by the clock, one process", rate(data, alone)))
    out.append(("  by the clock, two workers", rate(data, shared)))
    took = seconds(lambda: one.rewrite(logs["varied"]))
    out.append(("rewrite, hyperscan, varied JSON", rate(other, took)))
    return out


def main() -> None:
    """Print MB/s, and each as a multiple of zlib at level 6 in the same run."""
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 50_000_000
    data = sample(size, Path(sys.argv[2]) if len(sys.argv) > 2 else LOGHUB)
    with tempfile.TemporaryDirectory() as name:
        found = rows(data, Path(name))
    rates = dict(found)
    base, sos_clean = rates["zlib -6"] or 1.0, rates["sos clean"]
    print(f"{size / 1e6:.0f} MB, verify pass included; x is of zlib -6 in this run")
    for what, rate in found:
        shown = f"{rate / 1e6:8.2f} MB/s {rate / base:7.2f} x" if rate else "not here"
        times = f"{rate / sos_clean:7.1f} of sos" if rate and sos_clean else ""
        print(f"  {what:<31}{shown}{times}")


if __name__ == "__main__":
    main()
