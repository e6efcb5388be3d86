"""Is what several processes measured told in one table, and does one failure fail the whole?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust import whole
from tests.trust.goals import ATTACKS, BOUNDS, Ledger

ROOT = Path(__file__).parents[2]
MEASURES = """
import pytest
from tests.trust.goals import ATTACKS, BOUNDS
@pytest.mark.trust
def test_it(ledger):
    for one in ATTACKS[{attacks}]:
        ledger.count(one.goal, one.kind, attacked=one.promised)
    for one in BOUNDS[{bounds}]:
        ledger.measure(one.goal, one.name, one.promised)
    {ending}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of tests that shares our conftest, and a function that writes one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  trust: x\n", "utf-8")
    (tmp_path / "conftest.py").write_text("from tests.trust.conftest import *\n", "utf-8")

    def write(name: str, attacks: str = ":", bounds: str = ":", ending: str = "pass") -> None:
        text = MEASURES.format(attacks=attacks, bounds=bounds, ending=ending)
        (tmp_path / f"test_{name}.py").write_text(text, "utf-8")

    return tmp_path, write


def test_what_two_files_measured_is_one_table(folder, capsys):
    place, write = folder
    write("one", attacks=":9", bounds="3:")
    write("other", attacks="9:", bounds=":3")
    (place / "test_none.py").write_text("def test_quick():\n    raise AssertionError\n", "utf-8")
    assert whole.main(place) == 0
    told = capsys.readouterr().out
    assert "a promise is broken" not in told
    assert told.count("held") >= 3 + len(ATTACKS) + len(BOUNDS)


def test_a_promise_that_no_file_measured_is_broken(folder, capsys):
    place, write = folder
    write("one", attacks="1:")
    assert whole.main(place) == 1
    assert "a promise is broken: R1 bad deliveries: not measured" in capsys.readouterr().out


def test_a_file_that_fails_fails_the_whole_and_says_why(folder, capsys):
    place, write = folder
    write("one")
    write("other", attacks=":0", bounds=":0", ending="assert not 'a leak'")
    assert whole.main(place) == 1
    told = capsys.readouterr().out
    assert "FAILED" in told
    assert "a leak" in told


def test_what_was_saved_and_added_is_what_was_measured(tmp_path):
    ledger, both = Ledger(), Ledger()
    ledger.count("R2", "runs killed", attacked=7, leaked=1)
    ledger.measure("R9", "seconds for the slowest", 2.5)
    ledger.save(tmp_path / "saved")
    both.measure("R9", "seconds for the slowest", 3)
    for _ in range(2):
        both.add(tmp_path / "saved")
    assert (both.tallies["R2", "runs killed"].attacked, both.figures.popitem()[1]) == (14, 3)
    assert both.tallies["R2", "runs killed"].leaked == 2


def test_every_test_of_trust_lies_where_the_whole_looks_for_it():
    marked = {
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark.trust" in path.read_text("utf-8")
    }
    assert marked <= set(whole.in_order(whole.HERE))
    assert {f"test_{name}" for name in whole.LONGEST} <= {path.stem for path in marked}
