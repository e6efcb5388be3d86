"""What the delivery check counted is published as protected counts, and never by row."""

from __future__ import annotations

from typing import Any

from utfall.analysis.disclosure import Rules
from utfall.analysis.protected_quality import protected_counts

RULES = Rules(threshold=7, round_to=5, public_data=False)
COUNTED: dict[str, Any] = {
    "rows_in": 103,
    "rows_loaded": 99,
    "rows_quarantined": 4,
    "tables": [],
    "by_rule": [{"rule": "end_before_start", "table": "spells", "rows": 4}],
    "checks": [{"rule": "end_before_start", "severity": "quarantine"}],
    "register": {
        "as_of": None,
        "state_sha256": "abc",
        "roles": {"stands": 1, "corrected": 1},
        "deliveries": [
            {
                "source": "vallentuna",
                "delivery": "2020-03-01",
                "role": "stands",
                "by": None,
                "changes": [
                    {"table": "spells", "added": 3, "changed": 12, "repeated": 98, "removed": 0}
                ],
                "rekeyed": [{"column": "person_id", "renamed": 41, "unknown": 2}],
            }
        ],
        "differences": [{"rule": "delivery_differs", "file": "a.csv", "row": 17, "rows": 1}],
    },
    "invented_later": {"people": 3},
}


def test_what_a_correction_changed_is_told_in_protected_counts() -> None:
    (delivery,) = protected_counts(COUNTED, RULES)["register"]["deliveries"]
    assert delivery["changes"] == [
        {"table": "spells", "added": None, "changed": 10, "repeated": 100, "removed": 0}
    ]
    assert delivery["rekeyed"] == [{"column": "person_id", "renamed": 40, "unknown": None}]


def test_no_row_and_nothing_that_is_not_known_goes_out() -> None:
    published = protected_counts(COUNTED, RULES)
    assert "differences" not in published["register"]
    assert "state_sha256" not in published["register"]
    assert "invented_later" not in published
    assert published["rows_quarantined"] is None
    assert published["by_rule"][0]["rows"] is None
    assert published["checks"] == COUNTED["checks"]
