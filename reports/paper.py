"""Paper: pages as tagged PDF files that are the same bytes every time."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path


@cache
def can_print() -> bool:
    """Return whether this machine can lay out text for PDF files.

    The layout library loads Pango from the system, and fails to import without it.
    """
    try:
        import weasyprint
    except OSError:
        return False
    return bool(weasyprint.VERSION)


def write_pdf(text: str, root: Path, file: Path) -> None:
    """Write a page as PDF/UA.

    Parameters
    ----------
    text : str
        The page; its pictures and styles are addressed from ``root``.
    root : Path
        The bundle. Nothing is asked for over a network.
    file : Path
        Where the PDF goes.
    """
    import weasyprint

    # It tells of every property of the screen's style that paper has no use for.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    inside = weasyprint.URLFetcher(allowed_protocols=["file"], fail_on_errors=True)
    page = weasyprint.HTML(string=text, base_url=f"{root.resolve().as_uri()}/", url_fetcher=inside)
    page.write_pdf(file, pdf_variant="pdf/ua-1")
