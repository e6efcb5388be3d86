"""Households: whose months are those that a system pays to a household?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

import polars as pl
from pydantic import Field

from utfall.analysis.errors import Fault
from utfall.expectations.contract import TableContract
from utfall.expectations.conversion import Notation, convert
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import Screened
from utfall.pipelines.declarations import Declared

#: What a column of a member is called while a table is read.
MEMBER = "member "
_FIRST, _LAST = "0000-00", "9999-99"


class Members(Declared):
    """The file that says who belongs to which household, and when.

    Attributes
    ----------
    household, person : str
        Columns of the two pseudonyms.
    first_day, last_day : str or None
        Columns of the first and the last day of belonging; blank is open.
    dates : str
        strptime format of both.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    household: str
    person: str
    first_day: Annotated[str | None, Field(alias="from")] = None
    last_day: Annotated[str | None, Field(alias="to")] = None
    dates: str = "%Y-%m-%d"

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns of the file by what they are to us."""
        named = {"household": self.household, "person": self.person}
        named |= {"first_day": self.first_day} if self.first_day else {}
        return named | ({"last_day": self.last_day} if self.last_day else {})


class HouseholdRule(Declared):
    """How rows about households become rows about people.

    Attributes
    ----------
    members : Members or tuple of str
        A file of members, or the columns of the table itself that hold one member each.
    amount : str
        ``whole`` gives each member all that the household was paid, which is what it lived
        on; ``shared`` divides it equally among all members of the month.
    """

    members: Members | Annotated[tuple[str, ...], Field(min_length=1)]
    amount: Literal["whole", "shared"]

    @property
    def local(self) -> tuple[str, ...]:
        """Return the columns of the table itself that hold members."""
        return () if isinstance(self.members, Members) else self.members

    @property
    def file(self) -> str | None:
        """Return the name of the file of members."""
        return self.members.file if isinstance(self.members, Members) else None

    @property
    def person(self) -> str:
        """Return the column that a person stands in, for messages."""
        return self.members.person if isinstance(self.members, Members) else self.members[0]


class People(NamedTuple):
    """Who belonged to which household, as ``belonging`` says, and whom the delivery knows."""

    members: pl.DataFrame | None = None
    known: pl.Series | None = None


def belonging(rows: pl.DataFrame, members: Members, shown: str) -> tuple[pl.DataFrame, list[Fault]]:
    """Return who belonged where from which month to which, and what is wrong with the file.

    Parameters
    ----------
    rows : pl.DataFrame
        The file as text, its columns under the names of ``Members.columns``.

    Returns
    -------
    pl.DataFrame
        ``household_id, person, first_month, last_month``.
    list of Fault
    """
    text = rows.with_columns(
        pl.col(name).str.strip_chars().replace("", None) for name in members.columns
    )
    wrong = {name: text[name].is_null() for name in ("household", "person")}
    months = {"first_month": pl.lit(_FIRST), "last_month": pl.lit(_LAST)}
    ends = (("first_day", "first_month", _FIRST), ("last_day", "last_month", _LAST))
    for name, month, otherwise in (end for end in ends if end[0] in members.columns):
        days = text[name].str.to_date(members.dates, strict=False)
        wrong[name] = days.is_null() & text[name].is_not_null()
        months[month] = pl.lit(days.dt.strftime("%Y-%m")).fill_null(otherwise)
    faults = []
    for name, mask in wrong.items():
        rows_at = text.filter(mask)["source_row"]
        if rows_at.len():
            row, column = int(rows_at[0]), members.columns[name]
            faults.append(
                broken("household_member", file=shown, row=row, column=column, rows=rows_at.len())
            )
    told = text.select(
        pl.col("household").alias("household_id"), pl.col("person"), **months
    ).unique(maintain_order=True)
    return told, faults


def by_person(
    text: pl.DataFrame, people: People, contract: TableContract, notation: Notation
) -> tuple[pl.DataFrame, pl.Series]:
    """Return rows about households as rows about their members.

    Parameters
    ----------
    text : pl.DataFrame
        Canonical columns as text and ``source_row``, one row per household and month; with a
        column per member where there is no file of them.
    people : People
        A member whom the delivery does not know is left out where it knows another one,
        since only its own people are asked for.

    Returns
    -------
    pl.DataFrame
        The same with ``person_id``, blank where nobody belonged to the household in the month.
    pl.Series
        How many did, known or not, for every row of it.
    """
    members, known = people
    if members is None:
        columns = [name for name in text.columns if name.startswith(MEMBER)]
        told = text.select("source_row", pl.concat_list(columns).alias("person"))
        told = told.explode("person").with_columns(pl.col("person").str.strip_chars())
        told = told.filter(pl.col("person").is_not_null() & (pl.col("person") != ""))
        text = text.drop(columns)
    else:
        dated = convert(text.select("month", "source_row"), contract, notation).rows
        told = text.select(pl.col("household_id").str.strip_chars(), "source_row").with_columns(
            dated["month"]
        )
        told = told.join(members, on="household_id").filter(
            pl.col("month").is_between(pl.col("first_month"), pl.col("last_month"))
        )
    told = told.select("source_row", "person").unique()
    told = told.with_columns(n_members=pl.len().over("source_row"))
    if known is not None:
        is_known = pl.col("person").is_in(known.implode())
        told = told.filter(is_known | ~is_known.any().over("source_row"))
    told = told.rename({"person": "person_id"}).sort("source_row", "person_id")
    found = text.join(told, on="source_row", how="left", maintain_order="left_right")
    return found.drop("n_members"), found.get_column("n_members").fill_null(1)


def settled_amounts(screened: Screened, members: pl.Series, rule: HouseholdRule) -> Screened:
    """Return a table of people with the household's amounts as its rule divides them.

    Parameters
    ----------
    members : pl.Series
        How many people each row's amount was paid to.

    Notes
    -----
    A row whose household nobody belonged to is set aside as such, not as one without a person.
    """
    delivered = screened.delivered
    if rule.amount == "shared" and "amount_sek" in delivered.columns:
        kind = delivered.schema["amount_sek"]
        share = delivered["amount_sek"].cast(pl.Float64) / members
        delivered = delivered.with_columns(share.round(2).cast(kind).alias("amount_sek"))
    is_empty = (pl.col("column") == "person_id") & (pl.col("rule") == "missing_required")
    lines = screened.broken.with_columns(
        rule=pl.when(is_empty).then(pl.lit("household_unknown")).otherwise(pl.col("rule"))
    )
    return replace(screened, delivered=delivered, broken=lines)
