"""R10: is every degenerate data set answered with a finite, flagged number or a typed refusal?"""

from __future__ import annotations

import pytest

from tests.analysis.test_degenerate import (
    CASES,
    ESTIMATORS,
)
from tests.analysis.test_degenerate import (
    test_no_answer_is_told_as_no_answer as told_as_it_is,
)

pytestmark = pytest.mark.trust

ESTIMANDS = ("ate", "att", "atc", "ato")


def test_every_estimator_on_every_degenerate_data_set(ledger):
    for case in CASES:
        for estimator in ESTIMATORS:
            with ledger.attack("R10", "degenerate data sets × estimators"):
                for estimand in ESTIMANDS:
                    told_as_it_is(case, estimator, estimand)
