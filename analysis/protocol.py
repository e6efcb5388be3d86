"""Protocol: one declared comparison, written before anyone looks at outcomes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from utfall.analysis.rulebook import spelled_out
from utfall.analysis.vocabulary import DisruptionHandling, Estimand, MethodName, Scale, Text

SCHEMA: Literal["utfall/protocol/1"] = "utfall/protocol/1"

#: Treatments of a disruption that a plan can take. Difference-in-differences and the
#: counterfactual g-formula stand beside them as checks: they give one answer, not one for every
#: subset of adjustments that the parts of the gap are made of.
BUILT_HANDLINGS = ("exclude", "exposure", "describe_only")

#: Confounders that every adjusted comparison of people out of work must answer for (G14).
CORE_CONFOUNDERS = (
    "education",
    "months_since_work",
    "benefit_months_before",
    "health_or_obstacle",
    "language_or_years_in_sweden",
    "referrer",
)


class Declared(BaseModel):
    """Base of every part of a protocol: unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Wording(Declared):
    """A sentence in both languages."""

    sv: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    @property
    def text(self) -> Text:
        """Return the wording as the value that results carry."""
        return Text(self.sv, self.en)


class Window(Declared):
    """Dates from and to, both included; a missing end is open."""

    starts: Annotated[date | None, Field(alias="from")] = None
    ends: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("`to` lies before `from`")
        return self


class Condition(Declared):
    """A requirement on one column that was known at time zero."""

    column: str
    equals: str | int | float | bool | None = None
    is_in: Annotated[tuple[str | int, ...], Field(alias="in")] = ()
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (
            self.equals is None
            and not self.is_in
            and self.at_least is None
            and self.at_most is None
        ):
            raise ValueError("needs one of `equals`, `in`, `at_least`, `at_most`")
        return self


class EligibilityRule(Declared):
    """Who the law or the municipality lets into one programme, during one period.

    ``requires`` may name only columns known before assignment; the decision that was made
    is the result of assignment and is refused here. Without ``requires``, or where it admits
    by ``judgement``, the rule lets somebody in only through a caseworker's judgement, dated on
    or before referral; ``everyone`` needs neither. A plan may name a rule of the rulebook
    instead of spelling it out.
    """

    programme: str
    period: Window = Window()
    requires: tuple[Condition, ...] = ()
    admits: Literal["conditions", "judgement", "everyone"] = "conditions"
    statute: Wording

    @model_validator(mode="after")
    def _before_assignment(self) -> Self:
        decided = {
            "could_enter_other",
            "decision",
            "decision_date",
            "legal_basis",
            "programme",
            "start_date",
        }
        used = sorted(decided & {condition.column for condition in self.requires})
        if used:
            raise ValueError(
                f"{', '.join(used)} may not stand in a rule: decisions are the result of "
                "assignment, and judgements count only with their date, without a rule"
            )
        return self


class Population(Declared):
    """Who the answer is about.

    ``only_border`` keeps the people whom a caseworker, on or before referral, judged able
    to enter either programme.
    """

    label: Wording
    keep: tuple[Condition, ...] = ()
    only_border: bool = False
    first_referral_only: bool = True


class Outcome(Declared):
    """What is counted, and how long we look.

    ``horizon_days`` is None only where the delivery fixed the horizon itself.
    """

    name: str
    horizon_days: Annotated[int | None, Field(gt=0)] = None
    label: Wording
    rule: Wording
    more_is: Literal["more", "fewer"] = "more"


class Secondary(Outcome):
    """Another outcome, shown beside the primary one; from the exit it is only described."""

    counted_from: Literal["referral", "exit"] = "referral"


class Level(Wording):
    """One level of a category: the codes that it holds, and its name in both languages."""

    codes: tuple[str, ...]


class Covariate(Declared):
    """Something known at time zero that may differ between the arms and sway the outcome.

    ``core`` names the core confounder (G14) that the column answers for. ``effect`` is how far
    the outcome is thought to move, with its sign and in the unit of ``matters``, for each
    standard deviation of a number and where a flag holds; ``levels`` names
    the levels of a category as pages show them, and may join several codes into one, since a
    small study cannot carry a term for each; codes under no level count as not recorded.
    """

    name: str
    kind: Literal["number", "category", "flag"]
    label: Wording
    reason: str
    core: str | None = None
    powers: Annotated[int, Field(ge=1, le=3)] = 1
    effect: float | None = None
    levels: dict[str, Level] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_core(self) -> Self:
        if self.core is not None and self.core not in CORE_CONFOUNDERS:
            raise ValueError(f"core must be one of {', '.join(CORE_CONFOUNDERS)}")
        if self.effect is not None and self.kind == "category":
            raise ValueError("effect can be declared for a number or a flag, not for a category")
        return self


