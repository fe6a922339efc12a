"""Whether a model fits, and up to which context."""

from __future__ import annotations

import pytest

from ollama_tui.core.memory.estimate import RunnerOptions, estimate
from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.memory.verdict import Verdict, contexts, max_context, verdict_on

GIB = 2**30
SHAPE = Shape(
    layers=(Layer(1024, 1024),) * 32, weights=5 * GIB, vocabulary=128256, width=4096,
    trained=131072,
)  # fmt: skip


@pytest.mark.parametrize(
    ("total", "free", "verdict"),
    [
        (10 * GIB, 11 * GIB, Verdict.FITS),
        (10 * GIB, 11 * GIB - 1, Verdict.TIGHT),
        (10 * GIB, 10 * GIB, Verdict.TIGHT),
        (10 * GIB, 10 * GIB - 1, Verdict.SPILLS),
        (40 * GIB, 42 * GIB, Verdict.FITS),
        (40 * GIB, 42 * GIB - 1, Verdict.TIGHT),
    ],
)
def test_a_gib_or_five_percent_stay_free(total: int, free: int, verdict: Verdict) -> None:
    assert verdict_on(total, free) is verdict


@pytest.mark.parametrize(("total", "free"), [(None, GIB), (GIB, None)])
def test_what_is_not_known_gives_no_verdict(total: int | None, free: int | None) -> None:
    assert verdict_on(total, free) is None


def test_the_largest_context_fits_and_the_next_one_does_not() -> None:
    free = 12 * GIB

    found = max_context(SHAPE, RunnerOptions(), free)

    assert found is not None
    steps = contexts(SHAPE, RunnerOptions())
    above = steps[steps.index(found) + 1]
    sizes = [estimate(SHAPE, RunnerOptions(tokens)).total for tokens in (found, above)]
    assert verdict_on(sizes[0], free) is Verdict.FITS
    assert verdict_on(sizes[1], free) is not Verdict.FITS


def test_the_trained_context_is_the_last_step() -> None:
    shape = Shape(trained=40960)

    assert contexts(shape, RunnerOptions())[-2:] == (32768, 40960)


def test_no_context_fits_where_the_weights_alone_do_not() -> None:
    assert max_context(SHAPE, RunnerOptions(), 4 * GIB) is None


def test_without_knowing_what_is_free_there_is_no_largest_context() -> None:
    assert max_context(SHAPE, RunnerOptions(), None) is None
