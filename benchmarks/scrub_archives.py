"""Measure archives of very many members: CPU seconds and memory.

`python benchmarks/scrub_archives.py [MEMBERS]` makes a .tar.gz and a .zip of so many
small logs (100,000 by default), and scrubs each in a process of its own.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from casecli.scrub import Gate
from casecli.vault import FileVault

LINE = "2024-11-03 10:00:{n:02} INFO worker-{n} took {n} ms for user=user{n:02}x\n"


def make(folder: Path, members: int) -> tuple[Path, Path]:
    """Make both archives; a hundred users and names that say nothing."""
    texts = [(LINE.format(n=n) * 4).encode() for n in range(60)]
    tar_path, zip_path = folder / "many.tar.gz", folder / "many.zip"
    with tarfile.open(tar_path, "w:gz", compresslevel=1) as tar:
        for n in range(members):
            info = tarfile.TarInfo(f"var/log/pods/{n % 500}/app.{n}.log")
            info.size = len(texts[n % 60])
            tar.addfile(info, io.BytesIO(texts[n % 60]))
            tar.members = []  # type: ignore[attr-defined]  # what we measure is not this
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for n in range(members):
            made.writestr(f"var/log/pods/{n % 500}/app.{n}.log", texts[n % 60])
    return tar_path, zip_path


def measure(path: Path) -> None:
    """Scrub one archive and say what it took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        FileVault(Path(folder) / "vault.db", Path(folder) / "key").case(
            "bench"
        ) as case,
    ):
        before = resource.getrusage(resource.RUSAGE_SELF)
        done = Gate().file(path, Path(folder) / "out", case)
        after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = sum(done.findings.values())
    print(
        f"{path.name:<12} {cpu:7.1f} s of CPU, {after.ru_maxrss // 1024} MB resident "
        f"({before.ru_maxrss // 1024} before), {found} replaced, "
        f"{len(done.left_out)} left out",
        flush=True,
    )


def main() -> None:
    """Measure both, each in a fresh process."""
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        measure(Path(sys.argv[1]))
        return
    members = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        for path in make(Path(folder), members):
            subprocess.run([sys.executable, __file__, str(path)], check=True)


if __name__ == "__main__":
    main()
