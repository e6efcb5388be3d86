"""Does a promise that is broken, or that nothing measured, fail the run and say so?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trust.goals import ATTACKS, BOUNDS, HELD, NOT_HELD, NOT_MEASURED, Ledger

ROOT = Path(__file__).parents[2]


def kept() -> Ledger:
    """Return a ledger in which every promise is kept."""
    ledger = Ledger()
    for attack in ATTACKS:
        ledger.count(attack.goal, attack.kind, attacked=attack.promised)
    for bound in BOUNDS:
        ledger.measure(bound.goal, bound.name, bound.promised)
    return ledger


def test_nothing_is_broken_where_all_is_kept():
    ledger = kept()
    assert ledger.broken() == []
    assert {line[-1] for line in [*ledger.attack_lines(), *ledger.figure_lines()]} == {"", HELD}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: f"{one.goal} {one.kind}")
def test_one_leak_breaks_a_promise_and_so_does_one_attack_too_few(attack):
    leaky = kept()
    leaky.count(attack.goal, attack.kind, attacked=1, leaked=1)
    assert leaky.broken() == [f"{attack.goal} {attack.kind}: {NOT_HELD}"]
    short = kept()
    short.tallies[attack.goal, attack.kind].attacked -= 1
    assert short.verdict(attack) == NOT_HELD
    del short.tallies[attack.goal, attack.kind]
    assert short.verdict(attack) == NOT_MEASURED


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda one: f"{one.goal} {one.name}")
def test_a_figure_beyond_its_bound_or_not_measured_breaks_a_promise(bound):
    ledger = kept()
    ledger.figures[bound.goal, bound.name] += 1 if bound.sense == "peak" else -1
    assert ledger.verdict(bound) == NOT_HELD
    del ledger.figures[bound.goal, bound.name]
    assert ledger.verdict(bound) == NOT_MEASURED


def test_what_is_raised_counts_as_leaked():
    ledger = Ledger()
    with ledger.attack("R2", "runs killed"):
        pass
    with pytest.raises(AssertionError), ledger.attack("R2", "runs killed"):
        raise AssertionError
    tally = ledger.tallies["R2", "runs killed"]
    assert (tally.attacked, tally.caught, tally.leaked) == (2, 1, 1)


def test_no_kind_is_counted_that_nobody_promised():
    with pytest.raises(ValueError, match="not enough"):
        Ledger().count("R2", "runs kiled", attacked=1)


def run(tmp_path: Path, marker: str, *asked: str, kinds: str) -> subprocess.CompletedProcess[str]:
    """Run one test that keeps promises of some kinds, in a place that shares our conftest."""
    place = tmp_path / "held"
    place.mkdir(exist_ok=True)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntestpaths = held\nmarkers =\n  trust: x\n", encoding="utf-8"
    )
    (place / "conftest.py").write_text("from tests.trust.conftest import *\n", encoding="utf-8")
    (place / "test_one.py").write_text(
        "import pytest\n"
        "from tests.trust.goals import ATTACKS, BOUNDS\n"
        "@pytest.mark.trust\n"
        "def test_one(ledger):\n"
        f"    for one in {kinds}:\n"
        "        ledger.count(one.goal, one.kind, attacked=one.promised)\n"
        "    for one in BOUNDS:\n"
        "        ledger.measure(one.goal, one.name, one.promised)\n",
        encoding="utf-8",
    )
    return subprocess.run(
        [*(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib"),
         *("-q", "-m", marker), *asked],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_run_of_all_that_measured_too_little_fails_and_names_what(tmp_path):
    whole = run(tmp_path, "trust", kinds="ATTACKS")
    assert whole.returncode == 0, whole.stdout
    missing = run(tmp_path, "trust", kinds="ATTACKS[1:]")
    assert missing.returncode == 1
    assert "a promise is broken: R1 bad deliveries: not measured" in missing.stdout
    assert "1 passed" in missing.stdout


def test_a_part_of_the_tests_promises_nothing_of_the_rest(tmp_path):
    part = run(tmp_path, "trust", "held/test_one.py", kinds="ATTACKS[1:]")
    assert part.returncode == 0, part.stdout
    assert "R1    bad deliveries" in part.stdout
    assert "a promise is broken" not in part.stdout


def test_a_share_of_the_attacks_is_told_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("UTFALL_TRUST", "0.1")
    few = run(tmp_path, "trust", kinds="ATTACKS")
    assert "UTFALL_TRUST=0.1: so much of the long attacks was tried" in few.stdout
