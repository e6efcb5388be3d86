"""Pictures of README: the built report of the reference study, as a browser shows it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from utfall.reports.charts import chart_engine

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "reports" / "built"
FOLDER = ROOT / ".github" / "pictures"
ANSWER = "angered_kompetenscenter/index.en.html"


def opened(page: Page, width: int, height: int) -> Page:
    """Return the page of an answer in a window of a size."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto((BUILT / ANSWER).as_uri(), wait_until="load")
    return page


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chart_engine())
        page = browser.new_page()
        opened(page, 900, 760).screenshot(path=FOLDER / "answer.png")
        page.locator("#figure-ladder").screenshot(path=FOLDER / "ladder.png")
        opened(page, 390, 760).screenshot(path=FOLDER / "phone.png")
        browser.close()


if __name__ == "__main__":
    main()
