"""What belongs together stays on one line."""

from __future__ import annotations

import re

import pytest

from utfall.reports.typography import kept_together


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("enligt 4 kap. 1 § SoL", "enligt 4~kap. 1~§ SoL"),
        ("9 § 10 LSS", "9~§~10 LSS"),
        ("95 % ± 5 % av 20 försök", "95~%~±~5~% av 20 försök"),
        ("8 av 100.", "8 av~100."),
        ("1 333 på varje sida, 1 400 000 kr", "[1 333] på varje sida, [1 400 000] kr"),
        ("år 2017 100 personer", "år 2017 100 personer"),
        ("av 1000 personer", "av 1000 personer"),
        ("19 % (16–22 %)", "19~% ([16–22~%])"),
        ("den 2018-11-07.", "den [2018-11-07]."),
        ("2015–2018", "[2015–2018]"),
        ("mellan −0,5–1,2 av", "mellan [−0,5–1,2] av"),
        ("körning 2018-11-07-abc", "körning 2018-11-07-abc"),
        ("ett tankstreck – så", "ett tankstreck – så"),
    ],
)
def test_a_number_is_not_parted_from_its_unit_or_its_range(text: str, kept: str) -> None:
    told = kept_together(f"<p>{text}</p>")
    shown = told.removeprefix("<p>").removesuffix("</p>")
    shown = shown.replace('<span class="one">', "[").replace("</span>", "]")
    assert shown.replace("\u00a0", "~") == kept


def test_only_spaces_and_spans_are_added() -> None:
    page = '<p data-x="1 % 18–24">18–24 % &lt;b&gt; 2018-11-07</p><img alt="18–24 %">'
    told = kept_together(page)
    assert re.sub(r'<span class="one">(.*?)</span>', r"\1", told).replace("\u00a0", " ") == page
    assert 'data-x="1 % 18–24"' in told
    assert 'alt="18–24 %"' in told


@pytest.mark.parametrize("tag", ["title", "code", "pre", "script", "style"])
def test_what_is_no_running_text_is_left_as_it_is(tag: str) -> None:
    page = f"<{tag}>18–24 % 2018-11-07</{tag}>"
    assert kept_together(page) == page


def test_a_line_on_paper_stays_one_line() -> None:
    page = "<p>Vilka: sökande 2015–2018, 9 § 10 LSS</p>"
    assert kept_together(page, on_paper=True) == page.replace("9 § 10", "9\u00a0§\u00a010")
