"""Validation text: the scored document as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_text(document: Mapping[str, Any]) -> str:
    """Return the document as a table for a terminal."""
    out = [f"{'case':<11}{'noise':>6}  {'measure':<30}{'required':<16}{'measured':>20}{'n':>6}"]
    for line in document["lines"]:
        value = "-" if line["value"] is None else f"{line['value']:.3f}"
        chance = "" if line["low"] is None else f" ({line['low']:.2f}–{line['high']:.2f})"
        verdict = "  " + (line["verdict"] or "no answer").replace("_", " ")
        out.append(
            f"{line['case']:<11}{line['noise']:>6.2f}  {line['measure']:<30}"
            f"{line['required']:<16}{value + chance:>20}{line['n']:>6}{verdict}"
        )
        if line["verdict"] != "met" and line["reason"]:
            out.append(f"{'':<19}{line['reason']}")
    out += ["", "truth × headline"]
    out += [
        f"{row['truth']:<28}{row['headline']:<28}{row['n']:>6}" for row in document["confusion"]
    ]
    out += [
        "",
        f"{'gate':<6}{'caught':>8}{'of':>6}{'false alarm':>13}{'not evaluated':>15}{'of':>6}",
    ]
    for row in document["gates"]:
        cells = [
            "-" if row[k] is None else f"{row[k]:.3f}"
            for k in ("sensitivity", "false_alarm", "not_evaluated")
        ]
        out.append(
            f"{row['gate']:<6}{cells[0]:>8}{row['n_due']:>6}{cells[1]:>13}{cells[2]:>15}{row['n_sound']:>6}"
        )
    out += ["", "not measured"]
    out += [f"{name}: {reason}" for name, reason in document["not_measured"].items()]
    return "\n".join(out)
