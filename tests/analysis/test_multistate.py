"""People move between states, and come back."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from utfall.analysis.multistate import (
    Stays,
    exits_as_stays,
    landmark_occupancy,
    occupancy,
    stays,
)
from utfall.analysis.results import NotEstimable

STATES = ("enrolled", "work", "moved")
#: Moves a month: into work, back, and away.
RATES = np.array([[-0.15, 0.12, 0.03], [0.06, -0.07, 0.01], [0.0, 0.0, 0.0]])


def world(rng: np.random.Generator, n: int, *, fast_share: float = 0.0) -> Stays:
    """Draw people from the rates; a share of them moves five times as fast, always."""
    rows = []
    for person in range(n):
        speed = 5.0 if rng.random() < fast_share else 1.0
        seen_until = rng.uniform(8, 30)
        now, state = 0.0, 0
        while now < seen_until:
            rate = -RATES[state, state] * speed
            until = now + rng.exponential(1 / rate) if rate > 0 else np.inf
            if until >= seen_until:
                rows.append((person, state, now, seen_until, None))
                break
            chance = np.delete(RATES[state], state) / -RATES[state, state]
            following = rng.choice(np.delete(np.arange(3), state), p=chance)
            rows.append((person, state, now, until, STATES[following]))
            now, state = until, int(following)
    person, state, start, stop, following = zip(*rows, strict=True)
    found = stays(
        np.array(person), [STATES[s] for s in state], np.array(start), np.array(stop),
        list(following), STATES,
    )  # fmt: skip
    assert isinstance(found, Stays)
    return found


def test_occupancy_and_time_in_states_are_found_with_their_errors():
    rng = np.random.default_rng(1)
    truth = scipy.linalg.expm(12 * RATES)[0]
    months = np.linspace(0, 12, 2001)
    stay = np.trapezoid(
        [scipy.linalg.expm(t * RATES)[0] for t in months[::20]], months[::20], axis=0
    )
    found = [occupancy(world(rng, 80), 12) for _ in range(120)]
    share = np.array([one.share[-1] for one in found])
    error = np.array([one.std_error[-1] for one in found])
    times = np.array([one.stay for one in found])
    assert share.mean(axis=0) == pytest.approx(truth, abs=0.02)
    assert times.mean(axis=0) == pytest.approx(stay, abs=0.25)
    assert np.sqrt((error**2).mean(axis=0)) == pytest.approx(share.std(axis=0), rel=0.25)
    stay_error = np.array([one.stay_error for one in found])
    assert np.sqrt((stay_error**2).mean(axis=0)) == pytest.approx(times.std(axis=0), rel=0.25)
    held = np.mean([(o.conf_low[-1] <= truth) & (truth <= o.conf_high[-1]) for o in found], axis=0)
    assert (held > 0.88).all()


def test_shares_add_to_everyone_and_stays_to_the_horizon():
    found = occupancy(world(np.random.default_rng(2), 60), 20)
    assert found.share.sum(axis=1) == pytest.approx(np.ones(21))
    assert found.stay.sum() == pytest.approx(20)
    assert (found.conf_low <= found.share + 1e-12).all()
    assert (found.share <= found.conf_high + 1e-12).all()


def test_from_a_landmark_only_the_landmark_version_is_right():
    """Enrolled at month 6: mostly the slow, whom the common rates of all would hurry on."""
    rng = np.random.default_rng(6)
    rows = world(rng, 2500, fast_share=0.5)
    found = landmark_occupancy(rows, 6.0, "enrolled", 12.0)
    chance_then = [scipy.linalg.expm(6 * speed * RATES)[0, 0] for speed in (1, 5)]
    later = [scipy.linalg.expm(6 * speed * RATES)[0, 0] for speed in (1, 5)]
    truth = np.dot(chance_then, later) / np.sum(chance_then)
    assert found.share[-1, 0] == pytest.approx(truth, abs=4 * found.std_error[-1, 0])
    common = occupancy(rows, 12.0, origin=6.0, start_in="enrolled")
    assert abs(common.share[-1, 0] - truth) > 4 * common.std_error[-1, 0]


def test_late_entry_and_visits_before_the_origin_do_not_count_twice():
    rows = stays(
        np.array([1, 1, 2]), ["enrolled", "work", "enrolled"], np.array([0, 4, 5]),
        np.array([4, 9, 9]), ["work", None, "moved"], STATES,
    )  # fmt: skip
    found = occupancy(rows, 9)
    assert found.share[4].tolist() == [0, 1, 0]  # one person followed then, who left
    assert found.n_followed[6].tolist() == [1, 1, 0]


def test_beyond_the_last_look_nothing_is_said():
    rows = exits_as_stays(np.array([2, 3]), ["work", None], ["work"])
    found = occupancy(rows, 5, origin=-0.5)
    assert np.isnan(found.share[4:]).all()
    assert np.isnan(found.conf_low[4:]).all()
    assert np.isnan(found.stay).all()
    settled = occupancy(
        exits_as_stays(np.array([2, 3]), ["work", "work"], ["work"]), 5, origin=-0.5
    )
    assert settled.share[-1].tolist() == [0, 1]
    assert settled.stay.tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": [0.0, np.nan]}, "not_finite"),
        ({"start": [0.0, 2.0]}, "no_follow_up"),
        ({"weight": [-1.0, 1.0]}, "bad_weights"),
        ({"weight": [0.0, 0.0]}, "bad_weights"),
        ({"person": [1, 1]}, "overlapping_stays"),
    ],
)
def test_impossible_stays_are_refused(change, reason):
    given = {
        "person": [1, 2], "state": ["work", "work"], "start": [0.0, 0.0], "stop": [2.0, 2.0],
        "next_state": [None, "moved"], "states": STATES, "weight": [1.0, 1.0],
    } | change  # fmt: skip
    given = {k: np.array(v) if k in ("person", "start", "stop", "weight") else v
             for k, v in given.items()}  # fmt: skip
    assert stays(**given) == NotEstimable(reason)


def test_what_cannot_be_answered_is_refused():
    rows = exits_as_stays(np.array([2, 3]), ["work", None], ["work"])
    assert stays(np.array([]), [], np.array([]), np.array([]), [], STATES).code == "no_rows"
    assert occupancy(rows, 5, origin=7).code == "bad_horizon"
    assert occupancy(rows, 5, origin=4).code == "nobody_at_origin"
    assert landmark_occupancy(rows, 1, "work", 5).code == "nobody_at_origin"
    with pytest.raises(ValueError, match="every state"):
        stays(np.array([1]), ["moon"], np.array([0]), np.array([1]), [None], STATES)
    with pytest.raises(ValueError, match="one value per stay"):
        stays(np.array([1, 2]), ["work"], np.array([0]), np.array([1]), [None], STATES)
