"""The model of time and memory: constants found again, what it was not fitted to said so."""

from __future__ import annotations

import pytest
import scale_model
from scale_model import Power, model_of, page, span

FAR = {"rows": 1_000, "distributed": {"bytes": {"between_workers": 5_000_000}}}


def runs(rows):
    return [
        {"rows": n, "what": "auto", "seconds": 2 + 1e-4 * n + 1e-8 * n**1.5, "peak": 1e9 + 3_000 * n}
        for n in rows
    ]


def test_the_constants_of_what_follows_the_model_are_found_again():
    exact = [{"rows": 100_000, "what": "exact", "seconds": 2 + 10 + 3e-9 * 1e10}]
    model = model_of(runs([10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000]), exact, FAR)
    assert model.seconds.constants == pytest.approx((2, 1e-4, 1e-8), rel=1e-6)
    assert model.bytes.constants == pytest.approx((1e9, 3_000), rel=1e-6)
    assert model.pairs == pytest.approx(3e-9)
    assert model.between == 5_000
    assert model.exact(1e6) == pytest.approx(2 + 100 + 3_000)


def test_too_few_runs_are_told():
    with pytest.raises(SystemExit, match="too few runs"):
        model_of(runs([100_000]), [], FAR)


def test_constants_are_never_less_than_nothing():
    found = Power.fitted((0, 1), [1, 2, 3], [1, 4, 9])
    assert min(found.constants) >= 0


def test_the_page_says_which_runs_it_was_not_fitted_to():
    every = runs([30_000, 100_000, 1_000_000, 2_000_000])
    text = page(model_of(every, [every[1] | {"seconds": 50}], FAR), every)
    lines = [line for line in text.splitlines() if line.startswith(("| 1,000,000", "| 2,000,000"))]
    assert [line.split("|")[-2].strip() for line in lines] == ["fitted", "not fitted"]
    assert all("+0%" in line for line in lines)
    assert "7.7 million images" in text
    assert len([line for line in text.splitlines() if line.startswith("| 10^")]) == len(scale_model.SIZES)


@pytest.mark.parametrize(
    ("seconds", "told"), [(59, "59.0 s"), (600, "10.0 minutes"), (86400 * 3, "3.0 days"), (1e9, "31.7 years")]
)
def test_spans(seconds, told):
    assert span(seconds) == told
