"""The terms of the estimate, and how they go together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.memory.estimate import (
    KvType,
    RunnerOptions,
    compute_bytes,
    estimate,
    kv_bytes,
    mask_bytes,
    overhead_bytes,
    server_context,
)
from ollama_tui.core.memory.shape import Layer, Shape

MIB = 2**20
SHAPE = Shape(
    layers=(Layer(1024, 1024), Layer(1024, 1024, slides=True), Layer(state=1000)),
    weights=5_000_000_000, host_weights=300_000_000, vocabulary=100_000, width=4096, heads=32,
    window=1024, trained=131072,
)  # fmt: skip

OPTIONS = st.builds(
    RunnerOptions,
    context=st.integers(1, 200_000),
    kv=st.sampled_from(KvType),
    parallel=st.integers(1, 8),
    gpus=st.integers(0, 8),
    has_flash_attention=st.booleans(),
)


def _total(options: RunnerOptions) -> int:
    total = estimate(SHAPE, options).total
    assert total is not None
    return total


@given(OPTIONS, st.integers(0, 100_000))
def test_more_context_never_takes_less(options: RunnerOptions, more: int) -> None:
    larger = replace(options, context=options.context + more)

    assert _total(larger) >= _total(options)


@given(OPTIONS)
def test_another_slot_never_takes_less(options: RunnerOptions) -> None:
    assert _total(replace(options, parallel=options.parallel + 1)) >= _total(options)


@given(OPTIONS)
def test_a_coarser_cache_never_takes_more(options: RunnerOptions) -> None:
    f16, q8, q4 = (kv_bytes(SHAPE, replace(options, kv=kv)) for kv in KvType)

    assert f16 >= q8 >= q4


@given(OPTIONS)
def test_the_total_is_the_sum_of_its_terms(options: RunnerOptions) -> None:
    told = estimate(SHAPE, options)

    assert told.weights is not None
    assert told.total == (told.weights + told.kv + told.recurrent + told.compute + told.overhead)


def test_no_server_goes_beyond_the_trained_context() -> None:
    assert _total(RunnerOptions(10**9)) == _total(RunnerOptions(131072))


def test_q8_0_takes_34_bytes_for_32_numbers() -> None:
    # 64 layers at 131072: 17 GiB where one byte a number would be 16.
    shape = replace(SHAPE, layers=(Layer(1024, 1024),) * 64)

    assert kv_bytes(shape, RunnerOptions(131072, KvType.Q8_0)) == 17 * 2**30


def test_values_are_not_quantised_without_flash_attention() -> None:
    shape = replace(SHAPE, layers=(Layer(1024, 1024),))
    plain = RunnerOptions(4096)
    with_it, without = (
        kv_bytes(shape, replace(plain, kv=KvType.Q8_0, has_flash_attention=has))
        for has in (True, False)
    )

    assert with_it == kv_bytes(shape, plain) * 34 // 64
    assert without == (kv_bytes(shape, plain) + with_it) // 2


def test_attention_needs_much_more_room_without_flash_attention() -> None:
    options = RunnerOptions(65536, batch=512)

    slow = compute_bytes(SHAPE, replace(options, has_flash_attention=False))

    assert slow == 4 * 512 * (1 + 4 * 4096 + 65536 * 33)
    assert slow > 10 * compute_bytes(SHAPE, options)


def test_more_context_means_a_larger_batch_and_with_it_more_room() -> None:
    rooms = [compute_bytes(SHAPE, RunnerOptions(tokens)) for tokens in (4096, 32768, 65536)]

    assert rooms == [rooms[0], 2 * rooms[0], 4 * rooms[0]]


def test_a_batch_of_the_models_own_beats_the_rule() -> None:
    shape = replace(SHAPE, num_batch=256)

    assert compute_bytes(shape, RunnerOptions(65536)) == 4 * 256 * (100_000 + 4096)


def test_each_gpu_has_room_to_compute_and_a_driver_of_its_own() -> None:
    one, two = (estimate(SHAPE, RunnerOptions(gpus=gpus)) for gpus in (1, 2))

    assert (two.compute, two.overhead) == (2 * one.compute, 2 * 457 * MIB)


def test_the_mask_is_in_main_memory_where_the_layers_are_on_a_gpu() -> None:
    on_cpu, on_gpu = (compute_bytes(SHAPE, RunnerOptions(gpus=gpus)) for gpus in (0, 1))

    assert on_cpu - on_gpu == mask_bytes(SHAPE, RunnerOptions())


def test_on_the_cpu_all_weights_count_and_no_driver_does() -> None:
    told = estimate(SHAPE, RunnerOptions(gpus=0))

    assert (told.weights, told.overhead) == (5_300_000_000, 0)


def test_the_projector_is_beside_the_engines_own() -> None:
    shape = replace(SHAPE, projector=800 * MIB)

    assert overhead_bytes(shape, RunnerOptions()) == (800 + 457) * MIB


def test_unknown_weights_make_an_unknown_total() -> None:
    told = estimate(replace(SHAPE, weights=None), RunnerOptions())

    assert (told.engine, told.total, told.kv > 0) == (None, None, True)


@pytest.mark.parametrize(
    ("gib", "context"), [(8, 4096), (22.9, 4096), (23, 32768), (46.9, 32768), (47, 262144)]
)
def test_a_server_gives_a_context_by_its_video_memory(gib: float, context: int) -> None:
    assert server_context(int(gib * 2**30)) == context
