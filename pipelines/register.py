"""Register: on which deliveries does the state of a day rest, and what did each of them change?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.analysis.problems import closest
from utfall.expectations.contract import load_contracts
from utfall.expectations.rulebook import broken
from utfall.pipelines.bridges import Rekeyed, rekeyed
from utfall.pipelines.declarations import DELIVERY_FILE
from utfall.pipelines.delivery import Delivery
from utfall.pipelines.fingerprints import content_sha256, coverage, rows_sha256
from utfall.pipelines.orphans import rejudged
from utfall.pipelines.overlaps import Change, compared, overlaid

Role = Literal["stands", "repeats", "corrected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one delivery.

    Attributes
    ----------
    role : str
        ``repeats`` says what another delivery said already; ``corrected`` was replaced.
    by : str or None
        The delivery that it repeats, or that corrects it.
    changes : tuple of Change
        By table: what it changed of the deliveries before it. Of a correction: what it
        changed of the delivery that it corrects.
    rekeyed : tuple of Rekeyed
        What its bridges renamed in earlier deliveries.
    """

    source: str
    delivery: str
    role: Role
    by: str | None
    content: str
    changes: tuple[Change, ...] = ()
    rekeyed: tuple[Rekeyed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What all deliveries together say on a day.

    Attributes
    ----------
    deliveries : tuple of Delivery
        Those that stand, in order; each keeps the rows on which it has the last word.
    entries : tuple of Entry
        One per delivery, by source and name.
    told : tuple of Fault
        Rows on which a later delivery differs from an earlier one that it does not correct.
    """

    deliveries: tuple[Delivery, ...]
    entries: tuple[Entry, ...]
    told: tuple[Fault, ...] = ()


def received_on(delivery: Delivery) -> date:
    """Return the day from which a delivery counts."""
    return delivery.header.received_on or delivery.header.extracted_on


def settled(deliveries: Sequence[Delivery], as_of: date | None = None) -> State:
    """Return the state that deliveries end in, whatever order they are given in.

    Parameters
    ----------
    deliveries : sequence of Delivery
        All that were let in.
    as_of : date, optional
        Leave out what was received after this day.

    Raises
    ------
    DeliveryRefused
        They contradict each other in a way that nothing decides.
    """
    held = sorted(
        (one for one in deliveries if as_of is None or received_on(one) <= as_of), key=_order
    )
    faults = list(_correction_faults(held))
    if faults:
        raise DeliveryRefused("the deliveries contradict each other; nothing was stored", faults)
    roles = _roles(held)
    standing = [one for one in held if roles[_name(one)].role == "stands"]
    bridged, renamed = rekeyed(standing)
    final, changes, told, conflicts = _overlaid(bridged)
    if conflicts:
        raise DeliveryRefused("deliveries contradict each other; nothing was stored", conflicts)
    final = rejudged(final)
    changes |= _corrections(held, roles)
    entries = tuple(
        replace(
            roles[_name(one)],
            changes=changes.get(_name(one), ()),
            rekeyed=renamed.get(_name(one), ()),
        )
        for one in sorted(held, key=_name)
    )
    return State(deliveries=tuple(final), entries=entries, told=tuple(told))


def state_sha256(state: State) -> str:
    """Return the hash of what a state says: the same however it was delivered.

    Names of deliveries and files, the order of rows and how they were split leave no trace.
    """
    tables: dict[tuple[str, str], list[pl.DataFrame]] = {}
    covered: set[str] = set()
    for one in state.deliveries:
        for name, rows in one.tables.items():
            tables.setdefault((one.source, name), []).append(rows)
            covered.add(f"{one.source} {name} {coverage(one.header)!r}")
    contracts = load_contracts()
    parts = [
        f"{source} {name} {rows_sha256(pl.concat(rows), contracts[name])}"
        for (source, name), rows in sorted(tables.items())
        if name in contracts
    ]
    return hashlib.sha256("\n".join([*parts, *sorted(covered)]).encode()).hexdigest()


def register_document(state: State, as_of: date | None = None) -> dict[str, Any]:
    """Return what the register says, for the quality file: counts, never a value or an id."""
    return {
        "as_of": as_of.isoformat() if as_of else None,
        "state_sha256": state_sha256(state),
        "roles": dict(sorted(Counter(entry.role for entry in state.entries).items())),
        "deliveries": [
            {
                "source": entry.source,
                "delivery": entry.delivery,
                "role": entry.role,
                "by": entry.by,
                "changes": [
                    {
                        "table": change.table,
                        "added": change.added,
                        "changed": change.changed,
                        "repeated": change.repeated,
                        "removed": change.removed,
                    }
                    for change in entry.changes
                ],
                "rekeyed": [
                    {"column": one.column, "renamed": one.renamed, "unknown": one.unknown}
                    for one in entry.rekeyed
                ],
            }
            for entry in state.entries
        ],
        "differences": [
            {"rule": fault.rule, "file": fault.file, "row": fault.row, "rows": fault.rows}
            for fault in state.told
        ],
    }


def _order(one: Delivery) -> tuple[str, date, date, int, str]:
    header = one.header
    return one.source, header.extracted_on, received_on(one), header.version, one.delivery


def _name(one: Delivery) -> tuple[str, str]:
    return one.source, one.delivery


def _declaration(one: Delivery) -> str:
    return f"data/raw/{one.source}/{one.delivery}/{DELIVERY_FILE}"


def _correction_faults(held: Sequence[Delivery]) -> Iterator[Fault]:
    """Yield corrections of what is not there, or of themselves by way of others."""
    known = {_name(one): one for one in held}
    for one in held:
        seen = {one.delivery}
        at = one
        while at.header.corrects is not None:
            found = known.get((one.source, at.header.corrects))
            if found is None or found.delivery in seen:
                if found is not None or at is one:
                    yield _corrects_nothing(one, held)
                break
            seen.add(found.delivery)
            at = found


def _corrects_nothing(one: Delivery, held: Sequence[Delivery]) -> Fault:
    others = [other.delivery for other in held if other.source == one.source and other is not one]
    hint = closest(one.header.corrects or "", others)
    return broken("corrects_unknown", file=_declaration(one), column="corrects", hint=hint)


def _roles(held: Sequence[Delivery]) -> dict[tuple[str, str], Entry]:
    """Return what becomes of each delivery.

    Two are one if they say the same and correct the same; so a correction that brings back
    what was first said is no repetition of it.

    Raises
    ------
    DeliveryRefused
        Two that differ correct the same one.
    """
    content = {_name(one): content_sha256(one.tables, one.header, one.bridges) for one in held}
    identity = _identities(held, content)
    first: dict[tuple[str, ...], str] = {}
    for one in held:
        first.setdefault(identity[_name(one)], one.delivery)
    corrected_by: dict[tuple[str, ...], tuple[str, ...]] = {}
    faults = []
    for one in held:
        mine = identity[_name(one)]
        if one.header.corrects and corrected_by.setdefault(mine[:-1], mine) != mine:
            faults.append(broken("corrects_twice", file=_declaration(one), column="corrects"))
    if faults:
        raise DeliveryRefused("the deliveries contradict each other; nothing was stored", faults)
    entries = {}
    for one in held:
        mine = identity[_name(one)]
        role: Role = "stands"
        by = None
        if mine in corrected_by:
            role, by = "corrected", first[corrected_by[mine]]
        elif first[mine] != one.delivery:
            role, by = "repeats", first[mine]
        entries[_name(one)] = Entry(
            source=one.source, delivery=one.delivery, role=role, by=by, content=content[_name(one)]
        )
    return entries


def _identities(
    held: Sequence[Delivery], content: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return of each delivery its source, and the contents of the chain that it corrects."""
    known = {_name(one): one for one in held}
    identity: dict[tuple[str, str], tuple[str, ...]] = {}

    def identified(one: Delivery) -> tuple[str, ...]:
        name = _name(one)
        if name not in identity:
            corrected = one.header.corrects
            before = identified(known[one.source, corrected]) if corrected else (one.source,)
            identity[name] = (*before, content[name])
        return identity[name]

    return {_name(one): identified(one) for one in held}


def _overlaid(
    standing: Sequence[Delivery],
) -> tuple[list[Delivery], dict[tuple[str, str], tuple[Change, ...]], list[Fault], list[Fault]]:
    """Return the deliveries with their last words, changes, differences told and conflicts."""
    contracts = load_contracts()
    days = {_name(one): one.header.extracted_on for one in standing}
    rows: dict[tuple[str, str], pl.DataFrame] = {}
    changes: dict[tuple[str, str], tuple[Change, ...]] = {}
    told: list[Fault] = []
    conflicts: list[Fault] = []
    for one in standing:
        found = []
        for name, table in one.tables.items():
            place = (one.source, name)
            if place not in rows or name not in contracts:
                rows[place] = table
                continue
            change, differing = compared(table, rows[place], contracts[name])
            found.append(replace(change, removed=0))
            rows[place] = overlaid(table, rows[place], contracts[name])
            for (before,), lines in differing.group_by("delivery_before", maintain_order=True):
                same_day = days[one.source, str(before)] == one.header.extracted_on
                fault = broken(
                    "deliveries_conflict" if same_day else "delivery_differs",
                    file=str(lines["source_file"][0]),
                    row=int(lines["source_row"][0]),
                    column=contracts[name].key[0],
                    rows=lines.height,
                    name=str(before),
                )
                (conflicts if same_day else told).append(fault)
        changes[_name(one)] = tuple(found)
    final = [
        replace(
            one,
            tables={
                name: rows[one.source, name].filter(pl.col("delivery") == one.delivery)
                for name in one.tables
            },
        )
        for one in standing
    ]
    return final, changes, told, conflicts


def _corrections(
    held: Sequence[Delivery], roles: Mapping[tuple[str, str], Entry]
) -> dict[tuple[str, str], tuple[Change, ...]]:
    """Return what each correction changed of the delivery that it corrects."""
    contracts = load_contracts()
    known = {_name(one): one for one in held}
    found = {}
    for one in held:
        if not one.header.corrects or roles[_name(one)].role == "repeats":
            continue
        before = known[one.source, one.header.corrects].tables
        found[_name(one)] = tuple(
            compared(
                one.tables.get(name, rows.clear()),
                before.get(name, rows.clear()),
                contracts[name],
            )[0]
            for name, rows in sorted((before | one.tables).items())
            if name in contracts
        )
    return found
