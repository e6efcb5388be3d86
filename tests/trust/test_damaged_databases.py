"""R2: is a database that was damaged, or left with a journal, made again with the same bytes?"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trust.whole_runs import published, times, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(2 * 3600)]

#: Changes a database and dies before the change has gone from the journal into the file.
DYING = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("set wal_autocheckpoint = '1TB'")
connection.execute("delete from raw.persons")
os.kill(os.getpid(), signal.SIGKILL)
"""


def cut_short(database: Path, draw: random.Random) -> None:
    content = database.read_bytes()
    database.write_bytes(content[: int(draw.random() * len(content))])


def scratched(database: Path, draw: random.Random) -> None:
    content = bytearray(database.read_bytes())
    for _ in range(8):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    database.write_bytes(content)


def journal_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def with_a_journal_of_noise(database: Path, draw: random.Random) -> None:
    journal_of(database).write_bytes(draw.randbytes(draw.randrange(1, 9000)))


def with_a_journal_that_takes_everybody_out(database: Path, draw: random.Random) -> None:
    aside = database.with_name("aside.duckdb")
    shutil.copyfile(database, aside)
    died = subprocess.run([sys.executable, "-c", DYING, str(aside)], check=False)
    assert died.returncode == -signal.SIGKILL
    content = journal_of(aside).read_bytes()
    # Whole, or cut as a power cut would.
    whole = draw.random() < 0.5
    journal_of(database).write_bytes(content if whole else content[: draw.randrange(len(content))])
    for path in (aside, journal_of(aside)):
        path.unlink()


DAMAGES = (
    cut_short,
    scratched,
    with_a_journal_of_noise,
    with_a_journal_that_takes_everybody_out,
)


def test_a_damaged_database_is_made_again(tmp_path, ledger):
    study = tmp_path / "study"
    write_world(study, "vallentuna", seed=11, size=60)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    bundle = published(study)
    assert len(bundle) > 20
    warehouse, results = study / ".utfall/utfall.duckdb", study / ".utfall/protected/results.json"
    protected = results.read_bytes()
    draw = random.Random(7)
    for number in range(times(60)):
        DAMAGES[number % len(DAMAGES)](warehouse, draw)
        results.unlink()
        ended = utfall("run", "--no-prefect", "--study", study).wait()
        is_same = ended == 0 and results.read_bytes() == protected and published(study) == bundle
        ledger.count("R2", "damaged databases", attacked=1, leaked=not is_same)
        assert is_same
        assert not journal_of(warehouse).exists()
