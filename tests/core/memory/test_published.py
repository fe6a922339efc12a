"""What people published of real models; the independent rows within half a percent."""

from __future__ import annotations

import pytest

from ollama_tui.core.memory.estimate import (
    KvType,
    RunnerOptions,
    compute_bytes,
    estimate,
    kv_bytes,
    recurrent_bytes,
)
from ollama_tui.core.memory.shape import Shape, shape_of
from tests.core.memory.shapes import plain, tensor

MIB, GIB = 2**20, 2**30
F16, Q8, Q4 = KvType.F16, KvType.Q8_0, KvType.Q4_0


def _kv(shape: Shape, context: int, kv: KvType = F16, batch: int | None = None) -> float:
    return kv_bytes(shape, RunnerOptions(context, kv, batch=batch)) / MIB


def _shape(
    layers: int, kv_heads: int, head: int, *, architecture: str = "llama", **more: object
) -> Shape:
    return shape_of(plain(layers, kv_heads, head, architecture=architecture, **more))


def _gemma3(layers: int, kv_heads: int, head: int) -> Shape:
    window = {"attention__sliding_window": 1024}
    return shape_of(plain(layers, kv_heads, head, architecture="gemma3", **window))


def _qwen35_9b() -> Shape:
    return _shape(
        32, 4, 256, architecture="qwen35", full_attention_interval=4, ssm__conv_kernel=4,
        ssm__inner_size=4096, ssm__state_size=128, ssm__group_count=16,
        embedding_length=4096, vocab_size=248320,
    )  # fmt: skip


def test_llama_cpp_11200_qwen25_coder_32b_at_32768_q8_0() -> None:
    assert _kv(_shape(64, 8, 128), 32768, Q8) == pytest.approx(4352.00, rel=0.005)


def test_ollama_10615_mistral_small31_24b_at_131072() -> None:
    assert _kv(_shape(40, 8, 128), 131072) == pytest.approx(20.0 * 1024, rel=0.005)


def test_ollama_5913_llama3_70b_at_2048() -> None:
    assert _kv(_shape(80, 8, 128), 2048) == pytest.approx(640.0, rel=0.005)


def test_ollama_10823_gemma3_27b_at_4096_with_a_batch_of_512() -> None:
    assert _kv(_gemma3(62, 16, 128), 4096, batch=512) == pytest.approx(944.0, rel=0.005)


@pytest.mark.parametrize(
    ("less", "more", "published"),
    [(4096, 8192, 128), (8192, 16384, 256), (16384, 32768, 512), (32768, 65536, 1024),
     (65536, 131072, 2048)],
)  # fmt: skip
def test_taos_144_the_slope_of_qwen35_9b(less: int, more: int, published: float) -> None:
    shape = _qwen35_9b()

    assert _kv(shape, more) - _kv(shape, less) == pytest.approx(published, rel=0.005)


@pytest.mark.parametrize(
    ("kv", "share"), [(Q8, 552.50 / 1040), (Q4, 292.50 / 1040), (Q8, 191.25 / 360)]
)
def test_llama_cpp_21551_the_ratios_of_quantised_caches(kv: KvType, share: float) -> None:
    shape = _shape(40, 8, 128)

    assert _kv(shape, 6656, kv) / _kv(shape, 6656) == pytest.approx(share, rel=0.005)


@pytest.mark.parametrize(
    ("shape", "context", "kv", "published"),
    [
        pytest.param(_shape(40, 8, 128), 6656, F16, 1040.00, id="llama.cpp#21551 24B f16"),
        pytest.param(_shape(40, 8, 128), 6656, Q8, 552.50, id="llama.cpp#21551 24B q8_0"),
        pytest.param(_shape(40, 8, 128), 6656, Q4, 292.50, id="llama.cpp#21551 24B q4_0"),
        pytest.param(_shape(36, 8, 128), 2560, F16, 360.00, id="llama.cpp#21551 8B f16"),
        pytest.param(_shape(36, 8, 128), 2560, Q8, 191.25, id="llama.cpp#21551 8B q8_0"),
        pytest.param(_shape(36, 8, 128), 2560, Q4, 101.25, id="llama.cpp#21551 8B q4_0"),
        pytest.param(_shape(80, 8, 128), 64000, F16, 19.53 * 1024, id="ollama#9181 80 layers"),
        pytest.param(_gemma3(34, 4, 256), 4096, F16, 254.0, id="ollama#10765 gemma3:4b"),
        pytest.param(
            _shape(64, 4, 256, architecture="qwen35", full_attention_interval=4),
            262144, F16, 16384.0, id="llama.cpp#25465 Qwen3.6-27B, attention",
        ),
    ],
)  # fmt: skip
def test_values_that_are_consistent_stay_so(
    shape: Shape, context: int, kv: KvType, published: float
) -> None:
    assert _kv(shape, context, kv) == pytest.approx(published, rel=0.002)


