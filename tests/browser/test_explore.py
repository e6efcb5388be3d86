"""Interactive charts: they answer to the pointer, offline, and carry what the table carries."""

from __future__ import annotations

import pytest

from .conftest import Site, Watched
from .test_pages import faults, missed_by_keyboard, open_all, overflow

pytestmark = pytest.mark.browser

#: One of every kind of figure, in a comparison that shows them all.
KINDS = ("ladder", "gap", "years_target", "flow", "overlap", "love", "exits_target", "choices")
CHARTS = [f"explore/one_better_clear_{kind}.html" for kind in KINDS]


@pytest.mark.parametrize("path", CHARTS)
@pytest.mark.parametrize("width", [390, 1280])
def test_a_chart_is_drawn_and_shuts_nobody_out(
    watched: Watched, axe: str, path: str, width: int
) -> None:
    page = watched.open(path, width)
    assert page.locator("#plot .main-svg").count() > 0
    assert overflow(page) == 0
    open_all(page)
    assert faults(page, axe) == []


@pytest.mark.parametrize("path", CHARTS)
def test_the_keyboard_reaches_all_of_a_chart_s_page(watched: Watched, path: str) -> None:
    page = watched.open(path)
    assert page.locator("#png").is_visible()
    assert missed_by_keyboard(page) == []


def test_the_picture_can_be_taken_along_by_keyboard_alone(watched: Watched) -> None:
    page = watched.open(CHARTS[0])
    page.locator("#png").focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith(".png")


def test_a_chart_opened_from_disk_is_drawn(watched: Watched, site: Site) -> None:
    watched.page.goto((site.folder / CHARTS[0]).as_uri(), wait_until="load")
    assert watched.page.locator("#plot .main-svg").count() > 0


def test_the_picture_can_be_taken_along(watched: Watched) -> None:
    page = watched.open(CHARTS[0])
    with page.expect_download() as taken:
        page.locator("#png").click()
    assert taken.value.suggested_filename == "one_better_clear_ladder.png"
    assert taken.value.path().read_bytes().startswith(b"\x89PNG")


def test_without_scripts_the_static_picture_stands_there(watched: Watched, site: Site) -> None:
    context = watched.page.context.browser
    assert context is not None
    plain = context.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{site.address}/{CHARTS[0]}", wait_until="load")
    assert page.locator("img").evaluate("one => one.naturalWidth") == 800
    plain.close()
