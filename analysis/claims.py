"""Claims: what has each side said, and what do this run's numbers say to it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from utfall.analysis.vocabulary import REFUSED, Text

Checkability = Literal["checkable", "checkable_with", "not_here", "value"]
Verdict = Literal[
    "fits",
    "does_not_fit",
    "cannot_tell",
    "not_tried",
    "not_comparable",
    "not_answered",
    "not_here",
    "value",
]
Grade = Literal["party", "press", "official"]

#: Verdicts that a number of the run stands behind.
FROM_DATA: frozenset[str] = frozenset(
    {"fits", "does_not_fit", "cannot_tell", "not_tried", "not_comparable"}
)


#: A number this much above or below the one that was said is as good; for every claim alike.
TOLERANCE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence that somebody has said in public.

    Attributes
    ----------
    claimant, side : Text
        Party or unit, never a person; and what it wanted.
    quote : Text
        The source's own words; the English is a translation.
    quantity : Text
        What would have to be measured.
    rests_on : str or None
        ``question.number`` or the id of a comparison; the number is never typed.
    test : mapping
        What the claim says of that number: ``about`` [low, high] as it was said, a
        :data:`TOLERANCE` either way being as good, ``above``, ``below``,
        ``tried`` (the least at which anything could have been seen) or ``refused`` of a
        comparison. Empty where a number informs but cannot decide. ``refutes: false`` where
        the number covers a part of what was claimed: it can bear it out but not disprove it;
        ``confirms: false`` where it can disprove it but not bear it out.
    also, also_quantity : str or None, Text or None
        Another number that the claim can as well be read as, and what it measures; unless both
        readings give the same verdict the data cannot tell.
    reason : Text
        Why this number, and what it leaves open.
    grade : str
        How well the source itself supports the claim, until data speak.
    """

    id: str
    document: str
    claimant: Text
    side: Text
    quote: Text
    source_file: str
    said_on: str
    quantity: Text
    checkability: Checkability
    reason: Text
    grade: Grade
    rests_on: str | None = None
    also: str | None = None
    also_quantity: Text | None = None
    test: Mapping[str, Any] = field(default_factory=dict)


def judge(test: Mapping[str, Any], number: Mapping[str, Any]) -> Verdict:
    """Hold a claim against a number with its bounds.

    The whole interval decides, for every kind of test alike: all of it within what was
    claimed fits, all of it outside does not, and a number whose bounds reach both cannot
    tell.

    Parameters
    ----------
    test : mapping
        ``about``, ``above``, ``below`` or ``tried``; ``refutes``, ``confirms``.
    number : mapping
        A cell of the results: ``value``, ``low``, ``high``.

    >>> cell = {"value": 15.0, "low": 10.0, "high": 21.0}
    >>> judge({"about": [18, 20]}, cell), judge({"about": [30, 40]}, cell)
    ('cannot_tell', 'does_not_fit')
    >>> judge({"about": [12, 18]}, cell), judge({"about": [13, 18]}, cell)
    ('fits', 'cannot_tell')
    >>> judge({"above": 8}, cell), judge({"below": 12}, cell)
    ('fits', 'cannot_tell')
    >>> judge({"above": 30}, cell), judge({"above": 30, "refutes": False}, cell)
    ('does_not_fit', 'cannot_tell')
    """
    verdict = _judged(test, number)
    one_way = {"does_not_fit": "refutes", "fits": "confirms"}
    is_partial = not test.get(one_way.get(verdict, ""), True)
    return "cannot_tell" if is_partial else verdict


def _judged(test: Mapping[str, Any], number: Mapping[str, Any]) -> Verdict:
    value = number["value"]
    low = value if number["low"] is None else number["low"]
    high = value if number["high"] is None else number["high"]
    if "about" in test:
        least, most = tolerated(test["about"])
        if high < least or low > most:
            return "does_not_fit"
        return "fits" if least <= low and high <= most else "cannot_tell"
    if "tried" in test:
        return "not_tried" if value < test["tried"] else "cannot_tell"
    if "above" in test:
        return _beyond(low, high, float(test["above"]))
    if "below" in test:
        return _beyond(-high, -low, -float(test["below"]))
    return "cannot_tell"


def tolerated(said: Sequence[float]) -> tuple[float, float]:
    """Return the limits within which a number is as good as the one that was said.

    >>> [round(limit, 2) for limit in tolerated([18, 20])], tolerated([-10, 10])
    ([14.4, 24.0], (-12.0, 12.0))
    """
    least, most = said
    return least - TOLERANCE * abs(least), most + TOLERANCE * abs(most)


