"""Every page of the reference study as it is published: read by anybody, at any width, offline."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from utfall.reports.words import Words

from ..reports.drawn import alike_in_grey, figures_in, not_drawn, not_told
from ..reports.tagged import faults_of
from ..trust.whole_runs import utfall
from .conftest import Silent, Site, Watched
from .test_pages import OUTSIDE, faults, missed_by_keyboard, open_all, overflow

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ("study.yml", "events.yml", "claims.yml", "data", "analysis/protocols")

#: Phone, small phone, tablet, desk, and the desk at a zoom of 200 per cent.
WIDTHS = (320, 390, 640, 800, 1280)

#: A page before its interactive charts, in bytes; what it shows weighs with it.
HEAVIEST_PAGE = 300_000

#: Texts of a picture that lie over each other, by more than the edges of their letters.
OVERLAPPING = """() => {
    const shown = [...document.querySelectorAll('text')].filter(one => one.textContent.trim());
    const boxes = shown.map(one => one.getBoundingClientRect());
    const found = [];
    boxes.forEach((one, at) => boxes.slice(at + 1).forEach((other, after) => {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > 1.5 && down > 0.25 * Math.min(one.height, other.height))
            found.push([shown[at].textContent, shown[at + 1 + after].textContent]);
    }));
    return found;
}"""

#: A page hears of a new width in its next frame, and has drawn in the one after.
SETTLED = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done())))"""

#: Elements that cut off what they hold.
CLIPPED = """() => [...document.querySelectorAll('body *')].filter(one => {
    const style = getComputedStyle(one), hides = ['hidden', 'clip'];
    return one.checkVisibility() && one.clientWidth > 1 && one.clientHeight > 1
        && (hides.includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1
            || hides.includes(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
}).map(one => one.outerHTML.slice(0, 80))"""

