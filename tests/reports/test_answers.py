"""Pages of answers and claims: every number from the document, Swedish that a committee reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pypdf import PdfReader

from utfall.analysis.claims import Verdict
from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.answer import Table, _table, sentence, spoken
from utfall.analysis.questions.cells import Count, Number, Share, words
from utfall.analysis.vocabulary import LANGUAGES
from utfall.analysis.wording import catalogue
from utfall.reports.answer_figures import bars_figure, curves_figure, funnel_figure
from utfall.reports.answers import CLAIM_MARKS
from utfall.reports.pages import PARTS
from utfall.reports.paper import can_print
from utfall.reports.site import build_site
from utfall.reports.words import Words
from utfall.reports.words import catalogue as sentences_of_pages

from .conftest import both, comparison, document
from .drawn import alike_in_grey, not_told

ROOT = Path(__file__).resolve().parents[2]


def answered() -> dict[str, Any]:
    table = Table(
        id="t",
        title=sentence("q_year_table", name=words("AMA")),
        columns=("q_col_who", "q_col_people", "q_col_long"),
        rows=(
            (words("a"), Count(40), Share(10, 40)),
            (words("b"), Count(3), Share(2, 3)),
            (words("c"), Count(60), Share(30, 60)),
        ),
        bars=2,
    )
    return {
        "id": "how_many",
        "document": "000",
        "question": both("How many <b>?"),
        "status": "partly",
        "sentences": [spoken(sentence("q_merge_label"), Rules())],
        "tables": [_table(table, Rules()), {**_table(table, Rules()), "bars": None}],
        "numbers": {},
        "record": [both("Record it")],
        "needs": [],
    }


def claimed() -> dict[str, Any]:
    return {
        "id": "a_claim",
        "document": "000",
        **{name: both(name) for name in ("claimant", "side", "quote", "quantity", "reason")},
        "source_file": "000.txt",
        "said_on": "2018-11-07",
        "checkability": "checkable",
        "verdict": "cannot_tell",
        "number": None,
        "also": None,
        "rule": None,
        "rests_on": "how_many",
        "grade": "party",
    }


def full() -> dict[str, Any]:
    source = {
        "id": "000",
        "page": "document_000",
        "title": both("A source"),
        "source": both("a newspaper"),
        "file": "000.txt",
        "published": "2018-11-07",
        "intro": both("What it says."),
    }
    return {
        **document(comparison("cannot_tell")),
        "documents": [source],
        "questions": [answered()],
        "claims": [claimed()],
    }


def test_a_source_has_its_page_and_every_claim_a_place(tmp_path: Path) -> None:
    build_site(full(), tmp_path, charts=False)
    for language in LANGUAGES:
        end = "html" if language == "sv" else "en.html"
        page = (tmp_path / f"document_000.{end}").read_text(encoding="utf-8")
        assert 'id="how_many"' in page
        assert "How many &lt;b&gt;?" in page
        assert f"claims.{end}#a_claim" in page
        ledger = (tmp_path / f"claims.{end}").read_text(encoding="utf-8")
        assert f"document_000.{end}#how_many" in ledger
        index = (tmp_path / f"questions.{end}").read_text(encoding="utf-8")
        assert f"document_000.{end}#how_many" in index


def test_the_ledger_is_found_by_text_and_each_claim_shows_its_verdict_before_it_is_opened(
    tmp_path: Path,
) -> None:
    build_site(full(), tmp_path, charts=False, papers=False)
    ledger = (tmp_path / "claims.html").read_text(encoding="utf-8")
    contents = ledger[ledger.index('<nav class="contents"') : ledger.index("<details")]
    assert 'href="#group-000"' in contents
    assert 'id="group-000"' in ledger
    shown = ledger[ledger.index('id="a_claim"') : ledger.index("</summary>")]
    assert Words("sv").claim_verdict(claimed()) in shown
    assert claimed()["quote"]["sv"] in shown
    assert claimed()["reason"]["sv"] not in shown
    assert claimed()["reason"]["sv"] in ledger


def test_every_verdict_on_a_claim_has_a_mark() -> None:
    assert set(CLAIM_MARKS) == {*get_args(Verdict), "informs"}
    assert {f"claim_{one}" for one in CLAIM_MARKS} <= set(sentences_of_pages())
    deciding = [CLAIM_MARKS[one] for one in ("fits", "does_not_fit", "cannot_tell", "informs")]
    assert len(set(deciding)) == len(deciding)


def test_every_page_of_a_comparison_says_which_decision_it_does_not_inform(
    tmp_path: Path,
) -> None:
    build_site(document(comparison("cannot_tell")), tmp_path, charts=False, papers=False)
    pages = sorted(tmp_path.glob("one_cannot_tell/*.html"))
    assert len(pages) == 2 * len(PARTS)
    for page in pages:
        told = page.read_text(encoding="utf-8")
        assert ("Does not inform" in told) or ("Svarar inte på" in told), page.name


def test_a_study_that_asks_nothing_has_no_such_pages(tmp_path: Path) -> None:
    build_site(document(comparison("cannot_tell")), tmp_path, charts=False)
    assert not (tmp_path / "questions.html").exists()
    assert not (tmp_path / "claims.html").exists()


def test_a_hidden_number_is_two_dots_in_the_table_and_in_no_file(tmp_path: Path) -> None:
    build_site(full(), tmp_path, charts=False)
    rows = (tmp_path / "data" / "document_000_how_many_t.csv").read_text(encoding="utf-8")
    assert rows.splitlines()[2] == "b,,"


def test_a_verdict_on_made_up_data_says_so_itself() -> None:
    made_up = {**claimed(), "grade": "synthetic", "verdict": "fits"}
    assert Words("sv").claim_verdict(made_up).startswith("I de påhittade uppgifterna: ")
    assert Words("en").claim_verdict({**made_up, "grade": "data"}).startswith("The data agree")


def drawn(**more: Any) -> dict[str, Any]:
    """Return a table whose second row is about few people."""
    table = Table(
        id="t",
        title=sentence("q_site_table"),
        columns=("q_col_months", "q_col_people", "q_col_reached", "q_col_year", "q_col_year"),
        rows=tuple(
            (words(str(month)), Count(n), Share(n // 2, n), Number(20.0), Number(60.0))
            for month, n in ((3, 40), (6, 5), (9, 60), (12, 90))
        ),
        **more,
    )
    return _table(table, Rules())


@pytest.mark.parametrize("width", [800, 380])
def test_a_long_name_at_the_end_of_a_line_has_room(width: int) -> None:
    short = curves_figure(answered(), drawn(is_curve=True), Words("en"))
    table = drawn(is_curve=True)
    table["columns"][2] = both("Unemployment insurance funds")
    long = curves_figure(answered(), table, Words("en"))
    assert short is not None
    assert long is not None
    assert long.draw(width).layout.margin.r >= 16 + 6 * 28
    assert long.draw(width).layout.margin.r > short.draw(width).layout.margin.r


def test_bars_that_are_named_by_numbers_say_what_the_numbers_are() -> None:
    named = bars_figure(answered(), drawn(bars=1), Words("sv"))
    assert named is not None
    assert named.subtitle.endswith("Varje stapel: månader.")
    table = drawn(bars=1)
    for row, name in zip(table["rows"], ("Syd", "Väst", "Öst", "Norr"), strict=True):
        row[0]["text"] = both(name)
    other = bars_figure(answered(), table, Words("sv"))
    assert other is not None
    assert "Varje stapel" not in other.subtitle


@pytest.mark.parametrize("width", [800, 380])
def test_sites_stand_in_the_funnel_and_few_people_do_not(width: int) -> None:
    found = funnel_figure(answered(), drawn(funnel=(1, 2, 3, 4)), Words("sv"))
    assert found is not None
    marks = found.draw(width).data[1]
    assert list(marks.x) == [40, 60, 90]
    assert list(marks.y) == [50, 50, 50]
    assert not_told(found, width) == []
    assert funnel_figure(answered(), drawn(), Words("sv")) is None


def test_a_line_of_a_single_number_is_said_to_stand_in_the_table() -> None:
    whole = curves_figure(answered(), drawn(is_curve=True), Words("en"))
    table = drawn(is_curve=True)
    for row in table["rows"][1:]:
        row[2]["value"] = None
    partial = curves_figure(answered(), table, Words("en"))
    assert whole is not None
    assert partial is not None
    assert partial.subtitle == f"{whole.subtitle} {Words('en')('answer_curves_rest')}"
    assert len(partial.draw(800).data) == len(whole.draw(800).data) - 1


@pytest.mark.parametrize("width", [800, 380])
def test_lines_leave_a_gap_where_a_number_is_withheld_and_a_grey_print_tells_them_apart(
    width: int,
) -> None:
    table = drawn(is_curve=True)
    found = curves_figure(answered(), table, Words("en"))
    assert found is not None
    lines = found.draw(width).data
    assert [line.y[1] for line in lines[:2]] == [None, None]
    assert alike_in_grey(found, width) == []


def lix(text: str) -> float:
    """Return Björnsson's readability index: words a sentence and share of long words."""
    found = re.findall(r"[A-Za-zÅÄÖåäöé]+", text)
    stops = len(re.findall(r"[.!?:](?=\s|$)", text)) or 1
    return len(found) / stops + 100 * sum(len(word) > 6 for word in found) / len(found)


