"""Typography: which words and numbers of a page must not be parted by the end of a line?"""

from __future__ import annotations

import re

#: A number and its unit, its section of law or its error.
_BOUND = (
    (re.compile(r"(?<=\d) (?=[%§])| (?=±)"), "\u00a0"),
    (re.compile(r"(?<=[§±]) (?=\d)"), "\u00a0"),
    (re.compile(r"(?<=\d) (?=kap\.)"), "\u00a0"),
    (re.compile(r"\b(av|of) (?=100\b)"), "\\1\u00a0"),
)

#: What browsers break though it is one: a day or a range after its dash, thousands as quoted.
_ONE = re.compile(
    r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])"
    r"|(?<![\w–,.-])[−+]?\d[\d,.\u00a0]*–\d[\d,.]*(?:\u00a0?%)?"
    r"|(?<![\w–,.-])[1-9]\d{0,2}(?: \d{3})+(?!\w)"
)

_TAG = re.compile(r"(<[^>]*>)")

#: What these hold is no running text.
_VERBATIM = ("title", "code", "pre", "script", "style", "textarea")


def kept_together(html: str, *, on_paper: bool = False) -> str:
    """Return a page whose numbers stay on one line with what belongs to them.

    Only text between tags is touched. On a screen a day, a range or a quoted number is put into
    a ``span``, so that what a reader copies or searches for holds no sign that cannot be seen.
    On paper it is not: a ``span`` is drawn apart, and the line would be read as three.

    >>> kept_together('<p title="9 %">9 §, 18–24 %</p>').replace(chr(160), "_")
    '<p title="9 %">9_§, <span class="one">18–24_%</span></p>'
    >>> kept_together("<code>2018-11-07</code> 2018-11-07")
    '<code>2018-11-07</code> <span class="one">2018-11-07</span>'
    """
    within = ""
    parts = _TAG.split(html)
    for place, part in enumerate(parts):
        if place % 2:
            name = part.strip("</>").split()[0] if part.strip("</>") else ""
            if name in _VERBATIM:
                within = "" if part.startswith("</") else name
        elif not within and part.strip():
            parts[place] = _bound(part, on_paper)
    return "".join(parts)


def _bound(text: str, on_paper: bool) -> str:
    for pattern, joined in _BOUND:
        text = pattern.sub(joined, text)
    if on_paper:
        return text
    return _ONE.sub(lambda found: f'<span class="one">{found.group()}</span>', text)