#: Words that a Swedish sentence never has; names of files and programs stand in `code`.
ENGLISH = re.compile(
    r"\b(the|and|of|with|is|are|was|were|this|that|from|which|not|than|cannot|their|people|has|"
    r"have|been|between|before|after|when|where|what|each|only|fewer|those)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def built(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report that is made from the raw deliveries for these tests."""
    assert engine
    study = tmp_path_factory.mktemp("reference") / "study"
    study.mkdir()
    for name in INPUTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        (study / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, study / name)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    return study / "reports/built"


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(built, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def pages(site: Site, folder: str = "") -> list[str]:
    found = sorted(path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html"))
    chosen = [path for path in found if path.startswith("explore/") == (folder == "explore")]
    assert len(chosen) > 20
    return chosen


@pytest.mark.parametrize("kind", ["pages", "explore"])
def test_nobody_is_shut_out(watched: Watched, axe: str, site: Site, kind: str) -> None:
    found = {}
    for path in pages(site, kind):
        page = watched.open(path, 390)
        open_all(page)
        found[path] = faults(page, axe)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("kind", ["pages", "explore"])
def test_nothing_is_cut_off_and_nothing_is_scrolled_sideways(
    watched: Watched, site: Site, kind: str
) -> None:
    found = {}
    for path in pages(site, kind):
        page = watched.open(path)
        open_all(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(SETTLED)
            wrong = (overflow(page), page.evaluate(CLIPPED))
            if wrong != (0, []):
                found[path, width] = wrong
    assert found == {}


def test_texts_of_a_picture_lie_inside_it_and_apart(watched: Watched, site: Site) -> None:
    pictures = sorted((site.folder / "charts").glob("*.svg"))
    assert len(pictures) > 50
    found: dict[str, Any] = {}
    for picture in pictures:
        page = watched.open(f"charts/{picture.name}")
        wrong = page.evaluate(OUTSIDE), page.evaluate(OVERLAPPING)
        if wrong != ([], []):
            found[picture.name] = wrong
    assert found == {}


def test_no_name_in_a_picture_is_cut_short(site: Site) -> None:
    cut = {
        picture.name: found
        for picture in (site.folder / "charts").glob("*.svg")
        if (found := re.findall(r">[^<>]*\w …<", picture.read_text(encoding="utf-8")))
    }
    assert cut == {}


def test_overlapping_texts_would_be_found(browser: Browser) -> None:
    page = browser.new_page()
    texts = "".join(f'<text x="{x}" y="20">a longer word</text>' for x in (10, 40, 300))
    page.set_content(f'<svg xmlns="http://www.w3.org/2000/svg" width="500">{texts}</svg>')
    assert page.evaluate(OVERLAPPING) == [["a longer word", "a longer word"]]
    page.close()


def test_what_a_picture_draws_is_what_its_table_says_also_in_grey(site: Site) -> None:
    document = json.loads((site.folder / "results.json").read_text(encoding="utf-8"))
    found = {
        (figure.id, width, wrong.__name__): wrong(figure, width)
        for figure in figures_in(document, Words("sv"))
        for width in (800, 380)
        for wrong in (not_drawn, not_told, alike_in_grey)
    }
    assert len(found) > 100
    assert {key: wrong for key, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("kind", ["pages", "explore"])
def test_the_keyboard_reaches_everything_on_every_page(
    watched: Watched, site: Site, kind: str
) -> None:
    found = {path: missed_by_keyboard(watched.open(path)) for path in pages(site, kind)}
    assert {path: missed for path, missed in found.items() if missed} == {}


@pytest.mark.parametrize("kind", ["pages", "explore"])
def test_without_scripts_and_without_a_server_every_page_is_whole(
    browser: Browser, site: Site, kind: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, found = context.new_page(), {}
    for path in pages(site, kind):
        page.goto((site.folder / path).as_uri(), wait_until="load")
        widths = page.evaluate("() => [...document.images].map(image => image.naturalWidth)")
        tables = page.evaluate(
            "() => { document.querySelectorAll('summary').forEach(one => one.click());"
            " return [...document.querySelectorAll('table')].filter(one => !one.checkVisibility())"
            ".length; }"
        )
        if tables or not all(widths) or (kind == "explore" and not widths):
            found[path] = widths, tables
    context.close()
    assert found == {}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_paper_has_tags_that_a_screen_reader_can_follow(site: Site, language: str) -> None:
    papers = sorted(site.folder.rglob(f"*.{language}.pdf"))
    assert len(papers) > 3
    assert {len(PdfReader(path).pages) for path in papers if path.stem != f"report.{language}"} == {
        1
    }
    found = {path.relative_to(site.folder): faults_of(path, language) for path in papers}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_both_languages_say_the_same_numbers(site: Site) -> None:
    found = {}
    for path in pages(site):
        if ".en." in path:
            continue
        texts = [
            (site.folder / name).read_text(encoding="utf-8")
            for name in (path, path.replace(".html", ".en.html"))
        ]
        swedish, english = _numbers(texts[0], "sv"), _numbers(texts[1], "en")
        if swedish != english:
            found[path] = swedish - english, english - swedish
    assert found == {}


def test_a_swedish_page_speaks_swedish(site: Site) -> None:
    found = {}
    for path in pages(site):
        text = (site.folder / path).read_text(encoding="utf-8")
        if ".en." in path:
            assert ENGLISH.search(_spoken(text)), path
        elif match := ENGLISH.search(_spoken(text)):
            found[path] = match.group()
    assert found == {}


def test_both_languages_have_the_same_pages_and_headings(site: Site) -> None:
    swedish = [path for path in pages(site) if ".en." not in path]
    for path in swedish:
        other = path.replace(".html", ".en.html")
        texts = [(site.folder / name).read_text(encoding="utf-8") for name in (path, other)]
        ids = [
            re.findall(r'<(?:h\d|figure|section|table)[^>]* id="([^"]+)"', text) for text in texts
        ]
        assert ids[0] == ids[1], path


def test_a_page_with_all_that_it_shows_is_light(watched: Watched, site: Site) -> None:
    heavy = {}
    for path in pages(site):
        watched.open(path, 390)
        size = watched.page.evaluate(
            "() => performance.getEntries().filter(one => one.decodedBodySize)"
            ".reduce((sum, one) => sum + one.decodedBodySize, 0)"
        )
        if size > HEAVIEST_PAGE:
            heavy[path] = size
    assert heavy == {}


#: How each language writes thousands, and what stands before its decimals; quotes as they are.
QUOTED = r"(?<![\w,.–-])([1-9]\d{0,2}) (?=\d{3}(?!\w))"
WRITTEN = {
    "sv": (r"(?<=\d)\u00a0(?=\d{3}(?!\d))", r"(?<=\d),(?=\d)"),
    "en": (r"(?<=\d),(?=\d{3}(?!\d))", r"(?<=\d)\.(?=\d)"),
}


def _numbers(text: str, language: str) -> Counter[str]:
    """Return every number that a page says, those in quotes and names of days included."""
    body = text.partition("<body")[2]
    plain = unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", body)))
    thousands, decimals = WRITTEN[language]
    plain = re.sub(decimals, ".", re.sub(thousands, "", re.sub(QUOTED, r"\1", plain)))
    # A two-year period is one word in one of the languages.
    return Counter(re.findall(r"\d+(?:\.\d+)?(?!-[a-zåäö])", plain))


def _spoken(text: str) -> str:
    """Return what a page says in its own language, without code and quotes in another."""
    for unread in (r"<(script|style|code|pre)\b.*?</\1>", r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>'):
        text = re.sub(
            unread, " ", text.partition("<body")[2] if "<body" in text else text, flags=re.S
        )
    return unescape(re.sub(r"<[^>]+>", " ", text))
