"""R1: does a program that shares nothing with ours agree on what is wrong with a delivery?"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.trust.bad_deliveries import Bad, bad_deliveries
from tests.trust.good_delivery import GoodDelivery
from tests.trust.oracle import judged
from tests.trust.test_bad_deliveries import HARMLESS, SMALL
from utfall.expectations import screening
from utfall.expectations.row_rules import BROKEN
from utfall.pipelines import admission
from utfall.pipelines.delivery import check_delivery

#: Declarations that are wrong by themselves: the oracle would have nothing to read with.
UNREADABLE = frozenset(
    {"mapping_table_unknown", "mapping_column_twice", "mapping_household", "declaration_invalid"}
)
CASES = [case for case in bad_deliveries() if case.rule not in UNREADABLE]

#: What the oracle must see as well where we do: in the row, else in the file.
SHARED = frozenset(
    {"code_unmapped", "date_serial", "date_unreadable", "duplicate_key", "duplicate_row"}
    | {"encoding_mismatch", "encoding_utf16", "end_after_extract", "file_empty", "file_not_text"}
    | {"flag_unreadable", "id_malformed", "missing_required", "month_malformed", "not_a_slug"}
    | {"number_out_of_range", "number_unreadable", "orphan_person", "orphan_referral"}
    | {"orphan_spell", "person_mismatch", "row_long", "row_short", "text_too_long"}
    | {"timestamp_unreadable", "date_implausible", "column_missing", "delimiter_mismatch"}
    | {"header_missing", "header_repeated", "quote_unterminated"}
)
#: Ways of writing that we do not take for another day, number or letter, and the oracle does.
LENIENT = frozenset(
    {"date_unreadable-a digit short", "number_unreadable-exponent"}
    | {"encoding_mismatch-declared latin-1, is cp1252"}
)

#: Written otherwise than the oracle compares it: it folds no case and composes no letters.
FOLDED = {
    "header in capitals",
    "codes in other case and with blanks",
    "codes with combining marks",
}


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges what is left, which the oracle is held against anyway."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def held_against_the_oracle(case: Bad, root: Path) -> bool:
    """Assert that we count and refuse what the oracle does; return whether it saw the case."""
    good = GoodDelivery()
    case.spoil(good)
    folder = good.write(root)
    report = check_delivery(folder)
    found = judged(good, folder)
    if report.is_accepted:
        ours = {(Path(file).name, row) for file, row, *_ in report.quarantine.iter_rows()}
        assert found.rejected <= ours
        assert found.is_readable
        assert all(
            count.rows_in == found.rows[name]
            for count in report.counts
            if (name := Path(count.file).name) in found.rows
        )
    if case.rule in SHARED and case.id not in LENIENT and (case.file or "").endswith(".csv"):
        places = {file for file, _, _ in found.errors}
        assert case.file in places
        if case.outcome == "set aside":
            assert (case.file, case.row) in found.rejected
    return bool(found.errors)


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_the_oracle_agrees_on_one_of_each_kind(case, tmp_path):
    held_against_the_oracle(case, tmp_path)


@pytest.mark.trust
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_the_oracle_rejects_we_reject_and_count_alike(case, tmp_path, ledger):
    with ledger.attack("R1", "bad deliveries, read by another program too"):
        seen = held_against_the_oracle(case, tmp_path)
    ledger.measure("R1", "bad deliveries that the other program finds too", seen)


@pytest.mark.parametrize("name", ["nothing", *sorted(HARMLESS.keys() - FOLDED)])
def test_the_oracle_finds_nothing_in_a_good_delivery(name, tmp_path):
    good = GoodDelivery()
    HARMLESS.get(name, lambda _: None)(good)
    folder = good.write(tmp_path)
    found = judged(good, folder)
    assert found.errors == frozenset()
    counts = check_delivery(folder).counts
    assert found.rows == {Path(count.file).name: count.rows_in for count in counts}
    assert len(found.rows) == 6


@pytest.mark.parametrize(
    ("guard", "rule"),
    [("orphaned_rows", "orphan_referral"), ("repeated_rows", "duplicate_key")],
)
def test_the_oracle_notices_a_guard_that_is_taken_away(guard, rule, tmp_path, monkeypatch):
    (case,) = [case for case in CASES if case.id == rule]
    monkeypatch.setattr(screening, guard, lambda *_: pl.DataFrame(schema=BROKEN))
    with pytest.raises(AssertionError):
        held_against_the_oracle(case, tmp_path)
