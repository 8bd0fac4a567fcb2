"""Measure how fast the scrub gate rewrites a log, beside things that do not change.

`python benchmarks/scrub_speed.py [MEGABYTES [FOLDER]]` repeats the logs of a folder, by
default the loghub samples beside the project or else lines of its own, up to so many
megabytes (default 50). The machine's mood is in every figure: what is compared takes
turns, and ratios are within a turn. What is slow gets a part of the data only, or one
turn. Rows are by seconds of CPU, but where they say by the clock.
`SCRUB_PEERS` names a virtual environment that may have secrethider or sos in it.
"""

from __future__ import annotations

import importlib.util
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
from statistics import median

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
ROUNDS = 3
HERE = importlib.util.find_spec("hyperscan") is not None
Rates = dict[str, float | None]
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
    folder = Path(tempfile.mkdtemp(dir=folder))
    source = folder / "in"
    source.mkdir()
    shutil.copy(log, source)
    seen = folder / "seen"  # else it looks for all that it saw in earlier runs
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
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._gate = Gate(engine=engine, cache=folder / "cache", workers=workers)
        self._vault = FileVault(self._folder / "vault.db", self._folder / "key")
        self.start = seconds(lambda: self.rewrite(log))

    def rewrite(self, source: Path) -> None:
        """Rewrite from file to file."""
        with self._vault.case("bench") as case:
            out = self._folder / "out"
            self._gate.file(source, out, case)
            out.unlink()


def write_logs(data: bytes, folder: Path) -> dict[str, Path]:
    """Write the log in several sizes, and one of other words on each line."""
    small = data[:2_500_000]
    parts = {"large": data, "small": small, "few": data[:6_000_000]}
    parts["varied"] = varied(len(small))
    logs = {name: folder / name / f"{name}.log" for name in parts}
    for name, path in logs.items():
        path.parent.mkdir()
        path.write_bytes(parts[name])
    return logs


def rate(log: Path, took: float | None) -> float | None:
    """Give bytes a second."""
    return log.stat().st_size / took if took else None


def slow_ones(logs: dict[str, Path], folder: Path) -> Rates:
    """Measure once what is slow or little compared."""
    stdlib = Bench("stdlib", folder, logs["small"])
    rates = {
        "ripgrep -o, our anchors": rate(logs["few"], ripgrep(logs["few"], folder)),
        "rewrite, stdlib, first log": rate(logs["small"], stdlib.start),
        "rewrite, stdlib": rate(
            logs["few"], seconds(lambda: stdlib.rewrite(logs["few"]))
        ),
    }
    if HERE:
        rates["detect, hyperscan"] = rate(
            logs["large"], detect(logs["large"].read_bytes())
        )
        one = Bench("hyperscan", folder, logs["small"])
        took = seconds(lambda: one.rewrite(logs["varied"]))
        rates["rewrite, hyperscan, varied JSON"] = rate(logs["varied"], took)
    return rates


def one_round(logs: dict[str, Path], folder: Path) -> Rates:
    """Measure what is compared, each with nothing learned before."""
    small, few, large = logs["small"], logs["few"], logs["large"]
    text = small.read_bytes()
    rates = {
        "zlib -6": rate(small, seconds(lambda: zlib.compress(text, 6))),
        "secrethider, personal data": rate(large, secrethider(large, folder)),
        "sos clean": rate(few, sos(few, folder)),
    }
    if not HERE:
        return rates
    one = Bench("hyperscan", folder, small)
    rates["rewrite, hyperscan, first log"] = rate(small, one.start)
    took = seconds(lambda: one.rewrite(large))
    rates["rewrite, hyperscan"] = rate(large, took)
    two = Bench("hyperscan", folder, small, workers=2)
    two.rewrite(large)  # its case has the tokens then, as the other one's has
    alone = waited(lambda: one.rewrite(large))
    rates["  by the clock, one process"] = rate(large, alone)
    shared = waited(lambda: two.rewrite(large))
    rates["  by the clock, two workers"] = rate(large, shared)
    return rates


def main() -> None:
    """Print MB/s, and each as a multiple of others in the same round: the medians."""
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 50_000_000
    data = sample(size, Path(sys.argv[2]) if len(sys.argv) > 2 else LOGHUB)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = write_logs(data, folder)
        once = slow_ones(logs, folder)
        rounds = [one_round(logs, folder) for _ in range(ROUNDS)]
    print(f"{size / 1e6:.0f} MB, verify pass included; medians of {ROUNDS} rounds")
    for what in (*rounds[0], *once):
        found = [each.get(what, once.get(what)) for each in rounds]
        known = [rate for rate in found if rate]
        if not known:
            print(f"  {what:<31}not here")
            continue
        shown = f"{median(known) / 1e6:8.2f} MB/s"
        for other in ("zlib -6", "sos clean"):
            times = [
                rate / base
                for rate, each in zip(found, rounds, strict=True)
                if rate and (base := each[other])
            ]
            if times:
                shown += f" {median(times):8.2f} of {other}"
        print(f"  {what:<31}{shown}")


if __name__ == "__main__":
    main()