def test_the_index_of_readability_is_björnsson_s() -> None:
    assert lix("Det är en katt. Den sover på trappan.") == pytest.approx(8 / 2 + 100 * 1 / 8)


def told_of_answers() -> str:
    return " ".join(
        re.sub(r"\{\w+\}", "tio", text.sv)
        for code, text in catalogue().items()
        if code.startswith("q_") and not code.startswith("q_col_") and not code.endswith("_table")
    )


def told_of_claims() -> str:
    claims = yaml.safe_load((ROOT / "claims.yml").read_text(encoding="utf-8"))["claims"]
    return " ".join(claim["reason"]["sv"] for claim in claims)


def told_of_tables() -> str:
    """Return titles and headings of every table, each read on its own."""
    return ". ".join(
        re.sub(r"\{\w+\}", "tio", text.sv)
        for code, text in catalogue().items()
        if code.startswith("q_col_") or (code.startswith("q_") and code.endswith("_table"))
    )


def told_of_boxes() -> str:
    """Return what stands in boxes and lists: questions, sources, and what claims are about."""
    declared = yaml.safe_load((ROOT / "data" / "questions.yml").read_text(encoding="utf-8"))
    claims = yaml.safe_load((ROOT / "claims.yml").read_text(encoding="utf-8"))["claims"]
    told = [one[key]["sv"] for one in declared["documents"] for key in ("title", "source", "intro")]
    told += [q["text"]["sv"] for one in declared["documents"] for q in one["questions"]]
    told += [claim[key]["sv"] for claim in claims for key in ("side", "quantity")]
    return ". ".join(one.rstrip(".?") for one in told)


