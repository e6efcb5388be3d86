"""What would be published, scored against what is true: the reference study's own worlds."""

from __future__ import annotations

import statistics

import pytest

from .conftest import Run

ANGERED = "angered_kompetenscenter"


def angered(run: Run, seeds: range) -> tuple[float, float, int]:
    """Return coverage of the second interval, its median half-width, and the refusals."""
    covered, half_widths, refused = 0, [], 0
    for seed in seeds:
        world, found = run("goteborg", ANGERED, seed)
        truth = world.truth.effect_of(ANGERED).effect
        if found.second_low is None or found.second_high is None:
            refused += 1
            continue
        assert "programme_at_this_site" in found.labels
        assert found.fairness != "comparable"
        covered += found.second_low <= truth <= found.second_high
        half_widths.append((found.second_high - found.second_low) / 2)
    answered = len(seeds) - refused
    return covered / max(answered, 1), statistics.median(half_widths), refused


def test_the_angered_answer_holds_the_truth_in_a_few_worlds(run: Run) -> None:
    coverage, half_width, refused = angered(run, range(6))
    assert refused == 0
    assert coverage >= 5 / 6
    assert half_width <= 0.10


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_angered_answer_holds_the_truth_in_93_of_100_worlds(run: Run) -> None:
    """Site-years vary by 3 points in these worlds; the second interval declares 5."""
    coverage, half_width, refused = angered(run, range(300))
    print(f"coverage {coverage:.3f}, median half-width {half_width:.3f}, refused {refused}")
    assert refused <= 3
    assert coverage >= 0.93
    assert half_width <= 0.10


def test_everyone_in_ama_and_vac_is_refused_by_the_law_in_every_world(run: Run) -> None:
    for seed in range(6):
        world, found = run("vallentuna", "ama_vac_all", seed, fire=True)
        gate = next(gate for gate in found.gates if gate.id == "G2")
        assert not world.truth.effect_of("ama_vac_all").identified
        assert (found.headline, gate.status) == ("not_comparable", "FAIL")
        assert found.estimate is None


@pytest.mark.parametrize(
    ("mechanism", "named"),
    [("intake_halved", "intake"), ("service_halved", "service"), ("both", "both")],
)
def test_what_was_halved_is_named_from_intake_and_dose(
    run: Run, mechanism: str, named: str
) -> None:
    said = []
    for seed in range(2):
        _, found = run("vallentuna", "ama_vac_all", seed, fire=True, fire_mechanism=mechanism)
        (story,) = found.disruption_stories
        said.append(story.mechanism.named)  # type: ignore[union-attr]
        assert story.spill_over is not None
        assert not story.spill_over.is_warned
    # A few dozen people may leave half of it open; another mechanism may never be named.
    part = {"intake": "intake_at_least", "service": "service_at_least"}
    open_ones = {part[named]} if named in part else set(part.values())
    assert set(said) <= {named, "unclear"} | open_ones
    assert set(said) != {"unclear"}


def test_the_border_group_never_gets_a_claim_that_it_cannot_carry(run: Run) -> None:
    """True effect 0 and some forty people an arm: no difference may be called clear."""
    said = [run("vallentuna", "ama_vac_border", seed, fire=True)[1] for seed in range(8)]
    assert all(found.headline != "better_clear" for found in said)
    answered = [found for found in said if found.estimate is not None]
    assert len(answered) >= 4
    assert all("overlap_only" in found.labels for found in said)
    covered = sum(
        found.second_low <= 0 <= found.second_high
        for found in answered
        if found.second_low is not None and found.second_high is not None
    )
    assert covered >= len(answered) - 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_border_answer_holds_the_truth_or_is_withheld(run: Run) -> None:
    said = [run("vallentuna", "ama_vac_border", seed, fire=True)[1] for seed in range(200)]
    answered = [found for found in said if found.estimate is not None]
    covered = sum(found.estimate.conf_low <= 0 <= found.estimate.conf_high for found in answered)  # type: ignore[union-attr]
    print(f"answered {len(answered)} of 200, conditional coverage {covered / len(answered):.3f}")
    assert covered / len(answered) >= 0.90
