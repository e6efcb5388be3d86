"""The built pages in a real browser: everybody can read them, on any screen, offline."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import DOCUMENT, PAGES, RESULTS, Site, Watched

pytestmark = pytest.mark.browser

RULES = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22a",
    "wcag22aa",
    "best-practice",
]
WIDTHS = (320, 390, 800, 1280)

#: What the keyboard must reach, in the order of the page.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, summary, [tabindex="0"]')]
    .filter(one => one.checkVisibility({contentVisibilityAuto: true}))
    .map((one, place) => { one.dataset.place = place; return place; })"""

#: Where the keyboard is, and whether a reader can see that it is there.
FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        place: one.dataset.place === undefined ? null : Number(one.dataset.place),
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth,
        name: one.outerHTML.slice(0, 120),
    };
}"""

#: Texts of a picture that reach outside its canvas, in its own units.
OUTSIDE = """() => {
    const root = document.documentElement, canvas = root.viewBox.baseVal;
    const inverse = root.getScreenCTM().inverse();
    const offends = text => {
        const box = text.getBBox(), matrix = inverse.multiply(text.getScreenCTM());
        return [[0, 0], [1, 0], [0, 1], [1, 1]].some(([right, down]) => {
            const at = new DOMPoint(box.x + right * box.width, box.y + down * box.height)
                .matrixTransform(matrix);
            return at.x < canvas.x - 1 || at.x > canvas.x + canvas.width + 1
                || at.y < canvas.y - 1 || at.y > canvas.y + canvas.height + 1;
        });
    };
    return [...document.querySelectorAll('text')].filter(offends).map(one => one.textContent);
}"""


def open_all(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")


def overflow(page: Page) -> int:
    return int(
        page.evaluate(
            "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


def faults(page: Page, axe: str) -> list[str]:
    """Return what axe finds wrong, one line per rule and place."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    assert len(found["passes"]) > 15
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def missed_by_keyboard(page: Page) -> list[Any]:
    """Return what the keyboard does not reach in the order of the page, or reaches unseen."""
    expected = page.evaluate(REACHABLE)
    assert len(expected) > 4
    reached = []
    for _ in expected:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    return [
        one
        for place, one in zip(expected, reached, strict=True)
        if not (one["outlined"] and one["shown"] and one["place"] == place)
    ]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_shuts_anybody_out(watched: Watched, axe: str, path: str, width: int) -> None:
    page = watched.open(path, width)
    open_all(page)
    assert faults(page, axe) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_screen_has_to_be_scrolled_sideways(watched: Watched, path: str) -> None:
    found = {}
    for width in WIDTHS:
        page = watched.open(path, width)
        closed = overflow(page)
        open_all(page)
        found[width] = (closed, overflow(page))
    assert found == dict.fromkeys(WIDTHS, (0, 0))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_every_picture_is_shown(watched: Watched, path: str, width: int) -> None:
    page = watched.open(path, width)
    widths = page.evaluate("() => [...document.images].map(image => image.naturalWidth)")
    assert widths == [380 if width == 390 else 800] * page.locator("figure").count()
    assert widths or path not in RESULTS


@pytest.mark.parametrize("path", PAGES)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    watched: Watched, path: str
) -> None:
    assert missed_by_keyboard(watched.open(path)) == []


def test_the_keyboard_opens_a_table_and_skips_to_the_content(watched: Watched) -> None:
    page = watched.open("one_better_clear/index.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    table = page.locator("details table").first
    assert not table.is_visible()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert table.is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_the_verdict_and_its_tables_stand_on_paper(watched: Watched, path: str) -> None:
    page = watched.open(path, 800)
    page.emulate_media(media="print")
    verdicts = page.locator("#verdict, .verdict").all()
    overview = dict.fromkeys(("index.html", "index.en.html"), len(DOCUMENT["comparisons"]))
    assert len(verdicts) == (overview | dict.fromkeys(RESULTS, 1)).get(path, 0)
    for verdict in verdicts:
        assert verdict.is_visible()
        assert verdict.inner_text().strip()
    hidden = page.evaluate(
        "() => [...document.querySelectorAll('figure table')]"
        ".filter(one => !one.checkVisibility()).length"
    )
    assert hidden == 0
    assert overflow(page) == 0


@pytest.mark.parametrize("path", ["one_better_clear/index.html", "method_check/index.en.html"])
def test_a_page_opened_from_disk_is_the_same_page(watched: Watched, site: Site, path: str) -> None:
    watched.page.goto((site.folder / path).as_uri(), wait_until="load")
    look = (
        "() => [[...document.images].map(image => image.naturalWidth),"
        " getComputedStyle(document.body).maxWidth]"
    )
    from_disk = watched.page.evaluate(look)
    assert from_disk == watched.open(path).evaluate(look)
    assert all(width > 0 for width in from_disk[0])


def test_links_lead_from_the_overview_to_a_verdict_and_to_the_other_language(
    watched: Watched, site: Site
) -> None:
    watched.page.goto((site.folder / "index.html").as_uri())
    watched.page.locator("main article a").first.click()
    assert watched.page.url.endswith("/one_not_comparable/index.html")
    watched.page.locator("nav a[hreflang=en]").click()
    assert watched.page.url.endswith("/one_not_comparable/index.en.html")
    assert watched.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("comparison", [one["id"] for one in DOCUMENT["comparisons"]])
def test_all_text_of_a_picture_is_inside_it(watched: Watched, comparison: str) -> None:
    pictures = sorted((watched.site.folder / "charts").glob(f"{comparison}_*.svg"))
    assert pictures
    found = {}
    for picture in pictures:
        outside = watched.open(f"charts/{picture.name}").evaluate(OUTSIDE)
        if outside:
            found[picture.name] = outside
    assert found == {}
