"""Run lock: is anyone else working on this study right now?"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utfall.analysis.errors import Busy, Fault

LOCK_FILE = "run.lock"


@contextmanager
def run_lock(work: Path) -> Iterator[None]:
    """Hold a study's work folder for one run.

    The lock is the kernel's on an open file, not the file's existence: it ends with the
    process however that ends, so there is no stale lock to guess about, and a reused
    process number cannot look like a holder. The number in the file only names who holds it.

    Parameters
    ----------
    work : Path
        The study's folder of derived work; made where missing.

    Raises
    ------
    Busy
        Another process holds it; the message names that process.
    """
    work.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(work / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise _busy(os.pread(descriptor, 32, 0)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        # The name goes, the file stays: unlinking it would let a third process lock a new one.
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _busy(content: bytes) -> Busy:
    number = content.decode("ascii", "replace").strip()
    holder = f"process {number}" if number.isdigit() else "another process"
    return Busy(
        f"{holder} is working on this study",
        [
            Fault(
                rule="busy",
                message=f"{holder} holds the study",
                way_out="wait until it has finished, or end it, and run this again",
            )
        ],
    )
