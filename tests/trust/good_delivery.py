"""A small delivery that keeps every rule, for tests to spoil in one place at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

SOURCE, DELIVERY = "exempel", "2018-09-30"
PEOPLE = 40

PERSONS, REFERRALS, SPELLS = "personer.csv", "remisser.csv", "inskrivningar.csv"
ASSISTANCE, FOLLOWUPS, CAPACITY = "bistand.csv", "uppfoljning.csv", "kapacitet.csv"

HEADER = {
    "source": SOURCE,
    "system": "case system",
    "extracted_on": "2018-09-30",
    "version": 1,
    "corrects": None,
    "code_list_version": "2017-01",
    "encoding": "utf-8",
    "delimiter": ";",
    "decimal": ",",
    "purpose": "follow_up",
    "ethics_id": None,
    "covers_from": "2015-01-01",
    "covers_to": "2018-08-31",
    "covers_population": "everyone referred",
    "covers": "all_referrals",
    "synthetic": True,
}

MAPPING: dict[str, Any] = {
    "schema": "utfall/mapping/1",
    "source": SOURCE,
    "tables": {
        "persons": {
            "file": PERSONS,
            "columns": {
                "person_id": "person",
                "birth_year": "fodelsear",
                "sex": "kon",
                "birth_region": "region",
                "education": "utbildning",
                "municipality": "kommun",
            },
            "ignore": ["kon_text"],
            "codes": {
                "sex": {"K": "woman", "M": "man"},
                "birth_region": {"1": "sweden", "3": "outside_eu"},
                "education": {"2": "compulsory", "3": "upper_secondary", "": "unknown"},
            },
        },
        "referrals": {
            "file": REFERRALS,
            "columns": {
                "referral_id": "remiss",
                "person_id": "person",
                "programme": "verksamhet",
                "site": "enhet",
                "referrer": "remittent",
                "referral_date": "datum",
                "legal_basis": "lagrum",
                "decision": "beslut",
                "could_enter_other": "annan_mojlig",
            },
            "codes": {
                "programme": {"AMA": "ama", "VAC": "vac"},
                "referrer": {"AF": "af", "EB": "social_assistance"},
                "legal_basis": {"0": "none", "S": "sol_occupation"},
                "decision": {"B": "granted", "E": "none_needed"},
            },
            "constants": {},
        },
        "spells": {
            "file": SPELLS,
            "columns": {
                "spell_id": "inskrivning",
                "person_id": "person",
                "referral_id": "remiss",
                "programme": "verksamhet",
                "site": "enhet",
                "start_date": "start",
                "end_date": "slut",
                "exit_reason": "orsak",
                "exit_verified": "intyg",
                "planned_hours": "timmar",
            },
            "codes": {
                "programme": {"AMA": "ama", "VAC": "vac"},
                "exit_reason": {"Arbete": "W1", "Studier": "S1", "Åter AF": "R1", "Upphört": "F5"},
                "exit_verified": {"J": "1", "N": "0"},
            },
        },
        "assistance_months": {
            "file": ASSISTANCE,
            "columns": {
                "person_id": "person",
                "household_id": "hushall",
                "month": "manad",
                "amount_sek": "belopp",
            },
        },
        "followups": {
            "file": FOLLOWUPS,
            "columns": {"person_id": "person", "followup_date": "datum", "status": "status"},
            "dates": "%Y%m%d",
            "codes": {"status": {"A": "work", "S": "studies", "9": "unknown"}},
            "constants": {"counted_from": "referral", "day": "180"},
        },
        "capacity": {
            "file": CAPACITY,
            "columns": {
                "programme": "verksamhet",
                "site": "enhet",
                "month": "manad",
                "places": "platser",
                "fte": "arsarbetare",
            },
            "codes": {"programme": {"AMA": "ama", "VAC": "vac"}},
        },
    },
    "open_end_dates": ["9999-12-31"],
}

#: No vowels and no digits: nothing in a pseudonym looks like a word, a date or a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"


def pseudonym(number: int) -> str:
    """Return a person's made-up pseudonym."""
    code = 104_729 * (number + 1)
    return "x" + "".join(_LETTERS[code // 19**place % 19] for place in range(6))


def _rows() -> dict[str, list[list[str]]]:
    persons, referrals, spells, assistance, followups = [], [], [], [], []
    for number in range(PEOPLE):
        person, referral = pseudonym(number), f"r{number:03d}"
        programme, site = (("AMA", "Fabriken"), ("VAC", "Centrum"))[number % 2]
        referred = date(2016, 1, 11) + timedelta(days=11 * number)
        sex = ("K", "Kvinna") if number % 3 else ("M", "Man")
        born = str(1960 + number % 35)
        persons.append([person, born, *sex, "1" if number % 4 else "3", "3", "Vallentuna"])
        referrals.append(
            [
                *(referral, person, programme, site.lower(), "AF" if number % 5 else "EB"),
                *(referred.isoformat(), "S" if number % 2 else "0", "B" if number % 2 else "E"),
                "1" if number % 7 == 0 else "",
            ]
        )
        if number % 8:
            start = referred + timedelta(days=20)
            ended = number % 4 != 2
            reason = ("Arbete", "Studier", "Åter AF", "Upphört")[number % 4]
            spells.append(
                [
                    *(f"s{number:03d}", person, referral, programme, site.lower()),
                    start.isoformat(),
                    (start + timedelta(days=120)).isoformat() if ended else "9999-12-31",
                    *(reason if ended else "", "J" if ended and number % 2 else "", "20,5"),
                ]
            )
        assistance += [
            [person, f"h{number:03d}", month, f"{6500 + 13 * number},50"]
            for month in ("2015-11", "2015-12")
        ]
        asked = referred + timedelta(days=180)
        followups.append([person, asked.strftime("%Y%m%d"), "AS9"[number % 3]])
    capacity = [
        [programme, site, f"2016-{month:02d}", "60", "7,5"]
        for programme, site in (("AMA", "fabriken"), ("VAC", "centrum"))
        for month in range(1, 13)
    ]
    headers = {
        PERSONS: "person fodelsear kon kon_text region utbildning kommun",
        REFERRALS: "remiss person verksamhet enhet remittent datum lagrum beslut annan_mojlig",
        SPELLS: "inskrivning person remiss verksamhet enhet start slut orsak intyg timmar",
        ASSISTANCE: "person hushall manad belopp",
        FOLLOWUPS: "person datum status",
        CAPACITY: "verksamhet enhet manad platser arsarbetare",
    }
    rows = (persons, referrals, spells, assistance, followups, capacity)
    return {
        name: [headers[name].split(), *lines] for name, lines in zip(headers, rows, strict=True)
    }


@dataclass
class GoodDelivery:
    """The delivery before it is written; line numbers are those of the file, header = 1."""

    header: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(HEADER))
    mapping: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(MAPPING))
    files: dict[str, list[list[str]]] = field(default_factory=_rows)
    spoilt_bytes: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    afterwards: list[Callable[[Path], object]] = field(default_factory=list)

    def column(self, file: str, name: str) -> int:
        """Return a column's place."""
        return self.files[file][0].index(name)

    def cell(self, file: str, row: int, column: str) -> str:
        """Return a cell by its line in the file."""
        return self.files[file][row - 1][self.column(file, column)]

    def put(self, file: str, row: int, column: str, value: str) -> None:
        """Change a cell."""
        self.files[file][row - 1][self.column(file, column)] = value

    def fill(self, file: str, column: str, value: Callable[[str], str]) -> None:
        """Change a whole column."""
        place = self.column(file, column)
        for line in self.files[file][1:]:
            line[place] = value(line[place])

    def add_column(self, file: str, name: str, value: Callable[[int], str]) -> None:
        """Add a column that the mapping does not know; ``value`` takes the row's number."""
        self.files[file][0].append(name)
        for number, line in enumerate(self.files[file][1:], start=2):
            line.append(value(number))

    def spoil(self, file: str, change: Callable[[bytes], bytes]) -> None:
        """Change a file's bytes after it is written."""
        self.spoilt_bytes[file] = change

    def write(self, root: Path) -> Path:
        """Write the delivery into a study folder, and return its own folder."""
        folder = root / "data" / "raw" / SOURCE / DELIVERY
        folder.mkdir(parents=True)
        _dump(folder / "delivery.yml", self.header)
        _dump(folder.parent / "mapping.yml", self.mapping)
        for name, text in self.texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        for name, lines in self.files.items():
            text = "".join(";".join(line) + "\r\n" for line in lines)
            content = self.spoilt_bytes.get(name, lambda raw: raw)(text.encode("utf-8"))
            (folder / name).write_bytes(content)
        for change in self.afterwards:
            change(folder)
        return folder


def _dump(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
