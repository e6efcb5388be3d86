"""Console: how are progress, results and refusals put before the person at the keyboard?"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utfall.analysis.errors import Fault, UtfallError
from utfall.analysis.vocabulary import Language
from utfall.pipelines.tongue import language_of, spoken, spoken_fault, spoken_lines

if TYPE_CHECKING:
    from utfall.pipelines.delivery import CheckReport
    from utfall.pipelines.stages import Done

#: More faults than a screen holds are counted; ``--json`` gives them all.
SHOWN_FAULTS = 40


@dataclass(frozen=True, slots=True)
class Voice:
    """Where words go: results to standard output, everything else to standard error.

    Attributes
    ----------
    quiet : bool
        Say nothing but results and errors.
    as_json : bool
        Results as one JSON document.
    """

    quiet: bool = False
    as_json: bool = False

    def stage(self, done: Done, left: float = 0.0) -> None:
        """Tell that a stage ended, how long it took, and how long the rest takes, where known."""
        language = language_of()
        took = f"{done.seconds:6.1f} s" if done.is_fresh else spoken("unchanged", language)
        rest = {"sv": f"  omkring {left:.0f} s kvar", "en": f"  about {left:.0f} s left"}[language]
        line = f"  {done.stage:<9}{spoken(done.sentence, language):<46}{took:>9}"
        self.note(line + (rest if left >= 1 else ""))

    def note(self, text: str) -> None:
        """Tell something about how the work goes."""
        if not self.quiet:
            print(spoken(text, language_of()), file=sys.stderr, flush=True)

    def result(self, text: str, document: Any = None) -> None:
        """Give a result, as text or as the document that it was made from."""
        if self.as_json and document is not None:
            text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
        print(text, flush=True)

    def findings(self, text: str, document: Any = None) -> None:
        """Give what was found, in the language of the reader, or as a document."""
        self.result(spoken_lines(text, language_of()), document)

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Give a result as a table, as wide as the terminal where there is one."""
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(spoken(column, language_of()))
        for row in rows:
            table.add_row(*row)
        width = None if sys.stdout.isatty() else 200
        Console(file=sys.stdout, highlight=False, width=width).print(table)


def written_faults(faults: Iterable[Fault], language: Language = "en") -> list[str]:
    """Return each fault as its place and rule, what is wrong, and the way out.

    >>> fault = Fault(
    ...     rule="end",
    ...     message="the end lies before the start",
    ...     way_out="correct the extract",
    ...     file="spells.csv",
    ...     row=4,
    ...     rows=23,
    ... )
    >>> print("".join(written_faults([fault])))
      spells.csv:4  the end lies before the start (23 rows)  [end]
        → correct the extract
    """
    return [_written_fault(fault, language) for fault in faults]


def counted(number: int, language: Language) -> str:
    """Return a whole number as a language writes it.

    >>> counted(39777, "en"), counted(39777, "sv").replace(chr(160), "_")
    ('39,777', '39_777')
    """
    return f"{number:,}".replace(",", "\u00a0" if language == "sv" else ",")


def _written_fault(fault: Fault, language: Language) -> str:
    message, way_out = spoken_fault(fault, language)
    place = f"{fault.where}  " if fault.where else ""
    rows = {"sv": "rader", "en": "rows"}[language]
    more = f" ({counted(fault.rows, language)} {rows})" if fault.rows > 1 else ""
    return f"  {place}{message}{more}  [{fault.rule}]\n    → {way_out}"


def written_check(report: CheckReport) -> str:
    """Return what a check of a delivery found: refused, or which rows would be set aside."""
    name, language = f"{report.source}/{report.delivery}", language_of()
    if not report.is_accepted:
        refused = {"sv": "tas inte emot", "en": "is refused"}[language]
        return "\n".join([f"{name} {refused}", *written_faults(report.faults, language)])
    rows_in = sum(count.rows_in for count in report.counts)
    set_aside = sum(count.rows_quarantined for count in report.counts)
    accepted = {
        "sv": "{name} tas emot: {rows} rader, {aside} av dem sätts åt sidan",
        "en": "{name} may enter: {rows} rows, {aside} of them set aside",
    }
    said = accepted[language].format(
        name=name, rows=counted(rows_in, language), aside=counted(set_aside, language)
    )
    lines = [said, *written_faults((*report.set_aside, *report.notes), language)]
    if report.not_delivered:
        missing = {"sv": "kopplat men inte levererat", "en": "mapped but not delivered"}[language]
        lines.append(f"{missing}: {', '.join(report.not_delivered)}")
    return "\n".join(lines)


