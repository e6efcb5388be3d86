"""Data quality: what was checked, what was set aside, and what is missing behind the answers?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from utfall.reports.page import Page
from utfall.reports.words import Words, catalogue

#: The sections that a document has something for, in page order.
SECTIONS = ("coverage", "missing", "heaping", "code_breaks", "late", "by_rule", "checks")

#: Days heap where they hold more than this many times what equal days would give.
HEAPED = 2

Row = Mapping[str, Any]


def data_quality_page(document: Mapping[str, Any], words: Words) -> Page:
    """Return the page about the data; one that says so where nothing was checked."""
    quality = document["data_quality"]
    listed: dict[str, Sequence[Row]] = {name: quality.get(name, ()) for name in SECTIONS}
    return Page(
        id="data_quality",
        title=words("quality_title"),
        template="data_quality.html.j2",
        values={
            "quality": quality,
            "worst": _worst(document, listed["missing"], words),
            "coverage": [_covered(delivery, words) for delivery in listed["coverage"]],
            "aside": [
                (named("rule", line["rule"], words), named("table", line["table"], words), line)
                for line in listed["by_rule"]
            ],
            "tables": [
                (named("table", line["table"], words), line) for line in quality.get("tables", ())
            ],
            "missing": _missing(document, listed["missing"], words),
            "heaping": [
                (programme_name(document, heap["programme"], words), heap)
                for heap in listed["heaping"]
                if heap["share"] is not None and heap["share"] > HEAPED * heap["expected"]
            ],
            "breaks": listed["code_breaks"],
            "declared": [e for e in document["disruptions"] if e["kind"] == "measurement"],
            "late": _late(document, listed["late"], words),
            "checks": [(named("rule", one["rule"], words), one) for one in listed["checks"]],
            "gates": [
                (comparison, gate)
                for comparison in document["comparisons"]
                for gate in comparison["gates"]
                if gate["id"] == "G0"
            ],
        },
    )


def named(kind: str, code: str, words: Words) -> str:
    """Return a rule's or table's name in words, or its code where the catalogue has none."""
    key = f"{kind}_{code}"
    return words(key) if key in catalogue() else code


def programme_name(document: Mapping[str, Any], programme: str, words: Words) -> str:
    """Return a programme's name as pages show it."""
    known = document["programmes"].get(programme)
    name = words.text(known["name"]) if known else programme
    return name[:1].upper() + name[1:]


def _worst(document: Mapping[str, Any], rows: Sequence[Row], words: Words) -> str | None:
    """Return one sentence on what is recorded least; None where nothing was measured."""
    shown = [row for row in rows if row["year"] is None and row["share"] is not None]
    if not shown:
        return None
    worst = max(shown, key=lambda row: (row["share"], row["column"], row["programme"]))
    if worst["share"] == 0:
        return words("quality_nothing_missing")
    return words(
        "quality_worst",
        column=words.text(worst["label"]),
        programme=programme_name(document, worst["programme"], words),
        share=words.percent(worst["share"]),
    )


def _covered(delivery: Row, words: Words) -> dict[str, str]:
    """Return one delivery's declaration as cells."""
    untold = words("quality_not_told")
    first, last = delivery["covers_from"], delivery["covers_to"]
    covers = delivery["covers"]
    return {
        "delivery": f"{delivery['source']} {delivery['delivery']}",
        "extracted": delivery["extracted_on"] or untold,
        "days": words("period", first=first, last=last) if first and last else untold,
        "who": words(f"covers_{covers}") if covers else untold,
        "codes": delivery["code_list_version"] or untold,
    }


def _missing(
    document: Mapping[str, Any], rows: Sequence[Row], words: Words
) -> list[dict[str, Any]]:
    """Return one table per programme: an item a row, all years first, then each year."""
    tables = []
    for programme in dict.fromkeys(row["programme"] for row in rows):
        own = [row for row in rows if row["programme"] == programme]
        told = (row for row in own if row["year"] is not None and row["n"] is not None)
        years = sorted({row["year"] for row in told})
        tables.append(
            {
                "programme": programme,
                "name": programme_name(document, programme, words),
                "years": years,
                "people": _cells(_of(own, own[0]["column"]), years, words, "n"),
                "lines": _lines(own, years, words),
            }
        )
    return tables


def _lines(rows: Sequence[Row], years: Sequence[int], words: Words) -> list[tuple[str, list[str]]]:
    lines = []
    for column in dict.fromkeys(row["column"] for row in rows):
        found = _of(rows, column)
        label = words.text(found[0]["label"])
        lines.append((label, _cells(found, years, words, "share")))
        if any(row["share_waiting"] for row in found):
            waiting = words("quality_waiting", outcome=label)
            lines.append((waiting, _cells(found, years, words, "share_waiting")))
    return lines


def _of(rows: Sequence[Row], column: str) -> list[Row]:
    return [row for row in rows if row["column"] == column]


def _cells(rows: Sequence[Row], years: Sequence[int], words: Words, name: str) -> list[str]:
    by_year = {row["year"]: row[name] for row in rows}
    show = words.count if name == "n" else words.percent
    return [show(by_year[year]) if year in by_year else "–" for year in (None, *years)]


def _late(document: Mapping[str, Any], rows: Sequence[Row], words: Words) -> list[tuple[str, ...]]:
    by_programme: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_programme.setdefault(row["programme"], {})[row["period"]] = row
    return [
        (
            programme_name(document, programme, words),
            *(
                words.percent(found[period]["share"]) if period in found else "–"
                for period in ("last_months", "year_before")
            ),
        )
        for programme, found in by_programme.items()
    ]
