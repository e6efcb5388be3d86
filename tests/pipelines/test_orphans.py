"""Orphans: is a reference judged again when the delivery that it points to is corrected?"""

from __future__ import annotations

import pytest

from tests.pipelines.test_register import FIRST, SECOND, changed, kept, put, state_of
from tests.trust.good_delivery import ASSISTANCE, PERSONS, REFERRALS, SPELLS, GoodDelivery
from utfall.analysis.errors import DeliveryRefused
from utfall.pipelines import admission
from utfall.pipelines.register import State, state_sha256


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges single deliveries; here it would only take its time."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def part(*files: str) -> GoodDelivery:
    good = GoodDelivery()
    good.files = {name: good.files[name] for name in files}
    return good


def delivered_apart(root):
    put(root, "people", part(PERSONS, REFERRALS), holds=["persons", "referrals"])
    put(root, "stays", part(SPELLS, ASSISTANCE), holds=["spells", "assistance_months"])


def set_aside(state: State) -> list[tuple[str, int, str, str]]:
    return sorted(
        (str(file).rpartition("/")[2], row, column, rule)
        for one in state.deliveries
        for file, row, column, rule, _ in one.quarantine.iter_rows()
    )


def test_tables_delivered_apart_are_held_against_each_other(tmp_path):
    delivered_apart(tmp_path / "apart")
    put(tmp_path / "together", FIRST, part(PERSONS, REFERRALS, SPELLS, ASSISTANCE))
    apart, together = state_of(tmp_path / "apart"), state_of(tmp_path / "together")
    assert set_aside(apart) == set_aside(together) == []
    assert state_sha256(apart) == state_sha256(together)


def test_what_a_correction_takes_away_orphans_what_another_delivery_says_of_it(tmp_path):
    delivered_apart(tmp_path)
    good = kept(GoodDelivery(), slice(0, 38))
    good.files = {name: good.files[name] for name in (PERSONS, REFERRALS)}
    put(tmp_path, "again", good, holds=["persons", "referrals"], corrects="people")
    state = state_of(tmp_path)
    assert set_aside(state) == [
        (ASSISTANCE, 78, "person_id", "orphan_person"),
        (ASSISTANCE, 79, "person_id", "orphan_person"),
        (ASSISTANCE, 80, "person_id", "orphan_person"),
        (ASSISTANCE, 81, "person_id", "orphan_person"),
        (SPELLS, 35, "person_id", "orphan_person"),
        (SPELLS, 36, "person_id", "orphan_person"),
    ]
    (stays,) = (one for one in state.deliveries if one.delivery == "stays")
    assert [(one.rows_in, one.rows_loaded, one.rows_quarantined) for one in stays.counts] == [
        (35, 33, 2),
        (80, 76, 4),
    ]
    assert stays.tables["spells"].height == 33


def test_a_referral_that_turns_out_to_be_somebody_elses_orphans_its_enrolment(tmp_path):
    delivered_apart(tmp_path)
    good = part(PERSONS, REFERRALS)
    other = good.cell(REFERRALS, 4, "person")
    good.put(REFERRALS, 3, "person", other)
    put(tmp_path, "again", good, holds=["persons", "referrals"], corrects="people")
    assert set_aside(state_of(tmp_path)) == [(SPELLS, 2, "referral_id", "person_mismatch")]


def test_a_correction_that_orphans_a_fifth_of_a_table_is_refused_itself(tmp_path):
    delivered_apart(tmp_path)
    good = kept(GoodDelivery(), slice(0, 25))
    good.files = {name: good.files[name] for name in (PERSONS, REFERRALS)}
    put(tmp_path, "again", good, holds=["persons", "referrals"], corrects="people")
    with pytest.raises(DeliveryRefused) as refusal:
        state_of(tmp_path)
    assert {fault.rule for fault in refusal.value.faults} == {"quarantine_limit", "orphan_person"}


def test_a_later_extract_of_one_table_leaves_the_references_whole(tmp_path):
    put(tmp_path, FIRST)
    later = changed(PERSONS, 3, "fodelsear", "1959")
    later.files = {PERSONS: later.files[PERSONS]}
    put(tmp_path, SECOND, later, extracted_on=SECOND, holds=["persons"])
    assert set_aside(state_of(tmp_path)) == []
