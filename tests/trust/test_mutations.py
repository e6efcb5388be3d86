"""Does an assertion go red for every guard that is taken out of the program?"""

from __future__ import annotations

import inspect
import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import utfall.expectations.cells as cells
import utfall.expectations.identifiers as identifiers
from tests.trust.bad_deliveries import Bad, bad_deliveries
from tests.trust.mutants import Mutation, Site, notices, sites, taken_out
from tests.trust.test_bad_deliveries import told_apart
from utfall.analysis import (
    disclosure,
    protected_description,
    protected_gates,
    protected_numbers,
    protected_story,
)
from utfall.expectations.contract import load_contracts

CASES = bad_deliveries()

ROOT = Path(__file__).parents[2]

#: Modules in which a fault refuses a delivery, a row, a bundle or a second run.
GUARDED = (
    "pipelines.bundle",
    "pipelines.runlock",
    *sorted(
        f"{path.parent.name}.{path.stem}"
        for folder in ("pipelines", "expectations")
        for path in (ROOT / folder).glob("*.py")
        if re.search(r"\b(broken|marked)\(", path.read_text("utf-8"))
        and path.stem not in ("rulebook", "conversion")
    ),
)
SITES = sites(*GUARDED)

#: Where the rule is chosen at run time: a case that it is chosen in.
CHOSEN = {
    "pipelines.admission._limit_faults-1-chosen": "end_before_start-start and end swapped",
    "pipelines.declarations._invalid-0-chosen": "declaration_invalid-unknown key",
    "pipelines.delivery.quarantine_faults-0-chosen": "",
    "pipelines.mapping._table_faults-2-chosen": "mapping_lists_order",
    "pipelines.mapping._table_faults-6-chosen": "mapping_code_unknown",
    "pipelines.readers._content-6-chosen": "nul_byte",
    "pipelines.readers._refuse_ragged-0-chosen": "row_short",
    "pipelines.sheets._refuse_telling-0-chosen": "identifier_birth_date-ISO",
    "pipelines.sheets._cell_faults-0-chosen": "spreadsheet_error",
    "expectations.identifiers.identifier_faults-1-chosen": "identifier_email-plain",
    "expectations.row_rules.broken_rows-0-chosen": "end_before_start",
    "expectations.row_rules.orphaned_rows-0-chosen": "orphan_person",
}


#: Tests of what calls a module, beside those that mirror it.
CALLERS = {
    "pipelines.admission": ("delivery",),
    "pipelines.columnar": ("sheets",),
    "pipelines.delivery": ("households", "near_names"),
    "pipelines.ingest": ("register",),
    "pipelines.ledger": ("register",),
    "pipelines.mapping": ("near_names", "households", "sheets"),
    "pipelines.readers": ("columnar",),
    "pipelines.sheets": ("households",),
    "pipelines.workbooks": ("near_names", "sheets"),
}


def mirrors_of(module: str) -> list[str]:
    """Return the tests that mirror a module, and those of what it is called by."""
    folder, _, name = module.partition(".")
    names = (name, *CALLERS.get(module, ()), "delivery" if folder == "pipelines" else name)
    paths = [f"tests/{folder}/test_{one}.py" for one in dict.fromkeys(names)]
    return [path for path in paths if (ROOT / path).is_file()]


