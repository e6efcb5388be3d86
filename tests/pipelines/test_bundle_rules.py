"""A page may fetch nothing from outside and run nothing of its own; a table names nobody."""

from __future__ import annotations

import pytest

from utfall.pipelines.bundle_rules import RULES, broken_rules

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
PAGES = {
    "no policy": ("<p>x</p>", "bundle_policy"),
    "a policy that allows all": (POLICY.replace("'none'", "*"), "bundle_policy"),
    "a picture from outside": (POLICY + '<img src="https://example.org/x.png">', "bundle_outside"),
    "a picture without a scheme": (POLICY + '<img src="//example.org/x.png">', "bundle_outside"),
    "pictures of two sizes": (
        POLICY + '<img srcset="a.png 1x, https://example.org/x.png 2x">',
        "bundle_outside",
    ),
    "a style from outside": (
        POLICY + '<link rel="stylesheet" href="https://example.org/x.css">',
        "bundle_outside",
    ),
    "a script from outside": (
        POLICY + '<script src="http://example.org/"></script>',
        "bundle_outside",
    ),
    "a frame from outside": (
        POLICY + '<iframe src="https://example.org/"></iframe>',
        "bundle_outside",
    ),
    "a form": (POLICY + '<form action="https://example.org/"></form>', "bundle_outside"),
    "a page that leaves": (
        POLICY + '<meta http-equiv="refresh" content="0; url=https://example.org/">',
        "bundle_outside",
    ),
    "a script of its own": (POLICY + "<script>alert(1)</script>", "bundle_inline"),
    "a handler": (POLICY + '<p onclick="x()">x</p>', "bundle_inline"),
    "a link that runs": (POLICY + '<a href=" JavaScript:x()">x</a>', "bundle_inline"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_fetches_or_runs_is_told(name, tmp_path):
    text, rule = PAGES[name]
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    assert rule in set(broken_rules(path)) <= set(RULES)


def test_a_page_with_links_data_and_its_own_files_breaks_nothing(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(
        POLICY
        + '<a href="https://example.org/">x</a><a href="mailto:a@example.org">y</a>'
        + '<img src="charts/a.svg"><script src="static/x.js"></script>'
        + '<script type="application/json">{"a": 1}</script>',
        encoding="utf-8",
    )
    assert list(broken_rules(path)) == []


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.css", "p { background: url('https://example.org/x.png') }", "bundle_outside"),
        ("a.css", '@import "https://example.org/x.css";', "bundle_outside"),
        ("a.csv", "person_id,month\n", "bundle_ids"),
        ("a.csv", "\ufeffÅr;Episode_ID;antal\n", "bundle_ids"),
    ],
)
def test_styles_that_fetch_and_tables_of_people_are_told(tmp_path, name, text, rule):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert list(broken_rules(path)) == [rule]


def test_styles_and_tables_of_aggregates_break_nothing(tmp_path):
    style, table = tmp_path / "a.css", tmp_path / "a.csv"
    style.write_text("p { background: url(x.png) }", encoding="utf-8")
    table.write_text("programme,year,people\n", encoding="utf-8")
    assert [*broken_rules(style), *broken_rules(table)] == []
