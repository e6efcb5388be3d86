"""Charts: does a browser that never answers stop the pages for ever?"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import kaleido
import pytest

from utfall.analysis.errors import PublicationRefused
from utfall.reports import charts

PLOT = SimpleNamespace(layout=SimpleNamespace(width=10, height=20))


class Browser:
    """A browser that is silent as often as asked, at its start or at its first picture."""

    silent_at: str
    times: int
    started: list[Browser]
    closed: list[Browser]

    def __init__(self, **_: Any) -> None:
        self.started.append(self)

    async def _may_be_silent(self, at: str) -> None:
        if at == self.silent_at and len(self.started) <= self.times:
            await asyncio.wait_for(asyncio.Event().wait(), 0.02 if at == "picture" else None)

    async def open(self) -> None:
        await self._may_be_silent("start")

    async def calc_fig(self, *_: Any, **__: Any) -> bytes:
        await self._may_be_silent("picture")
        return b"<svg/>"

    async def close(self) -> None:
        self.closed.append(self)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> type[Browser]:
    kind = type("Kaleido", (Browser,), {"silent_at": "", "times": 0, "started": [], "closed": []})
    monkeypatch.setattr(kaleido, "Kaleido", kind)
    monkeypatch.setattr(charts, "chart_engine", lambda: "browser")
    monkeypatch.setattr(charts, "PATIENCE", 0.02)
    return kind


@pytest.mark.parametrize("at", ["start", "picture"])
def test_a_silent_browser_is_left_for_another(browser, at):
    browser.silent_at, browser.times = at, 2
    drawn = asyncio.run(charts._drawn({"a.svg": PLOT, "b.svg": PLOT}))
    assert drawn == {"a.svg": "<svg/>", "b.svg": "<svg/>"}
    assert len(browser.closed) == 3
    assert browser.closed == browser.started


def test_when_every_browser_is_silent_the_pages_are_refused_in_words(browser):
    browser.silent_at, browser.times = "start", 9
    with pytest.raises(PublicationRefused, match="does not answer"):
        asyncio.run(charts._drawn({"a.svg": PLOT}))
    assert len(browser.closed) == charts.TRIES