def is_red(case: Bad) -> bool:
    """Return whether a case is told wrongly, or not told but crashed."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with at_most(20):
                told_apart(case, Path(folder))
        except Exception:
            return True
    return False


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Interrupt what runs longer: without its guard a loop may have no end."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def cases_of(site: Site) -> list[Bad]:
    hint = CHOSEN.get(site.id)
    if hint:
        return [case for case in CASES if case.id == hint]
    return [case for case in CASES if site.rule and case.rule == site.rule]


def goes_red(site: Site) -> bool:
    mutation = Mutation(site.module, site.function, site.number)
    with taken_out(mutation):
        if any(is_red(case) for case in cases_of(site)):
            return True
    return notices(mutation, *mirrors_of(site.module))


@pytest.mark.trust
def test_every_guarded_module_has_tests_and_every_hint_a_place():
    assert set(CHOSEN) <= {site.id for site in SITES}
    assert all(mirrors_of(site.module) for site in SITES)
    assert len(SITES) >= 100


@pytest.mark.parametrize(
    "site",
    [
        site
        for site in SITES
        if site.rule in ("row_long", "stray_cr", "file_unknown", "mapping_path", "duplicate_row")
        and site.module != "pipelines.workbooks"
    ],
    ids=lambda site: site.id,
)
def test_a_few_guards_cannot_be_taken_out_unnoticed(site):
    with taken_out(Mutation(site.module, site.function, site.number)):
        assert any(is_red(case) for case in cases_of(site))
    assert not any(is_red(case) for case in cases_of(site)[:1])


@pytest.mark.trust
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_no_refusal_can_be_taken_out_unnoticed(site, ledger):
    noticed = goes_red(site)
    ledger.count("guards", "refusals taken out", attacked=1, leaked=not noticed)
    assert noticed


SCREENS = {
    name: (module, name)
    for module in (identifiers, cells)
    for name, value in vars(module).items()
    if (isinstance(value, re.Pattern) or name in ("_INVISIBLE", "_SPREADSHEET", "_ROUNDED"))
    # A pardon for hashes, and the runs of digits that two screens share.
    and name not in ("_OPAQUE",)
}


@pytest.mark.trust
@pytest.mark.parametrize("name", [*SCREENS, "_notes", "_names_somebody", "_look_like_names"])
def test_no_screen_for_identifiers_can_be_taken_out_unnoticed(name, monkeypatch, ledger):
    module = SCREENS[name][0] if name in SCREENS else identifiers
    value = getattr(module, name)
    never = r"[^\s\S]"
    asleep = {"_notes": set, "_names_somebody": bool, "_look_like_names": bool}
    if isinstance(value, re.Pattern):
        monkeypatch.setattr(module, name, re.compile(never))
    elif isinstance(value, str):
        monkeypatch.setattr(module, name, never.replace(r"[^\s\S]", r"a\bb"))
    else:
        kind = asleep[name]
        monkeypatch.setattr(module, name, lambda *_: kind())
    rules = ("identifier_", "control_", "spreadsheet_", "id_damaged")
    noticed = any(is_red(case) for case in CASES if case.rule.startswith(rules))
    ledger.count("guards", "screens for identifiers taken out", attacked=1, leaked=not noticed)
    assert noticed


CONTRACT_RULES = sorted(
    {rule.id for contract in load_contracts().values() for rule in contract.rules}
    | {one.id for contract in load_contracts().values() for one in contract.references}
)


#: Rules with a second guard, so that nothing slips in with the first one out: conversion knows
#: codes by itself, and keys are compared where rows repeat.
HELD_TWICE = {"code_unmapped", "duplicate_key"}


@contextmanager
def without_rule(rule: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, contract in load_contracts().items():
            rules = tuple(one for one in contract.rules if one.id != rule)
            references = tuple(one for one in contract.references if one.id != rule)
            patch.setitem(
                load_contracts(), name, replace(contract, rules=rules, references=references)
            )
        yield


@pytest.mark.trust
@pytest.mark.parametrize("rule", CONTRACT_RULES)
def test_no_rule_of_the_contracts_can_be_taken_out_unnoticed(rule, ledger):
    with without_rule(rule):
        noticed = any(is_red(case) for case in CASES if case.rule == rule)
    if rule in HELD_TWICE:
        assert not noticed
        return
    ledger.count("guards", "rules of the contracts taken out", attacked=1, leaked=not noticed)
    assert noticed


#: Guards that refuse nothing by name: what each sleeps like, and the tests that must notice.
GUARDS = {
    "expectations.screening.without": ("first", "tests/pipelines/test_delivery.py"),
    "expectations.gate.judge": ("empty", "tests/pipelines/test_delivery.py"),
    "expectations.marts.require_marts": ("empty", "tests/expectations/test_marts.py"),
    "expectations.pseudonyms.hashed_numbers": ("empty", "tests/expectations/test_pseudonyms.py"),
    "expectations.pseudonyms.birth_dates": ("empty", "tests/expectations/test_pseudonyms.py"),
    "expectations.identifiers.is_personal_name": (
        "false",
        "tests/expectations/test_identifiers.py",
    ),
    "expectations.identifiers.holds_number": ("false", "tests/pipelines/test_delivery.py"),
    "reports.withheld.require_protected": ("nothing", "tests/reports/test_withheld.py"),
    "reports.withheld.places_of_withheld": ("empty", "tests/reports/test_withheld.py"),
    "reports.withheld._places_of_hidden": ("empty", "tests/reports/test_withheld.py"),
    "pipelines.orphans._of_source": ("first", "tests/pipelines/test_orphans.py"),
    "pipelines.households.settled_amounts": ("first", "tests/pipelines/test_households.py"),
    "pipelines.bundle.check_bundle": ("nothing", "tests/pipelines/test_bundle.py"),
    "pipelines.bundle.recover": ("nothing", "tests/pipelines/test_bundle.py"),
    "pipelines.manifest.damaged_files": ("empty", "tests/pipelines/test_manifest.py"),
    "pipelines.manifest.is_current": ("true", "tests/pipelines/test_manifest.py"),
    "pipelines.verify.compared": ("agrees", "tests/pipelines/test_verify.py"),
    "pipelines.verify._differing": ("empty", "tests/pipelines/test_verify.py"),
    "pipelines.locks.read_lock": ("nothing", "tests/pipelines/test_locks.py"),
    "pipelines.stages.is_done": ("true", "tests/pipelines/test_stages.py"),
    "pipelines.warehouse._refuse_if_held": ("nothing", "tests/pipelines/test_warehouse.py"),
    "analysis.quality.quality_gate": ("silent", "tests/analysis/test_quality.py"),
    "analysis.protected_quality._count": ("first", "tests/analysis/test_quality.py"),
    "analysis.protected_quality._counts": ("first", "tests/analysis/test_quality.py"),
    "analysis.protected_quality._share": ("zero", "tests/analysis/test_quality.py"),
}


@pytest.mark.trust
@pytest.mark.parametrize("name", GUARDS)
def test_no_other_guard_can_be_taken_out_unnoticed(name, ledger):
    module, _, function = name.rpartition(".")
    asleep, *tests = GUARDS[name]
    noticed = notices(Mutation(module, function, asleep=asleep), *tests)
    ledger.count("guards", "other guards taken out", attacked=1, leaked=not noticed)
    assert noticed


#: How a rule of disclosure sleeps; all others hand back what they were given.
ASLEEP = {
    "_hides_estimate": "false",
    "is_too_small": "false",
    "is_few": "false",
    "_is_small": "false",
    "_raw_cell": "nothing",
    "_parts_that_add_up": "parts",
    "protected_gates": "gates",
}
#: Tests that read a protected document, quickest to notice first.
PROTECTED = [
    f"tests/analysis/test_{name}.py"
    for name in (
        *("disclosure", "published_precision", "secondary", "disruption_story"),
        *("specifications", "comparison", "protected_quality", "quality", "document"),
    )
]
DISCLOSURE = [
    (module.__name__.removeprefix("utfall."), name)
    for module in (
        *(disclosure, protected_description, protected_gates, protected_numbers),
        protected_story,
    )
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
]


@pytest.mark.trust
@pytest.mark.parametrize(("module", "name"), DISCLOSURE)
def test_no_rule_of_disclosure_can_be_taken_out_unnoticed(module, name, ledger):
    mutation = Mutation(module, name, asleep=ASLEEP.get(name, "first"))
    noticed = notices(mutation, *PROTECTED)
    ledger.count("guards", "rules of disclosure taken out", attacked=1, leaked=not noticed)
    assert noticed