@pytest.mark.parametrize(
    ("context", "published"),
    [(4096, 178), (8192, 306), (16384, 562), (32768, 1074), (65536, 2098), (131072, 4146)],
)
def test_taos_144_qwen35_9b_with_its_recurrent_layers(context: int, published: float) -> None:
    shape, options = _qwen35_9b(), RunnerOptions(context)

    kept = kv_bytes(shape, options) + recurrent_bytes(shape, options)
    assert kept / MIB == pytest.approx(published, abs=0.3)


def test_the_compute_buffer_of_llama3_8b_in_public_logs() -> None:
    shape = _shape(32, 8, 128, embedding_length=4096)

    assert compute_bytes(shape, RunnerOptions(4096)) / MIB == pytest.approx(258.50, rel=0.001)


def _weighing(shape: Shape, weights: float) -> Shape:
    return Shape(
        layers=shape.layers, weights=int(weights), vocabulary=shape.vocabulary, width=shape.width,
        heads=shape.heads, window=shape.window, trained=shape.trained,
    )  # fmt: skip


def _total(shape: Shape, options: RunnerOptions) -> float:
    total = estimate(shape, options).total
    assert total is not None
    return total


def _is_near(total: float, published: float) -> bool:
    return abs(total - published) <= max(0.1 * published, 0.7 * GIB)


def test_taos_144_the_total_of_qwen35_9b_at_131072_on_the_cpu() -> None:
    shape = _weighing(_qwen35_9b(), 5406 * MIB)

    assert _is_near(_total(shape, RunnerOptions(131072, gpus=0, batch=512)), 10054 * MIB)


def test_ollama_10740_the_total_of_qwen3_32b_on_three_gpus() -> None:
    shape = _weighing(
        _shape(64, 8, 128, embedding_length=5120, vocab_size=151936), 32.76e9 * 6.5625 / 8
    )

    assert _is_near(_total(shape, RunnerOptions(32768, gpus=3, batch=512)), 36 * GIB)


@pytest.mark.parametrize(("context", "published"), [(2048, 3.1e9), (65536, 13e9)])
def test_ollama_8029_the_total_of_llama32_3b_without_flash_attention(
    context: int, published: float
) -> None:
    shape = _weighing(_shape(28, 8, 128, embedding_length=3072, attention__head_count=24), 2.02e9)
    options = RunnerOptions(context, batch=512, has_flash_attention=False)

    assert _is_near(_total(shape, options), published)


@pytest.mark.parametrize(
    ("layers", "width", "vocabulary", "weights", "published"),
    [(32, 4096, 128256, 4.92e9, 6), (48, 5120, 152064, 8.99e9, 11), (64, 5120, 152064, 19.9e9, 22),
     (80, 8192, 128256, 42.5e9, 42)],
)  # fmt: skip
def test_computingforgeeks_coarse_totals_at_4096(
    layers: int, width: int, vocabulary: int, weights: float, published: float
) -> None:
    shape = _shape(layers, 8, 128, embedding_length=width, vocab_size=vocabulary)

    assert _is_near(_total(_weighing(shape, weights), RunnerOptions(4096)), published * 1e9)


def test_weights_are_what_ggml_makes_of_each_type() -> None:
    of = {"Q4_K": 144, "Q6_K": 210, "Q8_0": 272, "F16": 512, "MXFP4": 136}
    for kind, size in of.items():
        shown = plain(1, 1, 64) | {"tensors": [tensor("blk.0.ffn_up", 256, 4, kind=kind)]}
        assert shape_of(shown).weights == 4 * size
