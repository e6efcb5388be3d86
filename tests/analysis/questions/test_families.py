"""Every kind of question names tables and columns that exist, and degrades without them."""

from __future__ import annotations

import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.ask import ask
from utfall.analysis.questions.families import FAMILIES
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import catalogue
from utfall.expectations.contract import load_contracts

NEEDS = sorted(
    ((name, need) for name, kind in FAMILIES.items() for need in kind.needs),
    key=lambda pair: (pair[0], pair[1].table, pair[1].columns),
)


@pytest.mark.parametrize(("name", "need"), NEEDS, ids=[f"{n}-{d.table}" for n, d in NEEDS])
def test_what_a_question_needs_is_in_a_contract_or_marked_not_held(name, need) -> None:  # type: ignore[no-untyped-def]
    contracts = load_contracts()
    in_contract = need.table in contracts and set(need.columns) <= set(contracts[need.table].names)
    assert in_contract == need.held, name
    assert need.why in catalogue()


@pytest.mark.parametrize("name", sorted(name for name, kind in FAMILIES.items() if kind.needs))
def test_without_any_table_it_says_so_and_what_to_record(name: str) -> None:
    asked = Asked(id="q", document="d", family=name, text=Text("f", "q"), settings={})
    answer = ask(asked, Frames({}), FAMILIES)
    assert answer.status == "cannot"
    assert answer.missing
