"""Near names: is what was perhaps meant proposed for whatever a check does not know?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trust.bad_workbooks import as_workbook
from tests.trust.good_delivery import PERSONS, SPELLS, GoodDelivery
from utfall.pipelines import admission
from utfall.pipelines.delivery import check_delivery

Spoil = Callable[[GoodDelivery], object]


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations judges what is let in; nothing is let in here."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def table(name: str, part: str, **changes: object) -> Spoil:
    return lambda good: good.mapping["tables"][name].setdefault(part, {}).update(changes)


def renamed(file: str, old: str, new: str) -> Spoil:
    return lambda good: good.files[file][0].__setitem__(good.column(file, old), new)


def filed(old: str, new: str) -> Spoil:
    return lambda good: good.files.update({new: good.files.pop(old)})


def bridged(header: str, column: str = "person_id") -> Spoil:
    def spoilt(good: GoodDelivery) -> None:
        good.header["rekeyed"] = {column: {"file": "nyckel.csv", "old": "gammal", "new": "ny"}}
        good.texts["nyckel.csv"] = f"{header}\nxbcdfgh;xbcdfgj\n"

    return spoilt


def in_sheets(good: GoodDelivery) -> None:
    good.mapping["tables"]["persons"]["sheet"] = "Personer"
    as_workbook(lambda book: setattr(book.active, "title", "Person"))(good)


#: What is spoilt, the rule that is broken, and the name that is proposed.
NEAR: dict[str, tuple[Spoil, str, str]] = {
    "a table in the mapping": (
        lambda good: good.mapping["tables"].update(spell=good.mapping["tables"].pop("spells")),
        "mapping_table_unknown",
        "spells",
    ),
    "a canonical column": (
        table("persons", "columns", birthyear="fodelsear"),
        "mapping_column_unknown",
        "birth_year",
    ),
    "a canonical code": (
        table("persons", "codes", sex={"K": "women", "M": "man"}),
        "mapping_code_unknown",
        "woman",
    ),
    "a key of the mapping": (table("persons", "code"), "declaration_invalid", "codes"),
    "a key of the delivery": (
        lambda good: good.header.update(extracted="2018-09-30"),
        "declaration_invalid",
        "extracted_on",
    ),
    "a column that is missing": (
        renamed(PERSONS, "kommun", "kommuner"),
        "column_missing",
        "kommuner",
    ),
    "a column too many": (renamed(PERSONS, "kommun", "kommuner"), "column_unknown", "kommun"),
    "a code of the source": (
        lambda good: good.put(SPELLS, 3, "orsak", "Studierna"),
        "code_unmapped",
        "Studier",
    ),
    "a code of the contract": (
        lambda good: (
            good.mapping["tables"]["followups"]["codes"].pop("status"),
            good.fill("uppfoljning.csv", "status", lambda _: "studys"),
        ),
        "code_unmapped",
        "studies",
    ),
    "a file that is missing": (filed(PERSONS, "person.csv"), "file_missing", "person.csv"),
    "a file too many": (filed(PERSONS, "person.csv"), "file_unknown", "personer.csv"),
    "a sheet": (in_sheets, "sheet_missing", "Person"),
    "a table of the delivery": (
        lambda good: good.header.update(holds=["spell"]),
        "holds_unknown",
        "spells",
    ),
    "a column of pseudonyms": (bridged("gammal;ny", "persons_id"), "bridge_unknown", "person_id"),
    "a column of the bridge": (bridged("gammalt;ny"), "bridge_columns", "gammalt"),
}


@pytest.mark.parametrize("name", NEAR)
def test_what_was_perhaps_meant_is_proposed_in_both_languages(name: str, tmp_path: Path) -> None:
    spoil, rule, meant = NEAR[name]
    good = GoodDelivery()
    spoil(good)
    faults = [one for one in check_delivery(good.write(tmp_path)).faults if one.rule == rule]
    assert any(fault.message.endswith(f"; did you mean {meant}?") for fault in faults), faults
    assert any(fault.message_sv.endswith(f"; menade du {meant}?") for fault in faults)
    assert all(fault.message_sv != fault.message for fault in faults)


def test_nothing_is_proposed_where_nothing_is_near(tmp_path: Path) -> None:
    good = GoodDelivery()
    good.put(SPELLS, 3, "orsak", "Pension")
    good.header["kontakt"] = "x"
    faults = check_delivery(good.write(tmp_path)).faults
    assert faults
    assert not any("did you mean" in fault.message for fault in faults)
