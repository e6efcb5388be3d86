"""Protected quality: what of the quality of the data can be told without telling of anybody?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from utfall.analysis.disclosure import Rules, protected_count, protected_share
from utfall.analysis.quality import DataQuality
from utfall.analysis.vocabulary import Text


def quality_document(found: DataQuality, rules: Rules | None = None) -> dict[str, Any]:
    """Return what was found of the rows as plain values; counts protected where rules are given.

    Shares are made of protected counts, so that none of them gives a count back; a share
    with a small count on either side is None.

    Parameters
    ----------
    found : DataQuality
        As measured.
    rules : Rules, optional
        The study's disclosure settings.
    """
    return {
        "missing": [
            {
                "column": row.column,
                "label": _text(row.label),
                "role": row.role,
                "programme": row.programme,
                "year": row.year,
                "n": _count(row.n, rules),
                "share": _share(row.n_missing, row.n, rules),
                "share_waiting": _share(row.n_waiting, row.n, rules),
            }
            for row in found.missing
        ],
        "heaping": [
            {
                "programme": heap.programme,
                "column": heap.column,
                "kind": heap.kind,
                "n": _count(heap.n, rules),
                "share": _share(heap.n_on, heap.n, rules),
                "expected": round(heap.expected, 3),
            }
            for heap in found.heaping
        ],
        "code_breaks": [
            {
                "source": change.source,
                "column": change.column,
                "year": change.year,
                "n_before": _count(change.n_before, rules),
                "n_after": _count(change.n_after, rules),
                "moved": round(change.moved, 2),
                "codes_new": change.n_new,
                "codes_gone": change.n_gone,
            }
            for change in found.code_breaks
        ],
        "late": [
            {
                "programme": row.programme,
                "period": row.period,
                "n": _count(row.n, rules),
                "share": _share(row.n_missing, row.n, rules),
            }
            for row in found.late
        ],
    }


#: Parts of the quality file that count no rows; whatever else it holds is not published.
_WITHOUT_COUNTS = ("checks",)


def protected_counts(counted: Mapping[str, Any], rules: Rules | None) -> dict[str, Any]:
    """Return what the delivery check counted, by table and by rule, as it may be published.

    Parameters
    ----------
    counted : mapping
        ``rows_in``, ``rows_loaded`` and ``rows_quarantined`` in all; the same in each of
        ``tables``; ``rows`` in each of ``by_rule``. Empty where nothing was checked.
    rules : Rules or None
        None leaves every count as it is.
    """
    if rules is None or not counted:
        return dict(counted)
    tables = [{**table, **_counts(table, rules)} for table in counted.get("tables", ())]
    register = counted.get("register")
    return {
        **{name: counted[name] for name in _WITHOUT_COUNTS if name in counted},
        **({"register": _register(register, rules)} if register else {}),
        **(_totals(tables, rules) if tables else _counts(counted, rules)),
        "tables": tables,
        "by_rule": [
            {**rule, "rows": protected_count(rule["rows"], rules)} for rule in counted["by_rule"]
        ],
    }


def _register(register: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return which deliveries stand and how many rows each changed; never which rows."""
    return {
        "as_of": register["as_of"],
        "roles": register["roles"],
        "deliveries": [
            {
                **{name: one[name] for name in ("source", "delivery", "role", "by")},
                "changes": [_counted(change, "table", rules) for change in one["changes"]],
                "rekeyed": [_counted(bridge, "column", rules) for bridge in one["rekeyed"]],
            }
            for one in register["deliveries"]
        ],
    }


def _counted(row: Mapping[str, Any], name: str, rules: Rules) -> dict[str, Any]:
    """Return a named row of counts, each protected."""
    counts = {key: protected_count(value, rules) for key, value in row.items() if key != name}
    return {name: row[name], **counts}


def _counts(counted: Mapping[str, Any], rules: Rules) -> dict[str, int | None]:
    """Return one table's rows; those used follow from the other two as they are published.

    Rounded by itself, the difference to those received would tell how many were set aside.
    """
    received = protected_count(counted["rows_in"], rules)
    aside = protected_count(counted["rows_quarantined"], rules)
    used = None if received is None else max(received - (aside or 0), 0)
    return {"rows_in": received, "rows_loaded": used, "rows_quarantined": aside}


def _totals(tables: Sequence[Mapping[str, Any]], rules: Rules) -> dict[str, int | None]:
    """Return the rows of all tables, summed from what is published of each.

    A hidden count stands in the sum as the middle of what it may be.
    """
    middle = (rules.threshold + 1) // 2

    def total(name: str) -> int | None:
        counts = [middle if table[name] is None else table[name] for table in tables]
        return protected_count(sum(counts), rules)

    received, aside = total("rows_in"), total("rows_quarantined")
    used = None if received is None else max(received - (aside or 0), 0)
    return {"rows_in": received, "rows_loaded": used, "rows_quarantined": aside}


def _count(value: int, rules: Rules | None) -> int | None:
    return value if rules is None else protected_count(value, rules)


def _share(part: int, whole: int, rules: Rules | None) -> float | None:
    if rules is None:
        return part / whole if whole else None
    return protected_share(part, whole, rules)


def _text(text: Text) -> dict[str, str]:
    return {"sv": text.sv, "en": text.en}
