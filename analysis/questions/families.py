"""Families: which kinds of questions can be asked, by the name that a study uses?"""

from __future__ import annotations

from collections.abc import Mapping

from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.caseload import CASELOAD, SKILLED
from utfall.analysis.questions.caseworkers import CONTINUITY, SPECIALITIES
from utfall.analysis.questions.claimed import CLAIMED_COUNTS, CLAIMED_SHARES
from utfall.analysis.questions.coordination import BEFORE_AFTER, COVERAGE, DESTINATIONS
from utfall.analysis.questions.cycle import BY_CYCLE, CLOSING
from utfall.analysis.questions.doors import BOTH, DOORS, LASTING, MEETING, MEETING_APART, OBSTACLES
from utfall.analysis.questions.handovers import HANDOVERS, LAG
from utfall.analysis.questions.mix import MIX
from utfall.analysis.questions.network import NETWORK
from utfall.analysis.questions.payers import PATH_AFTER, PAYERS_KIND
from utfall.analysis.questions.places import SITES
from utfall.analysis.questions.queueing import QUEUE, WAITING_LIST
from utfall.analysis.questions.routines import ATTENDANCE, NEW_OBSTACLE
from utfall.analysis.questions.savings import BREAK_EVEN, CHANCE_OF_LOSS, JOB_COST, PRECISION
from utfall.analysis.questions.scenario import MERGER
from utfall.analysis.questions.sojourn import STUCK
from utfall.analysis.questions.states import LADDER
from utfall.analysis.questions.steps import CLOSED_STEP, MOVES_UP
from utfall.analysis.questions.trials import PILOTS, SHARED_COST
from utfall.analysis.questions.waiting import DECLINED, PATH
from utfall.analysis.questions.ways import WAYS_OUT
from utfall.analysis.questions.yearly import RECOVERY, TURNOVER, YEARLY

#: Every kind by name.
FAMILIES: Mapping[str, Kind] = {
    "claimed_shares": CLAIMED_SHARES,
    "claimed_counts": CLAIMED_COUNTS,
    "self_support_by_year": YEARLY,
    "turnover": TURNOVER,
    "recovery": RECOVERY,
    "stuck": STUCK,
    "path_to_start": PATH,
    "declined": DECLINED,
    "merger": MERGER,
    "mix": MIX,
    "by_cycle": BY_CYCLE,
    "closing": CLOSING,
    "doors": DOORS,
    "meeting": MEETING,
    "meeting_apart": MEETING_APART,
    "lasting": LASTING,
    "obstacles": OBSTACLES,
    "both_programmes": BOTH,
    "pilots": PILOTS,
    "shared_cost": SHARED_COST,
    "destinations": DESTINATIONS,
    "ways_out": WAYS_OUT,
    "handovers": HANDOVERS,
    "lag": LAG,
    "coverage": COVERAGE,
    "before_after": BEFORE_AFTER,
    "break_even": BREAK_EVEN,
    "chance_of_loss": CHANCE_OF_LOSS,
    "payers": PAYERS_KIND,
    "path_after": PATH_AFTER,
    "precision": PRECISION,
    "queue": QUEUE,
    "waiting_list": WAITING_LIST,
    "job_cost": JOB_COST,
    "caseload": CASELOAD,
    "skilled": SKILLED,
    "ladder": LADDER,
    "moves_up": MOVES_UP,
    "closed_step": CLOSED_STEP,
    "sites": SITES,
    "network": NETWORK,
    "continuity": CONTINUITY,
    "specialities": SPECIALITIES,
    "attendance": ATTENDANCE,
    "new_obstacle": NEW_OBSTACLE,
}
