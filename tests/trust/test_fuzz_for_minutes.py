"""R9: ten minutes of damaged files: no crash, no hang, no row lost, and little memory."""

from __future__ import annotations

import os
import random
import resource
import tempfile
import time
from pathlib import Path

import pytest

from tests.trust.good_delivery import (
    ASSISTANCE,
    CAPACITY,
    FOLLOWUPS,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)
from tests.trust.test_fuzzed_deliveries import damaged
from tests.trust.whole_runs import times
from utfall.expectations.identifiers import find_identifiers
from utfall.expectations.rulebook import rulebook
from utfall.pipelines import admission
from utfall.pipelines.delivery import check_delivery
from utfall.pipelines.readers import Unreadable, count_records, read_sheet

pytestmark = [pytest.mark.trust, pytest.mark.fuzz, pytest.mark.timeout(2 * 3600)]

FILES = (PERSONS, REFERRALS, SPELLS, ASSISTANCE, FOLLOWUPS, CAPACITY)
MINUTES = 10 * float(os.environ.get("UTFALL_TRUST", "1"))
#: Of so many files one goes through the whole check; the others through reader and screens.
WHOLE = 40


def test_ten_minutes_of_damaged_files(tmp_path, monkeypatch, ledger):
    # Great Expectations takes half a second a time and judges only what is let in.
    monkeypatch.setattr(admission, "judge", lambda _: ())
    folder = GoodDelivery().write(tmp_path)
    plain = {name: (folder / name).read_bytes() for name in FILES}
    draw = random.Random(20161209)
    ends = time.monotonic() + 60 * MINUTES
    cases = 0
    while time.monotonic() < ends or cases < times(50_000):
        name, seed, edits = draw.choice(FILES), draw.randrange(2**32), draw.randint(1, 4)
        began = time.monotonic()
        with ledger.attack("R9", "damaged files"):
            try:
                if cases % WHOLE:
                    _reads(tmp_path / "one.csv", damaged(plain[name], seed, edits))
                else:
                    _checks(name, seed, edits)
            except Exception as error:
                error.add_note(f"{name} with seed {seed} and {edits} edits")
                raise
            took = time.monotonic() - began
            ledger.measure("R9", "seconds for the slowest", round(took, 2))
            assert took < 5
        cases += 1
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ledger.measure("R9", "MiB of memory", round(used))
    assert used < 1024


def _reads(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        sheet = read_sheet(path, "one.csv", encoding="utf-8", delimiter=";")
    except Unreadable as unreadable:
        unknown = [fault.rule for fault in unreadable.faults if fault.rule not in rulebook()]
    else:
        unknown = []
        assert sheet.rows.height == count_records(path)
        list(find_identifiers(sheet.rows))
    assert unknown == []


def _checks(name: str, seed: int, edits: int) -> None:
    good = GoodDelivery()
    good.spoil(name, lambda content: damaged(content, seed, edits))
    with tempfile.TemporaryDirectory() as place:
        report = check_delivery(good.write(Path(place)))
    assert all(fault.rule in rulebook() for fault in (*report.faults, *report.set_aside))
    for count in report.counts:
        assert count.rows_in == count.rows_loaded + count.rows_quarantined