@pytest.mark.parametrize("told", [told_of_answers, told_of_claims, told_of_tables, told_of_boxes])
def test_committee_pages_are_easy_to_read(told: Any) -> None:
    assert lix(told()) <= 40


def test_every_claim_quotes_both_sides_in_as_few_words() -> None:
    claims = yaml.safe_load((ROOT / "claims.yml").read_text(encoding="utf-8"))["claims"]
    longest = max(claims, key=lambda claim: len(claim["quote"]["sv"]))
    assert len(longest["quote"]["sv"]) < 160
    assert all(claim["side"]["sv"] and claim["reason"]["sv"] for claim in claims)


@pytest.mark.skipif(not can_print(), reason="Pango is not installed")
def test_the_report_prints_every_question_with_its_table_and_nothing_withheld(
    tmp_path: Path,
) -> None:
    build_site(full(), tmp_path, charts=False)
    for language, status in (("sv", "Delvis besvarad"), ("en", "Partly answered")):
        pages = PdfReader(tmp_path / f"report.{language}.pdf").pages
        told = " ".join(" ".join(page.extract_text().split()) for page in pages)
        assert "How many <b>?" in told
        assert status in told
        assert "b .. .." in told


def test_a_page_spells_out_the_abbreviations_that_it_uses_and_no_others(tmp_path: Path) -> None:
    told = full()
    told["questions"][0]["question"] = both("What of OSA and LSS?")
    build_site(told, tmp_path, charts=False)
    page = (tmp_path / "document_000.html").read_text(encoding="utf-8")
    assert "offentligt skyddat arbete" in page
    assert "lagen om stöd och service" in page
    assert "socialtjänstlagen" not in page


def test_a_claim_stands_with_what_its_number_is_held_against() -> None:
    number = {"kind": "share", "value": 0.2, "low": 0.1, "high": 0.3, "withheld": False}
    both_ways = {"can_fit": True, "can_miss": True}
    held = {**claimed(), "number": number, "rule": {"kind": "above", "limits": [0.05], **both_ways}}
    told = Words("sv").claim_rule(held)
    assert told.count("5\u00a0%") == 2
    assert "Annars" not in told
    between = {**held, "rule": {"kind": "about", "limits": [0.12, 0.18], **both_ways}}
    assert "between 12% and 18%" in Words("en").claim_rule(between)
    partial = {**held, "rule": {**held["rule"], "can_miss": False}}
    assert Words("sv").claim_rule(partial).endswith("Annars kan uppgifterna inte avgöra.")
    assert "inte om" not in Words("sv").claim_rule(partial)
    assert Words("sv").claim_rule({**held, "rule": None}) == ""
    none = {**held, "rule": {**held["rule"], "kind": "about", "limits": [0.0, 0.0]}}
    assert Words("sv").claim_rule(none).startswith("Stämmer om talet är 0")


def test_a_text_without_a_day_says_so_in_the_page_s_language() -> None:
    assert [Words(one).day("undated") for one in LANGUAGES] == ["utan datum", "undated"]
    assert Words("sv").day("2018-11-07") == "2018-11-07"


def test_a_number_that_no_rule_holds_against_the_claim_is_told_as_grounds() -> None:
    number = {"kind": "share", "value": 0.2, "low": 0.1, "high": 0.3, "withheld": False}
    rule = {"kind": "above", "limits": [0.15], "can_fit": True, "can_miss": True}
    words = Words("sv")
    assert words.claim_verdict({**claimed(), "number": number}).startswith("Talet ger underlag")
    held = {**claimed(), "number": number, "rule": rule}
    hidden = {**claimed(), "number": {**number, "value": None, "withheld": True}}
    for one in (held, hidden, claimed()):
        assert words.claim_verdict(one) == "Uppgifterna kan inte avgöra"