class NegativeControl(Declared):
    """Something that the choice of programme cannot have changed, to try the method on.

    An ``outcome`` that neither programme can touch, a ``pre_period`` outcome that lay before
    anybody was referred, or an ``exposure`` that cannot have changed the primary outcome. The
    ``reason`` says why the true difference is zero.
    """

    name: str
    kind: Literal["outcome", "pre_period", "exposure"]
    label: Wording
    reason: Annotated[str, Field(min_length=10)]


class DeliveryRule(Declared):
    """What one programme had to offer before its results say anything about its model.

    ``first_meeting_hours`` is None where the model promises no first meeting.
    """

    programme: str
    weeks: Annotated[int, Field(ge=1, le=260)] = 26
    dose_share: Annotated[float, Field(gt=0, le=1)] = 0.50
    first_meeting_hours: Annotated[float | None, Field(gt=0)] = None
    on_time_share: Annotated[float, Field(gt=0, le=1)] = 0.80


class OtherPopulation(Declared):
    """A narrower population about which the same question may be asked."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    label: Wording
    keep: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Choices(Declared):
    """What else a fair-minded analyst might have chosen, declared before outcomes are read.

    Estimators, and leaving out a covariate that is no core confounder, need no declaration.
    ``trims`` leave out those whose chance of either programme is below the given one;
    ``outcomes`` are other definitions or horizons, and ``populations`` narrower groups, that
    answer the same question.
    """

    trims: tuple[Annotated[float, Field(gt=0, le=0.2)], ...] = (0.05,)
    outcomes: tuple[Outcome, ...] = ()
    populations: tuple[OtherPopulation, ...] = ()


class DisruptionPlan(Declared):
    """How one registered disruption is treated in this comparison, and why."""

    id: str
    handling: DisruptionHandling
    reason: Annotated[str, Field(min_length=10)]

    @model_validator(mode="after")
    def _is_built(self) -> Self:
        if self.handling not in BUILT_HANDLINGS:
            raise ValueError(
                f"`{self.handling}` stands beside every handled disruption and cannot be the "
                f"plan's own; use {' or '.join(BUILT_HANDLINGS)}"
            )
        return self


class RawComparison(Declared):
    """The number in the debate: what it counted and when, so that the ladder can start there."""

    label: Wording
    entry: Window = Window()


class Exemption(Declared):
    """Declared method check on public data: site, law and confounder gates do not apply."""

    reason: Wording


class Thresholds(Declared):
    """Limits of the gates, as the method page prints them.

    ``term_effect`` and ``held_out_effect`` are how many points a share is thought to move for one
    standard deviation of a declared term, and of a square or product, where the plan declares no
    effect: the strongest known predictors of work move it about ten (log-odds of 0.8 to 1.0 for
    a condition that a quarter to half have). Off the shares, ten stands for the difference that
    matters. ``bias_share`` is the part of that difference from which bias is a reservation.
    """

    other_arm_share: Annotated[float, Field(ge=0.5, le=1)] = 0.90
    border_per_arm: Annotated[int, Field(ge=20)] = 30
    equipoise_share: Annotated[float, Field(ge=0.1, le=1)] = 0.20
    ess_share: Annotated[float, Field(ge=0.1, le=1)] = 0.40
    largest_weight: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    events_per_arm: Annotated[int, Field(ge=5)] = 20
    term_effect: Annotated[float, Field(ge=5, le=50)] = 10.0
    held_out_effect: Annotated[float, Field(ge=2, le=50)] = 5.0
    bias_share: Annotated[float, Field(gt=0, le=0.5)] = 0.25
    bias_power: Annotated[float, Field(ge=0.5, lt=1)] = 0.50
    negative_controls: Annotated[int, Field(ge=10)] = 10
    control_error: Annotated[float, Field(gt=0, le=0.5)] = 0.50
    disrupted_share_gap: Annotated[float, Field(gt=0, le=0.5)] = 0.10
    unknown_share: Annotated[float, Field(gt=0, le=0.5)] = 0.20
    unknown_gap: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    unknown_reach: Annotated[float, Field(gt=0, le=0.3)] = 0.10
    wait_gap_days: Annotated[int, Field(gt=0)] = 30
    set_aside_share: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    missing_share: Annotated[float, Field(gt=0, le=0.5)] = 0.20


class Protocol(Declared):
    """One comparison as declared, validated, and known by the hash of its file."""

    schema_: Annotated[Literal["utfall/protocol/1"], Field(alias="schema")] = SCHEMA
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,62}$")]
    question: Wording
    target: str
    comparator: str
    target_name: Wording
    comparator_name: Wording
    informs: Wording
    does_not_inform: Wording
    claims: tuple[str, ...] = ()
    time_zero: Literal["referral_date", "application_at", "not_recorded"] = "referral_date"
    arm_column: str = "programme"
    entry: Window = Window()
    population: Population
    eligibility: tuple[EligibilityRule, ...] = ()
    outcome: Outcome
    secondary_outcomes: tuple[Secondary, ...] = ()
    scale: Scale = "share"
    unit: str = ""
    estimand: Estimand
    estimator: Literal[
        "ipw", "aipw", "g_computation", "entropy_balancing", "coarsened_matching"
    ] = "aipw"
    covariates: tuple[Covariate, ...] = ()
    missing_confounders: dict[str, str] = Field(default_factory=dict)
    disruptions: tuple[DisruptionPlan, ...] = ()
    negative_controls: tuple[NegativeControl, ...] = ()
    delivery: tuple[DeliveryRule, ...] = ()
    choices: Choices = Choices()
    methods: tuple[MethodName, ...] = get_args(MethodName)
    matters: Annotated[float, Field(gt=0)] = 10.0
    conf_level: Annotated[float, Field(ge=0.8, lt=1)] = 0.95
    overdispersion_points: Annotated[float, Field(ge=0, le=20)] = 5.0
    raw: RawComparison | None = None
    method_check: Exemption | None = None
    benchmark: str | None = None
    thresholds: Thresholds = Thresholds()
    sha256: str = ""

    @model_validator(mode="before")
    @classmethod
    def _spell_out_rules(cls, declared: Any) -> Any:
        if isinstance(declared, dict) and "eligibility" in declared:
            return {**declared, "eligibility": spelled_out(declared["eligibility"])}
        return declared

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.target == self.comparator:
            raise ValueError("target and comparator are the same programme")
        names = [covariate.name for covariate in self.covariates]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"covariates named twice: {', '.join(twice)}")
        looked_at = [self.outcome.name, *(outcome.name for outcome in self.secondary_outcomes)]
        if len(looked_at) > len(set(looked_at)):
            raise ValueError("an outcome stands twice among the primary and secondary ones")
        if self.secondary_outcomes and self.scale != "share":
            raise ValueError("secondary outcomes are shares, and need `scale: share`")
        own = {self.outcome.name, *names}
        twice = sorted({c.name for c in self.negative_controls if c.name in own})
        if twice:
            raise ValueError(
                f"negative_controls: {', '.join(twice)} is the outcome or a covariate, and what is "
                "adjusted for cannot try the adjustment"
            )
        unknown = sorted(set(self.missing_confounders) - set(CORE_CONFOUNDERS))
        if unknown:
            raise ValueError(
                f"missing_confounders: {', '.join(unknown)} is no core confounder; "
                f"they are {', '.join(CORE_CONFOUNDERS)}"
            )
        both = sorted({c.core for c in self.covariates if c.core} & set(self.missing_confounders))
        if both:
            raise ValueError(f"{', '.join(both)} is both adjusted for and declared missing")
        return self

    @property
    def margin(self) -> float:
        """Return the difference that matters in the unit of the estimate.

        Shares are declared in percentage points and estimated in [-1, 1].
        """
        return self.matters / 100 if self.scale == "share" else self.matters

    @property
    def overdispersion(self) -> float | None:
        """Return the standard deviation between site-years, or None off the share scale."""
        return self.overdispersion_points / 100 if self.scale == "share" else None
