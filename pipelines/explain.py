"""Explain: what does a code in a message, on a page or at the end of a run mean?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources

import yaml

from utfall.analysis.errors import Fault, UsageError
from utfall.analysis.vocabulary import LANGUAGES, Language, Text

#: What a gate can answer, by the beginning of its code.
_ANSWERS: Mapping[str, Mapping[Language, str]] = {
    "fail": {"sv": "Stoppar", "en": "Stops"},
    "reserve": {"sv": "Förbehåll", "en": "Reservation"},
    "not_evaluated": {"sv": "Kan inte prövas", "en": "Not evaluated"},
    "needed": {"sv": "Det som behövs", "en": "What is needed"},
}
_MEASURED: Mapping[Language, str] = {"sv": "Mått och gräns", "en": "Statistic and limit"}
_RATES: Mapping[Language, str] = {
    "sv": "Prövad på {worlds} påhittade världar: {caught} av 100 fel fångades, och {false} av 100 "
    "rättvisa jämförelser fick ett falskt larm.",
    "en": "Tried on {worlds} made-up worlds: {caught} of 100 faults were caught, and {false} of "
    "100 fair comparisons had a false alarm.",
}


def explain(code: str) -> dict[str, str]:
    """Return a code in plain words, by language, or the columns of a table.

    Parameters
    ----------
    code : str
        A gate (``G2``), a verdict (``cannot_tell``), an exit code (``13``), the rule in the
        brackets of a message (``end_before_start``), ``tables``, or the name of a table.

    Returns
    -------
    dict
        ``sv`` and ``en``; tables are told in English alone.

    Raises
    ------
    UsageError
        There is no such code; near ones are named.
    """
    known = {**_tables(), **_rules(), **_gates(), **_verdicts()}
    by_folded = {name.casefold(): name for name in known}
    found = by_folded.get(code.casefold())
    if found is None:
        near = get_close_matches(code.casefold(), by_folded, n=3)
        meant = f"did you mean {' or '.join(by_folded[name] for name in near)}?" if near else ""
        raise UsageError(
            f"there is no code {code}",
            [
                Fault(
                    rule="code_unknown",
                    message="no message, page or exit uses it",
                    way_out=meant or "codes stand in brackets after a message, and on the pages",
                )
            ],
        )
    return known[found]


def _verdicts() -> dict[str, dict[str, str]]:
    text = resources.files("utfall.pipelines").joinpath("explanations.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))


@cache
def _gates() -> dict[str, dict[str, str]]:
    from utfall.analysis.wording import catalogue
    from utfall.pipelines.method import gate_rates

    texts, rates = catalogue(), gate_rates()
    gates = {name.removeprefix("gate_"): name for name in texts if name.startswith("gate_")}
    return {
        gate: {
            language: "\n".join(_of_gate(gate, texts[name], texts, rates.get(gate), language))
            for language in LANGUAGES
        }
        for gate, name in gates.items()
    }


def _of_gate(
    gate: str,
    question: Text,
    texts: Mapping[str, Text],
    rates: Mapping[str, float] | None,
    language: Language,
) -> Iterator[str]:
    """Yield what a gate asks and measures, what it says when raised, and how often it errs."""
    yield f"{gate}: {question.in_language(language)}"
    measured = _statistics()[gate][language].format(**_limits(language))
    yield f"  {_MEASURED[language]}: {measured}"
    for name, text in texts.items():
        outcome = name.removeprefix(f"{gate.lower()}_")
        kind = next((one for one in _ANSWERS if outcome.startswith(one)), None)
        if outcome != name and kind is not None:
            said = re.sub(r"\{\w+\}\.?", "…", text.in_language(language))
            yield f"  {_ANSWERS[kind][language]}: {said}"
    if rates is not None:
        yield "  " + _RATES[language].format(
            caught=round(100 * rates["sensitivity"]),
            false=round(100 * rates["false_alarm"]),
            worlds=rates["worlds"],
        )


@cache
def _statistics() -> dict[str, dict[Language, str]]:
    text = resources.files("utfall.pipelines").joinpath("gate_statistics.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def _limits(language: Language) -> dict[str, str]:
    """Return the limits that a plan has unless it declares others, as they are said."""
    from utfall.analysis.aliasing import SITES
    from utfall.analysis.disclosure import Rules
    from utfall.analysis.gates import SMALLEST_ARM
    from utfall.analysis.protocol import DeliveryRule, Thresholds
    from utfall.analysis.sensitivity import SAME_HEADLINE

    rule = DeliveryRule(programme="any")
    values: dict[str, float] = {
        **Thresholds().model_dump(),
        "sites": SITES,
        "smallest_arm": SMALLEST_ARM,
        "same_headline": SAME_HEADLINE,
        "weeks": rule.weeks,
        "dose_share": rule.dose_share,
        "threshold": Rules().threshold,
    }
    return {name: _said_limit(value, language) for name, value in values.items()}


def _said_limit(value: float, language: Language) -> str:
    """Return a limit in words: a share in per cent, anything else as it is.

    >>> _said_limit(0.9, "en"), _said_limit(30, "en")
    ('90%', '30')
    """
    if isinstance(value, int) or value > 1:
        return f"{value:g}"
    space = "\N{NO-BREAK SPACE}" if language == "sv" else ""
    return f"{100 * value:g}{space}%"


def _rules() -> dict[str, dict[str, str]]:
    from utfall.expectations.rulebook import rulebook, swedish_rulebook

    return {
        rule: {"sv": _said(swedish_rulebook()[rule]), "en": _said(english)}
        for rule, english in rulebook().items()
    }


def _said(wording: Mapping[str, str]) -> str:
    """Return a rule's wording with dots for what a fault would fill in."""
    text = f"{wording['message']} → {wording['way_out']}".replace("{hint}", "")
    return re.sub(r"\{\w+\}", "…", text)


def _tables() -> dict[str, dict[str, str]]:
    from utfall.expectations.contract import load_contracts

    contracts = load_contracts()
    listed = {
        name: {
            "en": "\n".join(
                (
                    f"{contract.grain}. {contract.purpose}",
                    *(
                        f"  {column.name}{'*' if column.is_required else ''}"
                        f"  {column.duckdb_type}  {column.description}"
                        for column in contract.columns
                    ),
                )
            )
        }
        for name, contract in contracts.items()
    }
    overview = "\n".join(
        f"  {name}{'*' if contract.is_required else ''}  {contract.grain}"
        for name, contract in contracts.items()
    )
    return {
        **listed,
        "tables": {"en": f"Canonical tables; * is needed by every study.\n{overview}"},
    }
