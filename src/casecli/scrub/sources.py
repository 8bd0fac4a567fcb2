"""Opening what the user named: regular files and folders, once, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from casecli.domain.errors import BadInput

_WHAT = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_source(path: Path, folder: int | None = None) -> BinaryIO | None:
    """Open a regular file for reading, once; None for a folder.

    Raises:
        BadInput: it is anything else, or cannot be opened.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, dir_fd=folder)
    except OSError as error:
        raise BadInput(_why_not(path, error), f"ls -ld -- {path}") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        return None
    what = next((name for test, name in _WHAT if test(mode)), "not a regular file")
    raise BadInput(f"{path} is {what}, not a file or folder")


def _why_not(path: Path, error: OSError) -> str:
    if error.errno in {errno.ELOOP, errno.EMLINK}:
        target = "a link to nothing" if not path.exists() else "a symbolic link"
        return f"{path} is {target}; name the file itself"
    if error.errno == errno.ENXIO:
        return f"{path} is a socket or device, not a file or folder"
    if error.errno == errno.ENOENT:
        return f"there is no file {path}"
    return f"{path} cannot be read: {error.strerror}"
