"""The good delivery with its assistance paid to households of two, in either way of saying so."""

from __future__ import annotations

from tests.trust.good_delivery import ASSISTANCE, PERSONS, GoodDelivery, pseudonym

MEMBERS = "hushall.csv"
MONTHS = ("2015-11", "2015-12")


def pairs(good: GoodDelivery) -> list[tuple[str, str, str]]:
    """Return households and their two people."""
    people = [line[0] for line in good.files[PERSONS][1:]]
    return [
        (f"h{n:03d}", *couple)
        for n, couple in enumerate(zip(people[::2], people[1::2], strict=True))
    ]


def by_file(good: GoodDelivery, amount: str = "whole") -> None:
    """Deliver a row per household and month, and a file of who belonged to it."""
    good.files[ASSISTANCE] = [["hushall", "manad", "belopp"]]
    good.files[MEMBERS] = [["hushall", "person", "fran", "till"]]
    for household, *couple in pairs(good):
        good.files[ASSISTANCE] += [[household, month, "6500,50"] for month in MONTHS]
        good.files[MEMBERS] += [[household, person, "2014-05-01", ""] for person in couple]
    _map(
        good,
        amount,
        {"file": MEMBERS, "household": "hushall", "person": "person", "from": "fran", "to": "till"},
    )


def by_columns(good: GoodDelivery, amount: str = "whole") -> None:
    """Deliver a row per household and month that names the applicant and the other."""
    good.files[ASSISTANCE] = [["hushall", "sokande", "medsokande", "manad", "belopp"]]
    for household, one, other in pairs(good):
        good.files[ASSISTANCE] += [[household, one, other, month, "6500,50"] for month in MONTHS]
    _map(good, amount, ["sokande", "medsokande"])


def by_person(good: GoodDelivery, paid: str = "6500,50") -> None:
    """Deliver the same by person."""
    good.files[ASSISTANCE][1:] = [
        [person, household, month, paid]
        for household, *couple in pairs(good)
        for month in MONTHS
        for person in sorted(couple)
    ]


def stranger(number: int) -> str:
    """Return the pseudonym of somebody whom the delivery does not speak of."""
    return pseudonym(1000 + number)


def _map(good: GoodDelivery, amount: str, members: object) -> None:
    table = good.mapping["tables"]["assistance_months"]
    del table["columns"]["person_id"]
    table["household"] = {"members": members, "amount": amount}
