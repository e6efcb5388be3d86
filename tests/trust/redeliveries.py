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

from utfall.analysis.errors import DeliveryRefused
from utfall.expectations.contract import load_contracts, raw_schema
from utfall.pipelines import register
from utfall.pipelines.admission import QUARANTINE
from utfall.pipelines.delivery import Delivery

SOURCE = "town"
FIRST = date(2018, 1, 1)

#: Person → birth year; months with assistance → amount. Small, so that keys often meet.
PEOPLE = st.dictionaries(st.integers(0, 7), st.integers(1950, 1953), min_size=1, max_size=6)
#: The place of a person among all who were ever told of, and a month → amount.
MONTHS = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(1, 4)), st.integers(0, 2), max_size=12
)
#: Promised: more rows of a table are never set aside because another delivery changed.
MOST = 1 / 5
REFUSED = "refused"


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
        received_on=FIRST + timedelta(days=9000 + said.arrived),
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


@dataclass
class Model:
    """What must come out, by a model that knows no deliveries.

    Attributes
    ----------
    people, months
        What is kept.
    orphans
        Months of people whom nothing that stands speaks of any longer.
    """

    people: dict[int, int]
    months: dict[tuple[int, int], int]
    orphans: set[tuple[int, int]]

    @property
    def is_refused(self) -> bool:
        return len(self.orphans) > MOST * (len(self.orphans) + len(self.months))

    def sha256(self) -> str:
        """Return the hash of the state, or that there must be none."""
        if self.is_refused:
            return REFUSED
        whole = Said(number=0, day=0, arrived=0, people=self.people, months=self.months)
        return register.state_sha256(
            register.State(deliveries=(delivery("model", whole, None),), entries=())
        )


def modelled(said: list[Said], until: int | None = None) -> Model:
    """Return what must come out of all that was told, or had arrived by a day."""
    known = [one for one in said if until is None or one.arrived <= until]
    corrected = {one.corrects for one in known}
    people: dict[int, int] = {}
    months: dict[tuple[int, int], int] = {}
    for one in sorted(known, key=lambda one: one.day):
        if one.number not in corrected:
            people |= one.people
            months |= one.months
    orphans = {place for place in months if place[0] not in people}
    kept = {place: amount for place, amount in months.items() if place not in orphans}
    return Model(people=people, months=kept, orphans=orphans)


def came_back(said: list[Said]) -> bool:
    """Return whether a row that was set aside one day was let in again on a later one."""
    gone: set[tuple[int, int]] = set()
    for until in range(len(said)):
        model = modelled(said, until)
        if model.is_refused:
            continue
        if gone & model.months.keys():
            return True
        gone |= model.orphans
    return False


def outcome(deliveries: list[Delivery], as_of: date | None = None) -> str:
    """Return the hash of the state that deliveries end in, or that they are refused."""
    try:
        return register.state_sha256(register.settled(deliveries, as_of))
    except DeliveryRefused as refused:
        rules = {fault.rule for fault in refused.faults}
        assert rules == {"quarantine_limit", "orphan_person"}
        return REFUSED


class Redeliveries(RuleBasedStateMachine):
    """Deliveries, corrections, late arrivals, repetitions and parts, in any order."""

    sequences = 0
    ended = 0
    refused = 0
    returned = 0

    @initialize()
    def begin(self) -> None:
        self.said: list[Said] = []
        self.plain: list[Delivery] = []
        self.muddled: list[Delivery] = []
        self.days = random.Random(7).sample(range(4000), 400)

    def _months(
        self, months: dict[tuple[int, int], int], people: dict[int, int]
    ) -> dict[tuple[int, int], int]:
        """Return months of people who were told of at some time, then or now."""
        told = sorted({person for one in self.said for person in one.people} | people.keys())
        return {
            (told[place % len(told)], month): amount for (place, month), amount in months.items()
        }

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
        months = self._months(months, people)
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
            people=people, months=self._months(months, people), corrects=wrong.number,
        )  # fmt: skip
        self._tell(said, None)

    @precondition(lambda self: self.said)
    @rule(pick=st.integers(0, 99), who=st.integers(0, 7))
    def leave_out(self, pick: int, who: int) -> None:
        """Correct a delivery to speak of one person fewer; months elsewhere are orphans then."""
        self._leave_out(pick, who)

    @precondition(lambda self: self.said)
    @rule(year=st.integers(1950, 1953), who=st.integers(0, 7))
    def tell_again_of(self, year: int, who: int) -> None:
        """Deliver people alone: one of those whose months are set aside, if there are any."""
        self._tell_again_of(year, who)

    @precondition(lambda self: self.said)
    @rule(pick=st.integers(0, 99), year=st.integers(1950, 1953), month=st.integers(1, 4))
    def lose_and_find(self, pick: int, year: int, month: int) -> None:
        """Deliver a month of a person, leave the person out, and speak of them again later."""
        standing = self._standing()
        people = sorted({person for one in standing for person in one.people})
        person = people[pick % len(people)] if people else pick % 8
        number = len(self.said)
        self._tell(
            Said(number=number, day=self.days[number], arrived=number, people={},
                 months={(person, month): 1}),
            None,
        )  # fmt: skip
        for one in standing:
            if person in one.people:
                self._correct_without(one, person)
        self._tell_again_of(year, 0)

    def _standing(self) -> list[Said]:
        corrected = {one.corrects for one in self.said}
        return [one for one in self.said if one.number not in corrected]

    def _leave_out(self, pick: int, who: int) -> None:
        standing = [one for one in self._standing() if one.people]
        if not standing:
            return
        wrong = standing[pick % len(standing)]
        self._correct_without(wrong, sorted(wrong.people)[who % len(wrong.people)])

    def _correct_without(self, wrong: Said, gone: int) -> None:
        number = len(self.said)
        said = Said(
            number=number, day=wrong.day, arrived=number, corrects=wrong.number,
            people={person: year for person, year in wrong.people.items() if person != gone},
            months={place: sek for place, sek in wrong.months.items() if place[0] != gone},
        )  # fmt: skip
        self._tell(said, None)

    def _tell_again_of(self, year: int, who: int) -> None:
        orphans = sorted({person for person, _ in modelled(self.said).orphans})
        people = {orphans[who % len(orphans)] if orphans else who: year}
        number = len(self.said)
        self._tell(
            Said(number=number, day=self.days[number], arrived=number, people=people, months={}),
            None,
        )

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
        whole = modelled(self.said).sha256()
        assert outcome(self.plain) == whole
        assert outcome(shuffled) == whole
        ends = {whole}
        for until in {len(self.said) // 2, len(self.said) - 2} - {-1}:
            then = outcome(shuffled, FIRST + timedelta(days=9000 + until))
            assert then == modelled(self.said, until).sha256()
            ends.add(then)
        type(self).ended += 1
        type(self).refused += REFUSED in ends
        type(self).returned += whole != REFUSED and came_back(self.said)
