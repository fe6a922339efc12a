"""What can be read of a model, and every trap on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui.core.memory import shape as shapes
from ollama_tui.core.memory.estimate import RunnerOptions, kv_bytes, recurrent_bytes
from ollama_tui.core.memory.shape import shape_of
from tests.core.memory.shapes import Object, plain, shown, tensor

RECORDINGS = Path(__file__).parents[2] / "recordings"


def _attention(at: int, heads: int, kv_heads: int, head: int, width: int = 64) -> list[Object]:
    return [
        tensor(f"blk.{at}.attn_q", width, heads * head),
        tensor(f"blk.{at}.attn_k", width, kv_heads * head),
        tensor(f"blk.{at}.attn_v", width, kv_heads * head),
    ]


def test_a_genuine_answer_tells_all() -> None:
    body = json.loads((RECORDINGS / "v0.32.15" / "show.json").read_text())["body"]

    shape = shape_of(json.loads(body))

    assert [(layer.key_width, layer.value_width) for layer in shape.layers] == [(32, 32)] * 2
    assert (shape.vocabulary, shape.width, shape.trained, shape.notes) == (320, 64, 2048, ())
    assert (shape.weights, shape.host_weights) == (2 * 123_392 + 40_960 + 256, 40_960)


def test_the_key_length_counts_not_the_width_by_the_heads() -> None:
    # Qwen3-32B: 5120 / 64 heads would be 80.
    told = plain(64, 8, 128, embedding_length=5120, attention__head_count=64)

    assert {layer.key_width for layer in shape_of(told).layers} == {8 * 128}


def test_without_a_key_length_it_is_the_width_by_the_heads() -> None:
    told = shown(
        "llama", block_count=2, attention__head_count=32, attention__head_count_kv=8,
        embedding_length=4096,
    )  # fmt: skip

    assert {layer.key_width for layer in shape_of(told).layers} == {8 * 128}


def test_heads_of_each_layer_are_read_off_its_tensors() -> None:
    # Without `verbose` the server tells null for the list.
    tensors = [*_attention(0, 8, 2, 64), tensor("blk.1.shortconv.conv", 3, 64)]
    told = shown(
        "lfm2", tensors, block_count=2, attention__head_count=8, attention__head_count_kv=None,
        attention__key_length=64, attention__value_length=64, embedding_length=64,
        shortconv__l_cache=3,
    )  # fmt: skip

    first, second = shape_of(told).layers

    assert (first.key_width, first.state) == (128, 0)
    assert (second.key_width, second.state) == (0, 128)


def test_hidden_heads_without_tensors_are_all_counted_and_that_is_said() -> None:
    told = plain(4, 2, 64, attention__head_count_kv=None)

    shape = shape_of(told)

    assert {layer.key_width for layer in shape.layers} == {8 * 64}
    assert shapes.NO_HEADS in shape.notes


def test_heads_of_each_layer_are_read_with_verbose() -> None:
    told = plain(3, 2, 64, attention__head_count_kv=[2, 0, 4])

    assert [layer.key_width for layer in shape_of(told).layers] == [128, 0, 256]


def test_a_hybrid_model_caches_in_every_fourth_layer_only() -> None:
    naive = plain(32, 4, 256)
    hybrid = plain(
        32, 4, 256, architecture="qwen35", full_attention_interval=4, ssm__conv_kernel=4,
        ssm__inner_size=4096, ssm__state_size=128, ssm__group_count=16,
    )  # fmt: skip
    options = RunnerOptions(131072)

    assert kv_bytes(shape_of(naive), options) == 16 * 2**30
    assert kv_bytes(shape_of(hybrid), options) == 4 * 2**30


def test_recurrent_layers_keep_the_same_whatever_the_context() -> None:
    told = shown(
        "mamba", block_count=2, embedding_length=64, ssm__conv_kernel=4, ssm__inner_size=128,
        ssm__state_size=16, ssm__group_count=0,
    )  # fmt: skip
    shape = shape_of(told)

    kept = {recurrent_bytes(shape, RunnerOptions(tokens)) for tokens in (512, 131072)}

    assert kept == {2 * (3 * 128 + 16 * 128) * 4}
    assert kv_bytes(shape, RunnerOptions(131072)) == 0


def test_each_slot_has_a_recurrent_state_of_its_own() -> None:
    told = shown(
        "mamba", block_count=1, embedding_length=64, ssm__conv_kernel=1, ssm__inner_size=128,
        ssm__state_size=16,
    )  # fmt: skip

    assert recurrent_bytes(shape_of(told), RunnerOptions(parallel=3)) == 3 * 128 * 16 * 4


def test_one_compressed_head_stands_for_keys_and_values() -> None:
    # GLM-4.7-Flash: the values are the first 512 of the 576 numbers of its one key.
    tensors = [tensor("blk.0.attn_kv_a_mqa", 2048, 576), tensor("blk.0.attn_k_b", 192, 512, 20)]
    told = shown(
        "deepseek2", tensors, block_count=1, attention__head_count=20,
        attention__head_count_kv=1, attention__key_length=576, attention__value_length=512,
        attention__key_length_mla=256, attention__value_length_mla=256, embedding_length=2048,
    )  # fmt: skip

    (layer,) = shape_of(told).layers

    assert (layer.key_width, layer.value_width) == (576, 0)


def test_fused_queries_keys_and_values_are_taken_from_the_heads() -> None:
    tensors = [tensor("blk.0.attn_qkv", 3072, 3072 + 2 * 1024)]
    told = shown(
        "phi3", tensors, block_count=1, attention__head_count=24, attention__head_count_kv=8,
        embedding_length=3072,
    )  # fmt: skip

    shape = shape_of(told)

    assert shape.layers[0].key_width == 1024
    assert shapes.FUSED in shape.notes


def test_the_last_layers_of_some_models_share_a_cache() -> None:
    told = plain(5, 1, 256, architecture="gemma4", attention__shared_kv_layers=2)

    assert [layer.key_width for layer in shape_of(told).layers] == [256, 256, 256, 0, 0]


def test_layers_that_only_guess_ahead_have_no_cache() -> None:
    assert len(shape_of(plain(47, 1, 64, nextn_predict_layers=1)).layers) == 46


@pytest.mark.parametrize(
    ("architecture", "sliding"),
    [("gemma2", "wsws wsws"), ("gemma3", "wwww wsww"), ("gpt-oss", "wsws wsws"),
     ("cohere2", "wwws wwws"), ("smallthinker", "swww swww")],
)  # fmt: skip
def test_which_layers_slide_goes_by_the_architecture(architecture: str, sliding: str) -> None:
    told = plain(8, 1, 64, architecture=architecture, attention__sliding_window=128)

    found = "".join("w" if layer.slides else "s" for layer in shape_of(told).layers)
    assert found == sliding.replace(" ", "")


def test_a_period_in_the_file_beats_the_usual_one() -> None:
    told = plain(
        4, 1, 64, architecture="gemma3", attention__sliding_window=128,
        attention__sliding_window_pattern=2,
    )  # fmt: skip

    assert [layer.slides for layer in shape_of(told).layers] == [True, False] * 2


def test_a_hidden_pattern_is_read_off_the_width_of_the_queries() -> None:
    tensors = [*_attention(0, 4, 2, 256), *_attention(1, 4, 1, 512)]
    told = shown(
        "gemma4", tensors, block_count=2, attention__head_count=4, attention__head_count_kv=None,
        attention__key_length=512, attention__key_length_swa=256, attention__sliding_window=1024,
        attention__sliding_window_pattern=None, embedding_length=64,
    )  # fmt: skip

    shape = shape_of(told)

    assert [layer.slides for layer in shape.layers] == [True, False]
    assert shapes.NO_PATTERN not in shape.notes


def test_a_hidden_pattern_without_tensors_counts_all_and_says_so() -> None:
    told = plain(
        2, 1, 64, architecture="new", attention__sliding_window=1024,
        attention__sliding_window_pattern=None,
    )  # fmt: skip

    shape = shape_of(told)

    assert not any(layer.slides for layer in shape.layers)
    assert shapes.NO_PATTERN in shape.notes


def test_a_window_that_the_engine_does_not_use_is_none() -> None:
    told = plain(2, 1, 64, architecture="phi3", attention__sliding_window=2047)

    shape = shape_of(told)

    assert (shape.window, shape.notes) == (0, (shapes.NO_WEIGHTS,))


def test_embedding_models_keep_no_cache() -> None:
    shape = shape_of(plain(12, 12, 64, architecture="nomic-bert"))

    assert kv_bytes(shape, RunnerOptions(8192)) == 0
    assert shapes.NO_CACHE in shape.notes


def test_input_embeddings_stay_in_main_memory_where_the_output_has_its_own() -> None:
    tensors = [tensor("token_embd", 64, 1000), tensor("output", 64, 1000)]

    shape = shape_of(plain(1, 1, 64) | {"tensors": tensors})

    assert (shape.weights, shape.host_weights, shape.vocabulary) == (128_000, 128_000, 1000)


def test_input_embeddings_that_are_the_output_too_go_to_the_gpu() -> None:
    shape = shape_of(plain(1, 1, 64) | {"tensors": [tensor("token_embd", 64, 1000)]})

    assert (shape.weights, shape.host_weights) == (128_000, 0)


def test_all_experts_count() -> None:
    tensors = [tensor("blk.0.ffn_up_exps", 256, 128, 64, kind="Q4_K")]

    assert shape_of(plain(1, 1, 64) | {"tensors": tensors}).weights == 128 * 64 * 144


def test_of_experts_those_that_are_asked_are_worked_with() -> None:
    dense = plain(1, 8, 64, feed_forward_length=6144)
    experts = plain(
        1, 8, 64, feed_forward_length=6144, expert_used_count=8, expert_feed_forward_length=768
    )

    assert shape_of(dense).feed == 3 * 6144
    assert shape_of(experts).feed == 8 * (3 * 768 + 2 * 2048)
    assert shape_of(plain(1, 8, 64)).feed == 0


@pytest.mark.parametrize(
    ("told", "fewest"), [(8, 8), ([8, 0, 4], 1), ([8, 2, 4], 2), (None, None), ([8], None)]
)
def test_the_fewest_heads_that_keep_something_are_known(told: object, fewest: int | None) -> None:
    assert shape_of(plain(3, 8, 64, attention__head_count_kv=told)).kv_heads == fewest


def test_weights_without_tensors_are_the_size_of_the_files_and_that_is_said() -> None:
    shape = shape_of(plain(1, 1, 64), 5_000_000)

    assert (shape.weights, shapes.NO_WEIGHTS in shape.notes) == (5_000_000, True)


def test_a_type_that_is_not_known_makes_the_weights_those_of_the_files() -> None:
    told = plain(1, 1, 64) | {"tensors": [tensor("output", 64, 10, kind="Q1_NEW")]}

    assert shape_of(told, 77).weights == 77


def test_a_part_for_images_is_counted_apart_and_what_images_take_is_said() -> None:
    tensors = [tensor("output", 64, 10), tensor("v.blk.0.attn_q", 64, 64)]

    shape = shape_of(plain(1, 1, 64) | {"tensors": tensors})

    assert (shape.weights, shape.projector) == (1280, 8192)
    assert shapes.IMAGES in shape.notes


def test_a_projector_that_is_a_file_of_its_own_is_the_rest_of_all_files() -> None:
    told = plain(1, 1, 64) | {"tensors": [tensor("output", 64, 10)]}
    told["projector_info"] = {"clip.has_vision_encoder": True}

    assert shape_of(told, 1280 + 900).projector == 900


def test_the_parameters_tell_the_context_and_the_batch() -> None:
    told = plain(1, 1, 64) | {"parameters": 'num_ctx    8192\nstop  "x"\nnum_batch 256\n'}

    shape = shape_of(told)

    assert (shape.num_ctx, shape.num_batch) == (8192, 256)


def test_an_unknown_vocabulary_is_taken_as_a_large_one_and_that_is_said() -> None:
    shape = shape_of(plain(1, 1, 64, vocab_size=None))

    assert (shape.vocabulary, shapes.NO_VOCABULARY in shape.notes) == (262_144, True)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"model_info": None, "tensors": None, "parameters": None},
        {"model_info": {"general.architecture": 7}, "tensors": [None, {"name": "x"}, 3]},
        {"model_info": {"general.architecture": "a", "a.block_count": -3}, "tensors": "x"},
        {"model_info": {"general.architecture": "a", "a.block_count": 10**30}, "parameters": 4},
        plain(2, 1, 64) | {"tensors": [{"name": "blk.0.attn_k.weight", "shape": [10**90]}]},
        plain(2, 1, 64) | {"parameters": "num_ctx " + "9" * 9000},
    ],
)
def test_an_answer_that_is_no_answer_breaks_nothing(told: Object) -> None:
    shape = shape_of(told)

    assert shape.num_ctx is None
    assert shape.notes
