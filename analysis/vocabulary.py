"""Vocabulary: the closed sets of words that protocols, results and pages share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")

Estimand = Literal["ate", "att", "atc", "ato"]
Scale = Literal["share", "months", "currency", "rate"]
GateStatus = Literal["PASS", "RESERVE", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"]
Fairness = Literal["comparable", "with_reservations", "bounds_only", "not_comparable"]
Precision = Literal["sufficient", "weak", "too_few"]
Headline = Literal[
    "not_comparable",
    "bounds",
    "better_clear",
    "better_uncertain",
    "no_meaningful_difference",
    "cannot_tell",
]
Label = Literal["overlap_only", "programme_at_this_site", "method_check"]
DisruptionKind = Literal[
    "capacity", "measurement", "policy", "demand", "referral", "organisation", "step_closed"
]
DisruptionHandling = Literal["exclude", "exposure", "did", "counterfactual", "describe_only"]
MethodName = Literal[
    "g_computation", "ipw", "aipw", "entropy_balancing", "bootstrap", "coarsened_matching",
    "nearest_neighbours", "equivalence", "imputed", "known_weighted", "lee_bounds", "calibrated",
    "clustered", "wild", "randomised", "trends", "pace", "risk_ratio", "odds_ratio",
    "months_reached", "months_stayed", "landmark", "other_people", "other_mix", "series_target",
    "series_comparator",
]  # fmt: skip
GapSource = Literal[
    "period", "population", "disruption", "labour_market", "target_group", "adjusted"
]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in both languages."""

    sv: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the Swedish or the English wording."""
        return self.sv if language == "sv" else self.en


#: Fairness grades under which no adjusted number may be shown.
REFUSED: frozenset[str] = frozenset({"not_comparable", "bounds_only"})
