"""Up to which context a model fits."""

from __future__ import annotations

from ollama_tui.core.memory.contexts import contexts, max_context
from ollama_tui.core.memory.estimate import RunnerOptions, estimate
from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.memory.verdict import Verdict, verdict_on

GIB = 2**30
SHAPE = Shape(
    layers=(Layer(1024, 1024),) * 32, weights=5 * GIB, vocabulary=128256, width=4096,
    trained=131072,
)  # fmt: skip


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
