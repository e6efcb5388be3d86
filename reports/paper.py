"""Paper: pages as tagged PDF files that are the same bytes every time."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

#: Lays pages out as PDF: the text of each by its file, the folder that they are addressed from.
Printing = Callable[[Mapping[Path, str], Path], dict[Path, bytes]]


@cache
def can_print() -> bool:
    """Return whether this machine can lay out text for PDF files, the same bytes every time.

    The layout library loads Pango from the system, and fails to import without it. Without
    HarfBuzz's part for subsets it only warns, and writes into each font when the file was made.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "HarfBuzz-Subset", DeprecationWarning)
            from weasyprint.text import ffi
    except OSError:
        return False
    return ffi.harfbuzz_subset is not None


def print_here(pages: Mapping[Path, str], root: Path) -> dict[Path, bytes]:
    """Lay pages out as PDF/UA.

    Parameters
    ----------
    pages : mapping of Path to str
        HTML by the file that it is meant for; its pictures and styles are addressed
        from ``root``.
    root : Path
        The bundle. Nothing is asked for over a network.

    Returns
    -------
    dict of Path to bytes
        Each page as PDF; nothing is written.
    """
    import weasyprint

    # It tells of every property of the screen's style that paper has no use for.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    inside = weasyprint.URLFetcher(allowed_protocols=["file"], fail_on_errors=True)
    base = f"{root.resolve().as_uri()}/"
    return {
        file: weasyprint.HTML(string=text, base_url=base, url_fetcher=inside).write_pdf(
            pdf_variant="pdf/ua-1", finisher=name_headers
        )
        for file, text in pages.items()
    }


def name_headers(_: Any, pdf: Any) -> None:
    """Say of every header cell whether it heads a row or a column, and make it findable.

    WeasyPrint names a cell's headers by their identifiers, but leaves out the tree in which
    readers look identifiers up, and the scope by which others go (ISO 32000-1, 14.7.2 and
    14.8.5.7). A header beside plain cells heads their row; one among headers, its column.

    Parameters
    ----------
    pdf : pydyf.PDF
        Tagged and about to be written; changed in place.
    """
    import pydyf

    tagged = {
        one.reference: one
        for one in pdf.objects
        if isinstance(one, pydyf.Dictionary) and one.get("Type") == "/StructElem"
    }
    headers = {one["ID"].string: one for one in tagged.values() if "ID" in one}
    for header in headers.values():
        beside = [tagged[kid]["S"] for kid in tagged[header["P"]]["K"]]
        header["A"]["Scope"] = "/Row" if "/TD" in beside else "/Column"
    if headers:
        root = next(one for one in pdf.objects if _is_root(one))
        names = [part for name in sorted(headers) for part in (name, headers[name])]
        root["IDTree"] = pydyf.Dictionary(
            {
                "Names": pydyf.Array(
                    pydyf.String(part) if isinstance(part, str) else part.reference
                    for part in names
                )
            }
        )


def _is_root(one: Any) -> bool:
    return isinstance(one, dict) and one.get("Type") == "/StructTreeRoot"


def print_apart(pages: Mapping[Path, str], root: Path) -> dict[Path, bytes]:
    """Do as ``print_here`` in a process of its own, which leaves this one free for the next.

    That process writes no file, so one that outlives its parent leaves nothing behind. What
    it cannot print is printed here, where the fault is told.
    """
    order = json.dumps({"root": str(root.resolve()), "texts": list(pages.values())})
    done = subprocess.run(
        [sys.executable, "-m", "utfall.reports.paper"],
        input=order.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        return print_here(pages, root)
    contents = map(base64.b64decode, done.stdout.split())
    return dict(zip(pages, contents, strict=True))


def main() -> None:
    """Print what is ordered on the way in; a line of base64 goes out for each page."""
    order = json.load(sys.stdin)
    pages = {Path(str(place)): text for place, text in enumerate(order["texts"])}
    for content in print_here(pages, Path(order["root"])).values():
        print(base64.b64encode(content).decode("ascii"))


if __name__ == "__main__":
    main()
