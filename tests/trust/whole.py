"""Whole: every test of trust, a file to a process, and one table of what all of them measured.

``python -m tests.trust.whole [FOLDER]``; UTFALL_TRUST_JOBS processes at a time, else two.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.trust.conftest import SAVED
from tests.trust.goals import Ledger, told

HERE = Path(__file__).parent
#: Begun first, so that none of the long ones is left for the end.
LONGEST = (
    *("mutations", "killed_runs", "attack", "damaged_databases", "fuzz_for_minutes"),
    *("many_at_once", "redeliveries", "starved_runs", "oracle", "bad_deliveries", "same_bytes"),
)
HELD = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


@dataclass(frozen=True)
class Ended:
    """How the tests of one file ended.

    Attributes
    ----------
    words
        All that they printed.
    """

    name: str
    code: int
    seconds: float
    words: str

    @property
    def line(self) -> str:
        how = "held" if self.code in HELD else "FAILED"
        return f"{how:6}  {self.seconds:6.0f} s  {self.name}"


def in_order(folder: Path) -> list[Path]:
    """Return the files of tests in a folder, the longest first."""
    rank = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    found = sorted(folder.glob("test_*.py"))
    return sorted(found, key=lambda path: rank.get(path.stem, len(rank)))


def ended(path: Path, saved: Path) -> Ended:
    """Run the tests of one file in a process of their own."""
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "trust", str(path)],
        env={**os.environ, SAVED: str(saved)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ended(path.stem, run.returncode, time.monotonic() - began, run.stdout)


def all_ended(paths: Sequence[Path], place: Path, ledger: Ledger, jobs: int) -> Iterator[Ended]:
    """Run files side by side; yield each as it ends, what it measured already in the ledger."""
    with ThreadPoolExecutor(jobs) as pool:
        begun = {pool.submit(ended, path, place / path.stem): place / path.stem for path in paths}
        for one in as_completed(begun):
            if begun[one].is_file():
                ledger.add(begun[one])
            yield one.result()


def main(folder: Path = HERE) -> int:
    """Run every test of trust; return 1 where one fails or a promise is broken."""
    jobs = int(os.environ.get("UTFALL_TRUST_JOBS", "2"))
    ledger, is_held = Ledger(), True
    with tempfile.TemporaryDirectory() as place:
        for one in all_ended(in_order(folder), Path(place), ledger, jobs):
            print(one.line, flush=True)
            if one.code not in HELD:
                is_held = False
                print(one.words, flush=True)
    print("\n".join(["", *told(ledger)]))
    for broken in ledger.broken():
        print(f"a promise is broken: {broken}")
    return int(not is_held or bool(ledger.broken()))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
