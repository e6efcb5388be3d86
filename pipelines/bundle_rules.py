"""Bundle rules: does a page fetch or run what it may not, or a table name people?"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from utfall.expectations.contract import load_contracts

#: Attributes by which a page fetches something; a link that a reader may follow is none.
_FETCHES = {
    "src": None,
    "srcset": None,
    "data": None,
    "poster": None,
    "action": None,
    "formaction": None,
    "href": frozenset({"link", "use", "image", "base"}),
    "xlink:href": None,
}
_OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_STYLE_FETCHES = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])\s*(?:[a-z][a-z0-9+.-]*:|//)", re.I)
_NO_SOURCE = "default-src 'none'"

#: Rules that a file of a bundle may break, and what is told.
RULES = {
    "bundle_policy": "the page does not forbid what it does not need (content security policy)",
    "bundle_outside": "the page fetches something from outside the bundle",
    "bundle_inline": "the page holds a script or handler of its own, or a link that runs one",
    "bundle_ids": "a column names people, referrals or enrolments one by one",
}


def broken_rules(path: Path) -> Iterator[str]:
    """Yield the rules that a page, style sheet or table of a bundle breaks.

    Parameters
    ----------
    path : Path
        Files of other kinds break none of these.
    """
    if path.suffix == ".html":
        yield from _page_rules(path.read_text(encoding="utf-8"))
    elif path.suffix in (".css", ".svg"):
        if _STYLE_FETCHES.search(path.read_text(encoding="utf-8")):
            yield "bundle_outside"
    elif path.suffix == ".csv" and ids_of(path) & personal_columns():
        yield "bundle_ids"


@cache
def personal_columns() -> frozenset[str]:
    """Return the canonical columns that hold a pseudonym or another id of one person's rows.

    >>> "person_id" in personal_columns(), "site" in personal_columns()
    (True, False)
    """
    return frozenset(
        column.name
        for contract in load_contracts().values()
        for column in contract.columns
        if column.role == "id"
    ) | {"episode_id", "unit_id", "outcome_id", "personnummer", "pnr"}


def ids_of(path: Path) -> set[str]:
    """Return the names of a table's columns, folded."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    mark = ";" if first.count(";") > first.count(",") else ","
    return {name.strip().casefold() for name in next(csv.reader([first], delimiter=mark), [])}


def _page_rules(text: str) -> Iterator[str]:
    page = _Page()
    page.feed(text)
    if not any(_NO_SOURCE in policy for policy in page.policies):
        yield "bundle_policy"
    if page.fetches_outside:
        yield "bundle_outside"
    if page.runs_inline:
        yield "bundle_inline"


class _Page(HTMLParser):
    """What a page declares, fetches and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.policies: list[str] = []
        self.fetches_outside = False
        self.runs_inline = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(given.get("content", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.fetches_outside = True
        if tag == "script" and "src" not in given and given.get("type", "") not in _DATA:
            self.runs_inline = True
        for name, value in given.items():
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                self.runs_inline = True
            tags = _FETCHES.get(name, frozenset())
            if (tags is None or tag in tags) and _fetches_outside(name, value):
                self.fetches_outside = True


#: Scripts that are data and run nothing.
_DATA = ("application/json", "application/ld+json")


def _fetches_outside(name: str, value: str) -> bool:
    parts = value.split(",") if name == "srcset" else [value]
    return any(_OUTSIDE.match(part) for part in parts)
