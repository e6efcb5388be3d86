"""What the checks withheld is stopped here too, should it ever get this far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.errors import PublicationRefused
from utfall.reports.site import build_site
from utfall.reports.withheld import ANSWER, places_of_withheld

from .conftest import HEADLINES, comparison, document

SECRET = 0.4171


def planted(headline: str) -> dict[str, dict[str, Any]]:
    """Return a refused comparison with the answer planted in one place at a time."""
    found = {name: comparison(headline, **{name: SECRET}) for name in ANSWER}
    for part, place in (
        ("ladder", 1),
        ("decomposition", 0),
        ("sensitivity", 0),
        ("secondary_outcomes", 0),
    ):
        for name in ("estimate", "conf_low", "conf_high"):
            one = comparison(headline)
            one[part][place][name] = SECRET
            found[f"{part}.{name}"] = one
    return found


@pytest.mark.parametrize("headline", ["not_comparable", "bounds"])
@pytest.mark.parametrize("place", sorted(planted("bounds")))
def test_a_refused_answer_stops_the_whole_bundle(headline: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(PublicationRefused) as refusal:
        build_site(document(planted(headline)[place]), tmp_path, charts=False, papers=False)
    assert list(tmp_path.iterdir()) == []
    assert "4171" not in " ".join(map(str, refusal.value.faults))


def test_bounds_may_stand_where_only_bounds_are_allowed_and_nowhere_else() -> None:
    bounds = {"low": -0.2, "high": 0.3, "conf_low": -0.3, "conf_high": 0.4, "method": "Manski"}
    assert list(places_of_withheld(comparison("bounds", bounds=bounds))) == []
    assert list(places_of_withheld(comparison("not_comparable", bounds=bounds))) == ["bounds"]


@pytest.mark.parametrize("headline", HEADLINES)
def test_what_the_analysis_writes_passes(headline: str) -> None:
    assert list(places_of_withheld(comparison(headline))) == []


def hidden(headline: str, **changes: Any) -> dict[str, Any]:
    """Return a comparison whose answer is hidden for few people, as protection leaves it."""
    one = comparison(headline, **dict.fromkeys(ANSWER))
    for part in ("decomposition", "sensitivity", "secondary_outcomes"):
        for row in one[part]:
            row.update(dict.fromkeys(("estimate", "conf_low", "conf_high")))
    one["secondary_outcomes"][0]["differs"] = None
    return {**one, **changes}


def test_an_answer_hidden_for_few_people_passes_when_nothing_tells_of_it() -> None:
    assert list(places_of_withheld(hidden("cannot_tell"))) == []


@pytest.mark.parametrize(
    ("one", "place"),
    [
        (hidden("better_clear"), "headline"),
        (hidden("no_meaningful_difference"), "headline"),
        (hidden("cannot_tell", second_low=SECRET), "second_low"),
        (hidden("cannot_tell", bounds={"low": SECRET}), "bounds"),
        (
            hidden("cannot_tell", sensitivity=comparison("cannot_tell")["sensitivity"]),
            "sensitivity[0]",
        ),
    ],
    ids=["sign", "size", "second interval", "bounds", "another choice"],
)
def test_nothing_may_tell_of_an_answer_that_is_hidden(
    one: dict[str, Any], place: str, tmp_path: Path
) -> None:
    assert place in list(places_of_withheld(one))
    with pytest.raises(PublicationRefused):
        build_site(document(one), tmp_path, charts=False, papers=False)
