"""One site with every kind of verdict, served on loopback, and one browser to look at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright

from utfall.analysis.vocabulary import LANGUAGES
from utfall.reports.charts import chart_engine
from utfall.reports.page import file_name
from utfall.reports.pages import PARTS
from utfall.reports.site import build_site
from utfall.reports.study_pages import pages_of
from utfall.reports.words import Words

from ..reports.conftest import HEADLINES, comparison, document
from ..reports.test_data_quality import QUALITY

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MONEY = {"scale": "currency", "unit": "USD", "matters": 500, "labels": ["method_check"]}


def both(words: str) -> dict[str, str]:
    return {"sv": words, "en": words}


def lengthened(one: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison whose names are as long as those of a real study."""
    names = (
        "Som i debatten: de som följdes under brandåret 2017",
        "Första anvisningen, med tid nog att följa upp",
        "månader utan arbete: uppgift saknas",
    )
    lists = ("ladder", "decomposition", "sensitivity", "attrition", "balance")
    return {
        **one,
        "target_name": both("Angeredsmodellen"),
        "comparator_name": both("Kompetenscenter"),
        "question": both(
            "Bland dem som kunde gå till båda: arbetar eller studerar fler ett år efter "
            "Angeredsmodellen än efter Kompetenscenter?"
        ),
        "outcome_label": both("arbete eller studier inom ett år"),
        **{
            key: [
                {**row, "label": both(names[place % len(names)])}
                for place, row in enumerate(one[key] * 2)
            ]
            for key in lists
        },
        "exits": [
            {**curve, "programme": arm, "exit": kind, "label": both(label), "share": [0.0, share]}
            for curve in one["exits"]
            for arm in ("ama", "vac")
            for kind, label, share in (
                ("work", "Arbete", 0.0),
                ("returned", "Åter till den som anvisade dem", 1.0),
            )
        ],
        "years": [
            {**year, "programme": arm, "year": first + year["year"] - 2016}
            for year in one["years"]
            for arm in ("ama", "vac")
            for first in (2012, 2014, 2016)
        ],
    }


def everything() -> dict[str, Any]:
    """Return a document with all six verdicts and, in money, the method check."""
    known = comparison(
        "better_uncertain",
        **MONEY,
        estimate=1794.0,
        conf_low=474.0,
        conf_high=3115.0,
        mean_target=6349.0,
        mean_comparator=4555.0,
        ladder=[],
    )
    known["id"] = "lottery"
    money = comparison("not_comparable", **MONEY, benchmark="lottery")
    money |= {"id": "method_check", "raw": None, "ladder": money["ladder"][1:], "alone": []}
    verdicts = [comparison(headline) for headline in HEADLINES]
    verdicts[2] = lengthened(verdicts[2])
    return document(*verdicts, known, money, data_quality=QUALITY)


DOCUMENT = everything()
RESULTS = [
    f"{one['id']}/{file_name('index', language)}"
    for one in DOCUMENT["comparisons"]
    for language in LANGUAGES
]
PAGES = [
    *(file_name("index", language) for language in LANGUAGES),
    *RESULTS,
    *(
        f"{one['id']}/{file_name(part, language)}"
        for one in DOCUMENT["comparisons"]
        for part in PARTS[1:]
        for language in LANGUAGES
    ),
    *(
        file_name(page.id, language)
        for language in LANGUAGES
        for page in pages_of(DOCUMENT, Words(language))
    ),
]


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are, as files and as addresses."""

    folder: Path
    address: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A page, and what its browser asked for and complained about."""

    page: Page
    site: Site
    hosts: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def open(self, path: str, width: int = 1280) -> Page:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(f"{self.site.address}/{path}", wait_until="load")
        return self.page


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Leave the tests' output alone."""

    def do_GET(self) -> None:
        """Serve files; the icon that browsers ask every server for is not part of a page."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture(scope="session")
def engine() -> str:
    found = chart_engine()
    if found is None:
        pytest.skip("no browser: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci --ignore-scripts")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert engine
    folder = tmp_path_factory.mktemp("site")
    build_site(DOCUMENT, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    yield Site(folder, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    worker.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser(engine: str) -> Iterator[Browser]:
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=engine, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def watched(browser: Browser, site: Site) -> Iterator[Watched]:
    """Return a new page; whatever a test does with it, nothing from outside may be asked for."""
    context = browser.new_context(locale="sv-SE")
    view = Watched(context.new_page(), site)

    def asked(request: Request) -> None:
        view.hosts.add(urlsplit(request.url).hostname or "")

    def answered(response: Response) -> None:
        if response.status >= 400:
            view.broken.append(response.url)

    context.on("request", asked)
    context.on("response", answered)
    view.page.on("console", lambda said: view.broken.append(said.text))
    view.page.on("pageerror", lambda error: view.broken.append(error.message))
    yield view
    context.close()
    assert view.hosts <= {"127.0.0.1", ""}
    assert view.broken == []
