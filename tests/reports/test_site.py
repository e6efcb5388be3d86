"""The bundle: every page stands alone, and no page holds what it should not."""

from __future__ import annotations

import copy
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.errors import PublicationRefused
from utfall.reports.charts import chart_engine
from utfall.reports.pages import PARTS
from utfall.reports.site import build_site
from utfall.reports.study_pages import pages_of
from utfall.reports.words import Words

from .conftest import comparison, document


class Outline(html.parser.HTMLParser):
    """What a page is made of, as a screen reader or a browser would find it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def outline(path: Path) -> Outline:
    page = Outline()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture
def site(every_verdict: dict[str, Any], tmp_path: Path) -> Path:
    build_site(every_verdict, tmp_path, charts=False, papers=False)
    return tmp_path


def test_unprotected_results_are_refused(every_verdict: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(PublicationRefused):
        build_site({**every_verdict, "protection": "none"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_page_has_a_language_a_title_one_heading_and_nothing_from_outside(
    site: Path, every_verdict: dict[str, Any]
) -> None:
    pages = sorted(site.rglob("*.html"))
    comparisons, about_the_study = 6, len(pages_of(every_verdict, Words("sv")))
    assert len(pages) == 2 * (1 + comparisons * len(PARTS) + about_the_study)
    for path in pages:
        page = outline(path)
        (root,) = page.named("html")
        assert root["lang"] == ("en" if path.name.endswith(".en.html") else "sv")
        assert len(page.named("h1")) == 1
        assert page.named("title")
        assert not page.named("script")
        assert not page.named("style")
        links = [
            value
            for tag, attrs in page.tags
            for key in ("src", "href", "srcset")
            if (value := attrs.get(key))
        ]
        assert not [link for link in links if re.match(r"(https?:)?//", link)]
        assert path.stat().st_size < 300_000


def test_every_link_leads_somewhere(site: Path) -> None:
    for path in sorted(site.rglob("*.html")):
        for _, attrs in outline(path).tags:
            file, _, place = (attrs.get("href") or attrs.get("src") or "").partition("#")
            led_to = (path.parent / file).resolve() if file else path
            assert led_to.is_file(), (path.name, file)
            if place:
                places = {found.get("id") for _, found in outline(led_to).tags}
                assert place in places, (path.name, file, place)


def test_made_up_data_are_called_made_up_on_every_page(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert re.search("Påhittade uppgifter|Made-up data", path.read_text(encoding="utf-8"))


def test_a_withheld_number_stands_in_no_byte_of_the_refused_page(tmp_path: Path) -> None:
    """Pages are made from the protected document alone, so what it lacks cannot appear."""
    refused = comparison("not_comparable")
    build_site(document(refused), tmp_path, charts=False, papers=False)
    page = (tmp_path / "one_not_comparable" / "index.html").read_text(encoding="utf-8")
    assert "visas inte" in page
    for number in ("+12", "40 efter", "+3", "+21", "270"):
        assert number not in page


def test_a_protected_count_is_two_dots_and_never_zero(site: Path) -> None:
    page = (site / "one_better_clear" / "index.en.html").read_text(encoding="utf-8")
    assert "AMA 120, VAC (not shown)." in page
    rows = (site / "data" / "one_better_clear_overlap.csv").read_text().splitlines()
    assert rows[1] == "0,0.5,40,"


def test_labels_cannot_smuggle_in_markup_or_formulas(tmp_path: Path) -> None:
    payload = '<img src=x onerror="alert(1)">'
    hostile = comparison("better_clear", target_name={"sv": payload, "en": payload})
    hostile["balance"][0]["term"] = "=HYPERLINK(1)"
    build_site(document(hostile), tmp_path, charts=False, papers=False)
    for path in tmp_path.rglob("*.html"):
        assert payload not in path.read_text(encoding="utf-8")
        assert not [image for image in outline(path).named("img") if image.get("onerror")]
    assert "'=HYPERLINK" in (tmp_path / "data" / "one_better_clear_love.csv").read_text()


def test_two_builds_are_the_same_bytes(every_verdict: dict[str, Any], tmp_path: Path) -> None:
    for name in ("first", "second"):
        build_site(copy.deepcopy(every_verdict), tmp_path / name, charts=False, papers=False)
    first = {
        p.relative_to(tmp_path / "first"): p.read_bytes()
        for p in (tmp_path / "first").rglob("*")
        if p.is_file()
    }
    second = {
        p.relative_to(tmp_path / "second"): p.read_bytes()
        for p in (tmp_path / "second").rglob("*")
        if p.is_file()
    }
    assert first == second


def test_the_published_results_are_the_document(site: Path, every_verdict: dict[str, Any]) -> None:
    assert json.loads((site / "results.json").read_text(encoding="utf-8")) == every_verdict


def test_swedish_excel_gets_semicolons_and_decimal_commas(site: Path) -> None:
    text = (site / "data" / "one_better_clear_ladder_sv.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b";0,12;0,03;0,21;" in text


def test_without_a_browser_the_tables_stand_open(site: Path) -> None:
    page = outline(site / "one_cannot_tell" / "index.html")
    assert page.named("details")
    assert all("open" in details for details in page.named("details"))
    assert not page.named("img")


def test_the_method_check_stands_beside_the_known_answer(tmp_path: Path) -> None:
    money = {"scale": "currency", "unit": "USD", "matters": 500, "labels": ["method_check"]}
    known = comparison(
        "better_uncertain",
        **money,
        estimate=1794.0,
        conf_low=474.0,
        conf_high=3115.0,
        mean_target=6349.0,
        mean_comparator=4555.0,
    )
    known["id"] = "lottery"
    refused = comparison("not_comparable", **money, benchmark="lottery")
    build_site(document(known, refused), tmp_path, charts=False, papers=False)
    page = (tmp_path / "one_not_comparable" / "index.en.html").read_text(encoding="utf-8")
    assert "The randomised trial gave 1,794 USD" in page
    assert "stopped by the checks" in page


@pytest.mark.skipif(chart_engine() is None, reason="no browser to draw pictures with")
def test_pictures_are_the_same_bytes_and_carry_their_numbers(tmp_path: Path) -> None:
    one = document(comparison("better_clear", exits=[]))
    build_site(one, tmp_path / "first", papers=False)
    build_site(one, tmp_path / "second", papers=False)
    pictures = sorted((tmp_path / "first" / "charts").iterdir())
    assert len(pictures) >= 24
    for path in pictures:
        assert path.read_bytes() == (tmp_path / "second" / "charts" / path.name).read_bytes()
    page = outline(tmp_path / "first" / "one_better_clear" / "index.html")
    alts = [image["alt"] for image in page.named("img")]
    assert all(alt and len(alt) > 40 for alt in alts)
    assert any(alt and "+12" in alt for alt in alts)


@pytest.mark.parametrize(("status", "n_links"), [("PASS", 1), ("NOT_EVALUATED", 0)])
def test_a_check_that_was_not_made_points_to_no_figure(
    status: str, n_links: int, tmp_path: Path
) -> None:
    one = comparison("better_clear")
    one["gates"].append({**one["gates"][0], "id": "G10", "status": status})
    build_site(document(one), tmp_path, charts=False, papers=False)
    text = (tmp_path / one["id"] / "index.html").read_text(encoding="utf-8")
    assert text.count('<a href="#figure-ladder"') == n_links
