"""Whether a model fits, with all that is known of how it would be loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.memory import fit as fits
from ollama_tui.core.memory.estimate import KvType, RunnerOptions, estimate
from ollama_tui.core.memory.fit import Asked, Fit, Room, fit_of
from ollama_tui.core.memory.learned import Taken
from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import Model, RunningModel

GIB, MIB = 2**30, 2**20
MODEL = Model("qwen3:8b", digest="a1")
SHAPE = Shape(
    layers=(Layer(1024, 1024),) * 36, weights=5 * GIB, vocabulary=151936, width=4096, heads=32,
    trained=40960,
)  # fmt: skip
PLAIN = Asked()


def _fit(asked: Asked = PLAIN, room: Room | None = None, taken: Taken | None = None) -> Fit:
    return fit_of(MODEL, SHAPE, asked, room or Room(24 * GIB), taken)


def test_a_small_model_fits_a_large_card() -> None:
    fit = _fit()

    assert (fit.verdict, fit.max_context, fit.evicts) == (Verdict.FITS, 40960, ())


def test_without_a_context_the_servers_usual_one_is_taken_and_that_is_said() -> None:
    fit = _fit()

    assert (fit.options.context, fits.NO_CONTEXT.format(4096) in fit.notes) == (4096, True)


def test_the_models_own_context_counts_where_none_is_asked_for() -> None:
    own = fit_of(MODEL, replace(SHAPE, num_ctx=16384), PLAIN, Room(24 * GIB), None)

    assert (own.options.context, own.notes) == (16384, ())


def test_a_context_beyond_the_trained_one_is_cut_and_that_is_said() -> None:
    fit = _fit(Asked(context=10**6))

    assert (fit.options.context, fit.notes) == (40960, (fits.CUT,))


def test_without_knowing_what_is_free_there_is_no_verdict_and_that_is_said() -> None:
    fit = _fit(Asked(context=4096), Room())

    assert (fit.verdict, fit.max_context, fit.notes) == (None, None, (fits.NO_VRAM,))
    assert fit.total


def test_what_is_asked_for_is_what_is_estimated() -> None:
    asked = Asked(8192, KvType.Q8_0, 4)

    assert _fit(asked).total == estimate(SHAPE, RunnerOptions(8192, KvType.Q8_0, 4)).total


def test_what_was_measured_replaces_the_estimate_and_tells_how_far_that_was_off() -> None:
    engine = estimate(SHAPE, RunnerOptions()).engine
    assert engine is not None
    fit = _fit(taken=Taken(engine * 4 // 5, 1))

    assert fit.source == "measured"
    assert fit.total == engine * 4 // 5 + 457 * MIB
    assert fit.error == pytest.approx(0.25, abs=0.001)


def test_on_the_cpu_what_was_measured_is_all() -> None:
    expected = estimate(SHAPE, RunnerOptions(gpus=0)).engine
    assert expected is not None

    fit = _fit(room=Room(), taken=Taken(expected, 0))

    assert (fit.total, fit.error, fit.estimate.overhead) == (expected, 0, 0)


def test_a_model_that_took_more_than_estimated_has_less_context_to_fit() -> None:
    room = Room(9 * GIB)
    engine = estimate(SHAPE, RunnerOptions()).engine
    assert engine is not None

    before, after = _fit(room=room), _fit(room=room, taken=Taken(engine + GIB, 1))

    assert before.max_context is not None
    assert after.max_context is not None
    assert after.max_context < before.max_context


def test_a_load_with_another_context_puts_the_estimate_right_and_that_is_said() -> None:
    engine = estimate(SHAPE, RunnerOptions(32768)).engine
    assert engine is not None
    seen = Taken(engine - GIB, 1, context=32768)

    fits_by_context = [_fit(Asked(step), taken=seen) for step in (4096, 16384, 32768)]

    assert [fit.source for fit in fits_by_context] == ["estimate", "estimate", "measured"]
    off = [(fit.total or 0) - (fit.estimate.total or 0) for fit in fits_by_context]
    assert off == [-GIB] * 3
    assert "another context took 1.0 GiB less than estimated: so is this one taken to" in (
        fits_by_context[0].notes
    )


def test_what_was_spread_over_two_gpus_is_compared_with_an_estimate_for_two() -> None:
    room = Room(30 * GIB, gpus=2, largest=8 * GIB)
    two = estimate(SHAPE, RunnerOptions(32768, gpus=2))
    assert two.engine is not None

    fit = _fit(Asked(32768), room, Taken(two.engine, 1))

    assert (fit.error, fit.total) == (0, two.total)


def test_a_model_that_is_wholly_on_the_gpu_fits_with_its_own_context() -> None:
    loaded = RunningModel(MODEL.name, MODEL.digest, 9 * GIB, 9 * GIB, 32768)
    room = Room(0, running=(loaded,))

    own, larger = _fit(Asked(32768), room), _fit(Asked(40960), room)

    assert (own.verdict, own.max_context) == (Verdict.FITS, 32768)
    assert larger.verdict is not Verdict.FITS


def test_a_note_names_the_context_that_is_taken_where_the_model_has_less_than_usual() -> None:
    short = fit_of(MODEL, replace(SHAPE, trained=2048), PLAIN, Room(24 * GIB), None)

    assert (short.options.context, short.notes) == (2048, (fits.NO_CONTEXT.format(2048),))


def test_those_that_have_to_go_are_named_until_there_is_room() -> None:
    running = (
        RunningModel("large", "b", 8 * GIB, 8 * GIB, expires_at=200),
        RunningModel("small", "c", 2 * GIB, 2 * GIB, expires_at=100),
        RunningModel("slow", "d", 2 * GIB, 0, expires_at=50),
    )

    fit = _fit(room=Room(6 * GIB, running=running))

    assert (fit.verdict, fit.evicts) == (Verdict.SPILLS, ("small",))


def test_of_a_model_that_is_not_here_the_weights_are_the_least_that_it_takes() -> None:
    running = (RunningModel("large", "b", 8 * GIB, 8 * GIB),)

    fit = fits.least_fit("new:8b", 6 * GIB, Room(2 * GIB, running=running))

    assert (fit.total, fit.evicts, fit.freed) == (6 * GIB, ("large",), 8 * GIB)
    assert fit.notes == (fits.WEIGHTS_ALONE,)


def test_a_server_that_holds_as_many_as_it_may_lets_go_of_one() -> None:
    running = (RunningModel("slow", "d", 2 * GIB, 0, expires_at=50),)

    assert _fit(room=Room(24 * GIB, running=running, limit=1)).evicts == ("slow",)


def test_a_model_that_is_loaded_has_its_own_memory_to_go_into() -> None:
    running = (RunningModel("qwen3:8b", "a1", 6 * GIB, 6 * GIB),)

    fit = _fit(room=Room(2 * GIB, running=running))

    assert (fit.free, fit.verdict, fit.evicts) == (8 * GIB, Verdict.FITS, ())


def test_over_several_gpus_it_is_spread_only_where_it_does_not_fit_on_one() -> None:
    on_one = _fit(room=Room(32 * GIB, gpus=2, largest=16 * GIB))
    spread = _fit(room=Room(12 * GIB, gpus=2, largest=6 * GIB))

    assert (on_one.options.gpus, spread.options.gpus) == (1, 2)
    assert spread.estimate.overhead == 2 * on_one.estimate.overhead


def test_the_servers_own_context_counts_where_it_is_known() -> None:
    fit = _fit(room=Room(24 * GIB, context=32768))

    assert (fit.options.context, fit.notes) == (32768, ())


def test_a_cloud_model_takes_nothing_here() -> None:
    fit = fits.cloud_fit("big:cloud", 24 * GIB)

    assert (fit.total, fit.verdict, fit.notes) == (0, None, (fits.CLOUD,))
