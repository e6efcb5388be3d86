"""Rulebook: does every rule that can be broken say what is wrong and what to do?"""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from utfall.expectations.contract import load_contracts, load_flat_contract
from utfall.expectations.rulebook import broken, rulebook, swedish_rulebook

ROOT = Path(__file__).parents[2]


def test_every_rule_says_what_is_wrong_and_the_way_out():
    for rule, wording in rulebook().items():
        assert set(wording) == {"message", "way_out"}, rule
        assert all(wording.values()), rule


def test_every_rule_of_a_contract_is_in_the_rulebook():
    contracts = [*load_contracts().values(), load_flat_contract()]
    used = {rule.id for contract in contracts for rule in contract.rules}
    used |= {reference.id for contract in contracts for reference in contract.references}
    assert used <= set(rulebook())


def test_every_rule_of_the_rulebook_is_used_somewhere():
    modules = [*(ROOT / "expectations").glob("*.py"), *(ROOT / "pipelines").glob("*.py")]
    modules += (ROOT / "expectations" / "contracts").glob("*.yml")
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    unused = [rule for rule in rulebook() if not re.search(rf"\b{rule}\b", text)]
    assert unused == []


def test_braces_that_nothing_fills_are_left_out_rather_than_shown():
    fault = broken("file_missing", file="a.csv")
    assert "{" not in str(fault)
    assert "did you mean" not in fault.message


def test_swedish_says_the_same_of_the_same_rules():
    def braces(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert swedish_rulebook().keys() == rulebook().keys()
    for rule, wording in rulebook().items():
        for part, text in wording.items():
            assert braces(swedish_rulebook()[rule][part]) == braces(text), (rule, part)
