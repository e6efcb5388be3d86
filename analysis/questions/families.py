"""Families: which kinds of questions can be asked, by the name that a study uses?"""

from __future__ import annotations

from collections.abc import Mapping

from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.mix import MIX
from utfall.analysis.questions.scenario import MERGER
from utfall.analysis.questions.sojourn import STUCK
from utfall.analysis.questions.waiting import DECLINED, PATH
from utfall.analysis.questions.yearly import RECOVERY, TURNOVER, YEARLY

#: Every kind by name.
FAMILIES: Mapping[str, Kind] = {
    "self_support_by_year": YEARLY,
    "turnover": TURNOVER,
    "recovery": RECOVERY,
    "stuck": STUCK,
    "path_to_start": PATH,
    "declined": DECLINED,
    "merger": MERGER,
    "mix": MIX,
}
