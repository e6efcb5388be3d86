"""Redeliveries: two worlds that are told the same in different ways, and a model of both."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from utfall.expectations.contract import load_contracts, raw_schema
from utfall.pipelines import register
from utfall.pipelines.admission import QUARANTINE
from utfall.pipelines.delivery import Delivery

SOURCE = "town"
FIRST = date(2018, 1, 1)

#: Person → birth year; months with assistance → amount. Small, so that keys often meet.
PEOPLE = st.dictionaries(st.integers(0, 7), st.integers(1950, 1953), min_size=1, max_size=6)
MONTHS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(1, 4)), st.integers(0, 2), max_size=5
)


@dataclass
class Said:
    """What one delivery says, before it is written in any way.

    Attributes
    ----------
    day
        Extracted on this day after the first.
    arrived
        Received on this day after the first.
    corrects
        Number of the delivery that it replaces.
    """

    number: int
    day: int
    arrived: int
    people: dict[int, int]
    months: dict[tuple[int, int], int]
    corrects: int | None = None
    cut: int | None = None
    names: list[str] = field(default_factory=list)


def delivery(name: str, said: Said, corrects: str | None, rows: slice | None = None) -> Delivery:
    """Return a delivery of what was said, or of the part whose person numbers lie in a slice."""
    keep = range(*rows.indices(100)) if rows else range(100)
    people = [
        {"person_id": f"p{person}", "birth_year": year}
        for person, year in said.people.items()
        if person in keep
    ]
    months = [
        {"person_id": f"p{person}", "household_id": "h", "month": f"2017-{month:02}",
         "amount_sek": float(amount)}
        for (person, month), amount in said.months.items()
        if person in keep
    ]  # fmt: skip
    extracted = FIRST + timedelta(days=said.day)
    header: Any = SimpleNamespace(
        extracted_on=extracted,
        received_on=FIRST + timedelta(days=1000 + said.arrived),
        covers_from=date(2016, 1, 1),
        covers_to=date(2017, 12, 31),
        covers="all_referrals",
        covers_population=None,
        version=1,
        corrects=corrects,
    )
    tables = {
        "persons": _frame("persons", people, name),
        "assistance_months": _frame("assistance_months", months, name),
    }
    return Delivery(
        source=SOURCE, delivery=name, header=header, tables=tables,
        quarantine=pl.DataFrame(schema=QUARANTINE), counts=(), verdicts=(),
    )  # fmt: skip


def _frame(table: str, rows: list[dict[str, Any]], name: str) -> pl.DataFrame:
    schema = raw_schema(load_contracts()[table])
    shuffled = random.Random(name).sample(rows, len(rows))
    origin = {"source": SOURCE, "delivery": name, "source_file": f"{name}/{table}"}
    kinds = {column: kind for column, kind in schema.items()}
    filled = [
        {column: None for column in kinds} | row | origin | {"source_row": number}
        for number, row in enumerate(shuffled, start=2)
    ]
    loose = {c: (pl.Float64() if isinstance(k, pl.Decimal) else k) for c, k in kinds.items()}
    return pl.DataFrame(filled, schema=loose).cast(dict(schema))


def expected(said: list[Said], until: int | None = None) -> str:
    """Return the hash of the state that must come out, by a model that knows no deliveries."""
    known = [one for one in said if until is None or one.arrived <= until]
    corrected = {one.corrects for one in known}
    people: dict[int, int] = {}
    months: dict[tuple[int, int], int] = {}
    for one in sorted(known, key=lambda one: one.day):
        if one.number not in corrected:
            people |= one.people
            months |= one.months
    # A month of somebody whom nothing that stands speaks of any longer is set aside.
    months = {place: amount for place, amount in months.items() if place[0] in people}
    whole = Said(number=0, day=0, arrived=0, people=people, months=months)
    return register.state_sha256(
        register.State(deliveries=(delivery("model", whole, None),), entries=())
    )


class Redeliveries(RuleBasedStateMachine):
    """Deliveries, corrections, late arrivals, repetitions and parts, in any order."""

    sequences = 0

    @initialize()
    def begin(self) -> None:
        self.said: list[Said] = []
        self.plain: list[Delivery] = []
        self.muddled: list[Delivery] = []
        self.days = random.Random(7).sample(range(400), 40)

    def _tell(self, said: Said, cut: int | None) -> None:
        """Tell something whole in one world and in parts in the other."""
        before = None if said.corrects is None else self.said[said.corrects]
        self.said.append(said)
        corrects = before.names[0] if before else None
        self.plain.append(delivery(f"d{said.number}", said, corrects))
        if before is not None:
            cut = before.cut
        said.cut = cut
        said.names = [f"d{said.number}"]
        if cut is None:
            self.muddled.append(delivery(f"d{said.number}", said, corrects))
            return
        for part, rows in enumerate((slice(0, cut), slice(cut, 100))):
            of_part = f"d{before.number}_{part}" if before else None
            self.muddled.append(delivery(f"d{said.number}_{part}", said, of_part, rows))

    @rule(people=PEOPLE, months=MONTHS, cut=st.none() | st.integers(1, 6))
    def deliver(
        self, people: dict[int, int], months: dict[tuple[int, int], int], cut: int | None
    ) -> None:
        number = len(self.said)
        day = self.days[number]
        self._tell(Said(number=number, day=day, arrived=number, people=people, months=months), cut)

    @precondition(lambda self: self.said)
    @rule(people=PEOPLE, months=MONTHS, pick=st.integers(0, 99))
    def correct(
        self, people: dict[int, int], months: dict[tuple[int, int], int], pick: int
    ) -> None:
        corrected = {one.corrects for one in self.said}
        standing = [one for one in self.said if one.number not in corrected]
        wrong = standing[pick % len(standing)]
        number = len(self.said)
        said = Said(
            number=number, day=wrong.day, arrived=number,
            people=people, months=months, corrects=wrong.number,
        )  # fmt: skip
        self._tell(said, None)

    @precondition(lambda self: self.said)
    @rule(pick=st.integers(0, 99))
    def bring_back(self, pick: int) -> None:
        """Correct a correction with what was said before it."""
        corrected = {one.corrects for one in self.said}
        last = [
            one for one in self.said if one.number not in corrected and one.corrects is not None
        ]
        if last:
            wrong = last[pick % len(last)]
            first = self.said[wrong.corrects or 0]
            number = len(self.said)
            said = Said(
                number=number, day=wrong.day, arrived=number,
                people=first.people, months=first.months, corrects=wrong.number,
            )  # fmt: skip
            self._tell(said, None)

    @precondition(lambda self: self.muddled)
    @rule(pick=st.integers(0, 99), name=st.sampled_from(("a", "z")))
    def send_again(self, pick: int, name: str) -> None:
        """Send what was sent before under another name, its rows in another order."""
        again = self.muddled[pick % len(self.muddled)]
        first, _, part = again.delivery.lstrip("az").partition("_")
        said = self.said[int(first[1:])]
        rows = None
        if part:
            rows = slice(0, said.cut) if part == "0" else slice(said.cut, 100)
        copy = name + again.delivery
        if copy not in {one.delivery for one in self.muddled}:
            self.muddled.append(delivery(copy, said, again.header.corrects, rows))

    def teardown(self) -> None:
        if not getattr(self, "said", None):
            return
        type(self).sequences += 1
        shuffled = random.Random(len(self.muddled)).sample(self.muddled, len(self.muddled))
        whole = expected(self.said)
        assert register.state_sha256(register.settled(self.plain)) == whole
        assert register.state_sha256(register.settled(shuffled)) == whole
        until = len(self.said) // 2
        then = register.settled(shuffled, FIRST + timedelta(days=1000 + until))
        assert register.state_sha256(then) == expected(self.said, until)
