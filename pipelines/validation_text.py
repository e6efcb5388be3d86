"""Validation text: the scored document as tables for a terminal, and as a table for the README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VERDICTS = {
    "met": "holds",
    "falls_short": "falls short",
    "too_few_replicates": "too few worlds",
    "not_required": "not required",
    None: "no answer",
}


def as_text(document: Mapping[str, Any]) -> str:
    """Return the document as tables for a terminal."""
    return "\n".join(
        [
            *_requirements(document),
            "",
            *_noise(document),
            "",
            *_headlines(document),
            "",
            *_gates(document),
            "",
            *_thresholds(document),
        ]
    )


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none.

    >>> number(0.95), number(None)
    ('0.950', '-')
    """
    return "-" if value is None else f"{value:.{digits}f}"


#: Between these lines of the README stands the table.
BEGINS, ENDS = "<!-- validation begins -->", "<!-- validation ends -->"


def as_markdown(document: Mapping[str, Any]) -> str:
    """Return every requirement as a table in Markdown, one row a world."""
    rows = [
        "| World | Must hold: measured ± Monte Carlo error (trials) | Verdict |",
        "| --- | --- | --- |",
    ]
    by_case: dict[str, list[Mapping[str, Any]]] = {}
    for line in document["lines"]:
        by_case.setdefault(line["case"], []).append(line)
    for case, lines in by_case.items():
        told = "<br>".join(map(_cell, lines))
        verdicts = "<br>".join(VERDICTS[line["verdict"]] for line in lines)
        rows.append(f"| **{case}** {lines[0]['what']} | {told} | {verdicts} |")
    return "\n".join(rows)


def _cell(line: Mapping[str, Any]) -> str:
    noise = f" at noise {line['noise']:g}" if line["noise"] else ""
    required = f" {line['required']}" if line["required"] else ""
    error = f" ± {number(line['error'])}" if line["error"] is not None else ""
    measure = line["measure"].replace("_", " ")
    return f"{measure}{noise}{required}: {number(line['value'])}{error} ({line['n']})"


def with_table(readme: str, document: Mapping[str, Any]) -> str:
    """Return a README with the table of a document between its two marks.

    Raises
    ------
    ValueError
        The README has no such marks.

    >>> with_table(f"a {BEGINS} old {ENDS} z", {"lines": []}).splitlines()[0]
    'a <!-- validation begins -->'
    """
    before, begun, rest = readme.partition(BEGINS)
    _, ended, after = rest.partition(ENDS)
    if not begun or not ended:
        raise ValueError("the README has no place for the table of validation")
    return f"{before}{BEGINS}\n{as_markdown(document)}\n{ENDS}{after}"


def _requirements(document: Mapping[str, Any]) -> list[str]:
    out = [
        f"{'case':<16}{'noise':>6}  {'measure':<29}{'required':<15}{'measured':>9}"
        f"{'±':>7}{'n':>6}  verdict"
    ]
    for line in document["lines"]:
        out.append(
            f"{line['case']:<16}{line['noise']:>6.2f}  {line['measure']:<29}"
            f"{line['required']:<15}{number(line['value']):>9}{number(line['error']):>7}"
            f"{line['n']:>6}  {VERDICTS[line['verdict']]}"
        )
        if line["verdict"] in ("falls_short", None) and line["reason"]:
            out.append(f"{'':<24}{line['reason']}")
    return [*out, "± is the Monte Carlo standard error of the share."]


def _noise(document: Mapping[str, Any]) -> list[str]:
    out = [
        "the second interval where site-years swing, by world",
        f"{'case':<16}{'noise':>6}{'worlds':>8}{'holds':>8}{'of':>6}{'wrong':>8}  verdict",
    ]
    return out + [
        f"{row['case']:<16}{row['noise']:>6.2f}{row['worlds']:>8}{number(row['value']):>8}"
        f"{row['n']:>6}{number(row['wrong']):>8}  "
        + ("-" if row["verdict"] is None else VERDICTS[row["verdict"]])
        for row in document["noise"]
    ]


def _headlines(document: Mapping[str, Any]) -> list[str]:
    rows = [
        f"{row['truth']:<28}{row['headline']:<28}{row['n']:>6}" for row in document["confusion"]
    ]
    told = document["hedging"]
    definite = ", ".join(f"{case} {number(share)}" for case, share in told["definite"].items())
    return [
        "truth × headline",
        *rows,
        f"definite where it can be (at least {told['least_definite']:g}): {definite}",
        f"wrong claims of a direction (at most {told['most_wrong']:g}): {number(told['wrong'])}"
        f" of {told['n']} worlds",
        "headlines: " + ("hold" if told["is_met"] else "fall short"),
    ]


def _gates(document: Mapping[str, Any]) -> list[str]:
    names = (
        *("sensitivity", "n_due", "false_alarm", "not_evaluated", "n_sound"),
        *("false_alarm_few", "n_few"),
    )
    head = ("caught", "of", "false alarm", "not judged", "of", "80 an arm", "of")
    out = [f"{'gate':<6}" + "".join(f"{name:>13}" for name in head) + "  worlds with the fault"]
    for row in document["gates"]:
        cells = [row[name] if name.startswith("n_") else number(row[name]) for name in names]
        out.append(
            f"{row['gate']:<6}"
            + "".join(f"{cell:>13}" for cell in cells)
            + f"  {', '.join(row['faults'])}"
        )
    return out


def _thresholds(document: Mapping[str, Any]) -> list[str]:
    out = [
        "thresholds, on seeds that are not reported above: the strictest candidate that stops at",
        "most one in twenty alike pairs of 400 an arm",
        f"{'gate':<6}{'threshold':<22}{'in use':>8}{'by rule':>9}{'false alarm':>13}{'caught':>8}",
    ]
    return out + [
        f"{row['gate']:<6}{row['threshold']:<22}{row['in_use']:>8g}"
        f"{'-' if row['by_rule'] is None else format(row['by_rule'], 'g'):>9}"
        f"{number(row['false_alarm']):>13}{number(row['sensitivity']):>8}"
        for row in document["thresholds"]
    ]