def _beyond(low: float, high: float, limit: float) -> Verdict:
    if low > limit:
        return "fits"
    return "does_not_fit" if high < limit else "cannot_tell"


def ledger(
    claims: Sequence[Claim], answers: Mapping[str, Any], *, is_synthetic: bool
) -> list[dict[str, Any]]:
    """Return every claim with its verdict, as plain values.

    Parameters
    ----------
    claims : sequence of Claim
    answers : mapping
        ``questions`` and ``comparisons`` as a results document holds them; a verdict can
        only rest on what that document shows.
    is_synthetic : bool
        The data are made up, and say nothing of the world.
    """
    return [_row(claim, answers, is_synthetic=is_synthetic) for claim in claims]


def unknown_numbers(claims: Sequence[Claim], answers: Mapping[str, Any]) -> list[str]:
    """Return the ids of claims that rest on a question or comparison that does not exist."""
    known = {row["id"] for part in ("questions", "comparisons") for row in answers[part]}
    return [
        claim.id
        for claim in claims
        for number in (claim.rests_on, claim.also)
        if number is not None and number.split(".")[0] not in known
    ]


def _row(claim: Claim, answers: Mapping[str, Any], *, is_synthetic: bool) -> dict[str, Any]:
    number, verdict = _verdict(claim, answers)
    grade = claim.grade if verdict not in FROM_DATA else "synthetic" if is_synthetic else "data"
    texts = ("claimant", "side", "quote", "quantity", "reason")
    return {
        "id": claim.id,
        "document": claim.document,
        **{name: {"sv": (t := getattr(claim, name)).sv, "en": t.en} for name in texts},
        "source_file": claim.source_file,
        "said_on": claim.said_on,
        "checkability": claim.checkability,
        "verdict": verdict,
        "number": number,
        "also": _also(claim, answers),
        "rule": _rule(claim.test),
        "rests_on": claim.rests_on.split(".")[0] if claim.rests_on else None,
        "grade": grade,
    }


def _rule(test: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a number is held against, for a reader to see; None where nothing is."""
    for kind in ("about", "above", "below"):
        if kind in test:
            limits = tolerated(test[kind]) if kind == "about" else [float(test[kind])]
            return {
                "kind": kind,
                "limits": [round(limit, 6) for limit in limits],
                "can_fit": bool(test.get("confirms", True)),
                "can_miss": bool(test.get("refutes", True)),
            }
    return None


def _also(claim: Claim, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the other number that a claim can be read as, with what it measures."""
    if claim.also is None or claim.also_quantity is None:
        return None
    number = _reading(claim.also, claim.test, answers)[0]
    quantity = {"sv": claim.also_quantity.sv, "en": claim.also_quantity.en}
    return None if number is None else {"quantity": quantity, "number": number}


def _verdict(claim: Claim, answers: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Verdict]:
    if claim.checkability in ("not_here", "value"):
        return None, "value" if claim.checkability == "value" else "not_here"
    if claim.rests_on is None:
        return None, "not_answered"
    number, verdict = _reading(claim.rests_on, claim.test, answers)
    if claim.also is not None and _reading(claim.also, claim.test, answers)[1] != verdict:
        return number, "cannot_tell"
    return number, verdict


def _reading(
    rests_on: str, test: Mapping[str, Any], answers: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, Verdict]:
    name, _, key = rests_on.partition(".")
    comparison = next((c for c in answers["comparisons"] if c["id"] == name), None)
    if comparison is not None:
        return None, _of_comparison(test, comparison)
    answer = next((q for q in answers["questions"] if q["id"] == name), None)
    number = answer["numbers"].get(key) if answer else None
    if number is None or (number["value"] is None and not number["withheld"]):
        return None, "not_answered"
    if number["value"] is None:
        return number, "cannot_tell"
    return number, judge(test, number)


def _of_comparison(test: Mapping[str, Any], comparison: Mapping[str, Any]) -> Verdict:
    """Return what a comparison says: that it cannot be made, or which way it points."""
    is_refused = comparison["fairness"] in REFUSED
    if "refused" in test:
        return "fits" if is_refused else "does_not_fit"
    if is_refused:
        return "not_comparable"
    if comparison["headline"] != "better_clear" or comparison["estimate"] is None:
        return "cannot_tell"
    if "more" not in test:
        return "cannot_tell"
    more = "target" if comparison["estimate"] > 0 else "comparator"
    return "fits" if test["more"] == more else "does_not_fit"
