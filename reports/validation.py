"""Validation page: how often was the method right in worlds whose truth is known?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from utfall.analysis.wording import number_text
from utfall.reports.page import Page
from utfall.reports.words import Words

#: Headlines in the order of the columns, from a refusal to a plain answer.
HEADLINES = (
    "not_comparable",
    "bounds",
    "cannot_tell",
    "better_uncertain",
    "better_clear",
    "no_meaningful_difference",
)

#: Shares below this one are told with a decimal: 0.3% is not 0%.
SMALL = 0.1

#: Measures that are one width over another.
RATIOS = ("gap_part_half_width", "bounds_width_ratio")


def validation_page(document: Mapping[str, Any], words: Words) -> Page | None:
    """Return the page about validation; None where no validation is committed."""
    found = document.get("validation") or {}
    if not found:
        return None
    verdicts = [line["verdict"] for line in found["lines"]]
    return Page(
        id="validation",
        title=words("val_title"),
        template="validation.html.j2",
        values={
            "summary": words(
                "val_summary",
                holds=words.count(verdicts.count("met")),
                short=words.count(verdicts.count("falls_short")),
                few=words.count(verdicts.count("too_few_replicates")),
                worlds=words.count(found["replicates"]),
            ),
            "worlds": _worlds(found["lines"], words),
            "levels": [_swing(level, words) for level in _levels(found)],
            "swings": _swings(found, words),
            "claims": _swings(found, words, "wrong", "worlds"),
            "headlines": [words(f"val_headline_{name}") for name in HEADLINES],
            "matrix": _matrix(found["confusion"], words),
            "hedging": _hedging(found, words),
            "gates": [_gate(gate, words) for gate in found["gates"]],
            "rule": words(
                "val_rule_told",
                tuning=words.count(found["tuning_seed"]),
                first=words.count(found["first_seed"]),
            ),
            "thresholds": [_threshold(one, words) for one in found["thresholds"]],
            "code": words(
                "val_code" if len(found["code"]) == 1 else "val_codes",
                code=", ".join(code[:16] for code in found["code"]),
            ),
        },
        in_menu=False,
    )


def _worlds(lines: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Return each world with what must hold there, in the order measured."""
    worlds: dict[str, dict[str, Any]] = {}
    for line in lines:
        case = line["case"]
        world = worlds.setdefault(
            case, {"id": case, "told": words(f"val_case_{case}"), "lines": []}
        )
        world["lines"].append(_line(line, words))
    return list(worlds.values())


def _line(line: Mapping[str, Any], words: Words) -> dict[str, str]:
    measure = line["measure"]
    required = words(
        f"val_{line['direction']}" if line["verdict"] != "not_required" else "val_printed",
        what=words(f"val_measure_{measure}"),
        limit=_value(line["limit"], measure, words),
        upper=_value(line["upper"], measure, words),
    )
    if line["noise"]:
        required += words("val_noise", noise=words.amount(line["noise"], "share"))
    return {
        "required": required,
        "measured": _measured(line, words),
        "verdict": words(f"val_verdict_{line['verdict'] or 'none'}"),
        "reason": words(f"val_reason_{line['case']}_{measure}") if line["reason"] else "",
    }


def _levels(found: Mapping[str, Any]) -> list[float]:
    """Return the levels of noise that were tried, least first."""
    return sorted({row["noise"] for row in found.get("noise", ())})


def _swing(noise: float, words: Words) -> str:
    return words("val_swing", noise=words.amount(noise, "share"))


def _swings(
    found: Mapping[str, Any], words: Words, share: str = "value", n: str = "n"
) -> list[dict[str, Any]]:
    """Return a share of the worlds where site-years swing, a row a world and a cell a level."""
    by_case: dict[str, dict[float, Mapping[str, Any]]] = {}
    for row in found.get("noise", ()):
        if row[share] is not None:
            by_case.setdefault(row["case"], {})[row["noise"]] = row
    return [
        {
            "id": case,
            "cells": [_swing_cell(rows.get(level), words, share, n) for level in _levels(found)],
        }
        for case, rows in by_case.items()
    ]