def check_document(report: CheckReport) -> dict[str, Any]:
    """Return what a check of a delivery found, for other programs to read."""
    return {
        "source": report.source,
        "delivery": report.delivery,
        "is_accepted": report.is_accepted,
        "faults": [asdict(fault) for fault in report.faults],
        "set_aside": [asdict(fault) for fault in report.set_aside],
        "notes": [asdict(fault) for fault in report.notes],
        "counts": [asdict(count) for count in report.counts],
        "not_delivered": list(report.not_delivered),
    }


def print_refusal(error: UtfallError, *, as_json: bool = False) -> None:
    """Tell on standard error what could not be done, where, and the way out."""
    if as_json:
        document = {
            "error": str(error),
            "exit_code": error.exit_code,
            "faults": [asdict(fault) for fault in error.faults],
        }
        print(json.dumps(document, ensure_ascii=False, indent=2), file=sys.stderr)
        return
    language = language_of()
    said = spoken(str(error), language)
    lines = [f"utfall: {said}", *written_faults(error.faults[:SHOWN_FAULTS], language)]
    hidden = len(error.faults) - SHOWN_FAULTS
    if hidden > 0:
        more = {"sv": "till; --json räknar upp alla", "en": "more; --json lists them all"}[language]
        lines.append(
            f"  … {'och' if language == 'sv' else 'and'} {counted(hidden, language)} {more}"
        )
    print("\n".join(lines), file=sys.stderr)


def print_unexpected(error: BaseException, *, debug: bool) -> None:
    """Tell that the program failed, and where in it, without the words of the failure.

    Databases and parsers quote the row they stumble on, so only the kind of failure and
    the line of code are told; the evaluator may ask for the rest with ``--debug``.
    """
    if debug:
        traceback.print_exception(error, file=sys.stderr)
        return
    print(f"utfall: unexpected {type(error).__name__} in {_our_line(error)}", file=sys.stderr)
    print("    → run it again with --debug to see more, and report it", file=sys.stderr)


def written_estimate(comparison: Mapping[str, Any], language: Language = "en") -> str:
    """Return a comparison's estimate with its interval, or that it is withheld.

    >>> written_estimate({"scale": "share", "estimate": 0.042, "conf_low": -0.1, "conf_high": 0.18})
    '+4 of 100 (−10 to +18)'
    >>> written_estimate({"scale": "months", "estimate": None})
    'withheld'
    >>> written_estimate({"scale": "share", "estimate": 0, "conf_low": 0, "conf_high": 0}, "sv")
    '+0 av 100 (+0 till +0)'
    """
    numbers = [comparison.get(key) for key in ("estimate", "conf_low", "conf_high")]
    if any(number is None for number in numbers):
        return spoken("withheld", language)
    if comparison["scale"] == "share":
        written = [f"{100 * float(number or 0):+.0f}" for number in numbers]
        unit = {"sv": " av 100", "en": " of 100"}[language]
    else:
        written = [f"{float(number or 0):+,.4g}" for number in numbers]
        unit = f" {comparison.get('unit') or comparison['scale']}"
    estimate, low, high = (number.replace("-", "−") for number in written)
    to = {"sv": "till", "en": "to"}[language]
    return f"{estimate}{unit} ({low} {to} {high})"


def _our_line(error: BaseException) -> str:
    """Return the innermost line of ours that a failure passed through."""
    from utfall.pipelines.manifest import PARTS

    home = Path(__file__).resolve().parents[1]
    place = "an unknown place"
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(home) and path.relative_to(home).parts[0] in PARTS:
            place = f"{path.relative_to(home).as_posix()}:{frame.lineno}"
    return place
