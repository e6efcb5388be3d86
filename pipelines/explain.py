"""Explain: what does a code in a message, on a page or at the end of a run mean?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import resources

import yaml

from utfall.analysis.errors import Fault, UsageError


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


def _gates() -> dict[str, dict[str, str]]:
    from utfall.analysis.wording import catalogue

    return {
        code.removeprefix("gate_"): {"sv": text.sv, "en": text.en}
        for code, text in catalogue().items()
        if code.startswith("gate_")
    }


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