def _swing_cell(row: Mapping[str, Any] | None, words: Words, share: str, n: str) -> str:
    if row is None:
        return "–"
    told = words("val_of", share=words.percent(row[share]), n=words.count(row[n]))
    is_short = share == "value" and row["verdict"] == "falls_short"
    return words("val_swing_short", told=told) if is_short else told


def _measured(line: Mapping[str, Any], words: Words) -> str:
    if line["value"] is None:
        return words("val_unmeasured")
    key = "val_measured_plain" if line["error"] is None else "val_measured"
    return words(
        key,
        value=_value(line["value"], line["measure"], words),
        error=_value(line["error"], line["measure"], words),
        n=words.count(line["n"]),
    )


def _value(value: float | None, measure: str, words: Words) -> str:
    """Return a measure in its unit: per cent, with a decimal where it is small, or a ratio."""
    if value is None:
        return ""
    if measure in RATIOS:
        return number_text(value, words.language, "0.##")
    return _exact(value, words) if abs(value) < SMALL else words.percent(value)


def _matrix(confusion: list[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    counted = {(row["truth"], row["headline"]): row["n"] for row in confusion}
    truths = list(dict.fromkeys(row["truth"] for row in confusion))
    return [
        {
            "truth": words(f"val_truth_{_key(truth)}"),
            "counts": [words.count(counted.get((truth, one), 0)) for one in HEADLINES],
        }
        for truth in truths
    ]


def _key(truth: str) -> str:
    """Return the key of a truth.

    >>> _key("more, beyond the margin"), _key("no difference")
    ('more_beyond', 'no_difference')
    """
    return truth.replace(" the margin", "").replace(",", "").replace(" ", "_")


def _hedging(found: Mapping[str, Any], words: Words) -> str:
    """Return how often a plain answer is given, and how often a wrong one."""
    told = found["hedging"]
    plain = words(
        "val_hedging",
        s3=_share(told["definite"].get("S3"), words),
        s18=_share(told["definite"].get("S18"), words),
        least=words.percent(told["least_definite"]),
        wrong="–" if told["wrong"] is None else _exact(told["wrong"], words),
        most=words.percent(told["most_wrong"]),
    )
    swinging = [
        words(
            "val_hedging_swing",
            noise=words.amount(line["noise"], "share"),
            wrong=_exact(line["value"], words),
        )
        for line in found["lines"]
        if (line["case"], line["measure"]) == ("noise", "type_one") and line["value"] is not None
    ]
    return " ".join([plain, *swinging])


def _exact(value: float, words: Words) -> str:
    """Return a limit in per cent, with the decimal that it may have."""
    return words("val_percent", value=words.decimal(100 * value))


def _share(value: float | None, words: Words) -> str:
    return "–" if value is None else words.percent(value)


def _gate(gate: Mapping[str, Any], words: Words) -> dict[str, str]:
    def of(share: str, n: str) -> str:
        if gate[share] is None:
            return "–"
        return words("val_of", share=words.percent(gate[share]), n=words.count(gate[n]))

    return {
        "id": gate["gate"],
        "caught": of("sensitivity", "n_due"),
        "false": of("false_alarm", "n_sound"),
        "few": of("false_alarm_few", "n_few"),
        "unheard": of("not_evaluated", "n_sound"),
        "faults": ", ".join(gate["faults"]) or "–",
    }


def _threshold(one: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {
        "name": words(f"val_threshold_{one['threshold']}"),
        "in_use": words.percent(one["in_use"]),
        "by_rule": words("val_none") if one["by_rule"] is None else words.percent(one["by_rule"]),
        "false": words(
            "val_of", share=words.percent(one["false_alarm"]), n=words.count(one["n_sound"])
        ),
        "caught": "–"
        if one["sensitivity"] is None
        else words(
            "val_of", share=words.percent(one["sensitivity"]), n=words.count(one["n_faulty"])
        ),
    }
