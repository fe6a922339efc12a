"""The tensors of a model, as `show` lists them: those of a Llama of the same shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from ollama_tui.demo.manifests import ModelConfig

_Tensor = tuple[str, list[int]]
_WITHOUT_GATE = ("bert", "starcoder2")
_MORE_BITS = ("attn_v", "ffn_down")


@lru_cache(maxsize=64)
def tensors(config: ModelConfig) -> tuple[Mapping[str, object], ...]:
    """Return names, types and shapes; nothing for a model whose shape is not known."""
    if config.is_remote or not _number(config, "attention.head_count"):
        return ()
    shapes = _shapes(config)
    return tuple(
        {
            "name": f"{name}.weight",
            "type": _type(name, shape, config.quantization_level),
            "shape": shape,
        }
        for name, shape in shapes
    )


def _shapes(config: ModelConfig) -> list[_Tensor]:
    width, words = _number(config, "embedding_length"), _number(config, "vocab_size")
    parts = _block_parts(config, width)
    blocks = [
        (f"blk.{block}.{part}", shape)
        for block in range(_number(config, "block_count"))
        for part, shape in parts
    ]
    outer: list[_Tensor] = [("token_embd", [width, words]), ("output_norm", [width])]
    weights = sum(math.prod(shape) for _, shape in outer + blocks)
    # A model with room for no more than one such matrix uses it for input and output.
    counted = config.model_info.get("general.parameter_count", 0)
    if isinstance(counted, int) and weights + width * words <= counted * 1.01:
        outer.append(("output", [width, words]))
    return outer + blocks


def _block_parts(config: ModelConfig, width: int) -> list[_Tensor]:
    heads = _number(config, "attention.head_count")
    size = _number(config, "attention.key_length") or width // heads
    keys = size * _number(config, "attention.head_count_kv")
    inner = _number(config, "feed_forward_length")
    count = _number(config, "expert_count")
    experts, ending = ([count], "_exps") if count else ([], "")
    parts = [
        ("attn_norm", [width]),
        ("ffn_norm", [width]),
        ("attn_q", [width, size * heads]),
        ("attn_k", [width, keys]),
        ("attn_v", [width, keys]),
        ("attn_output", [size * heads, width]),
        (f"ffn_gate{ending}", [width, inner, *experts]),
        (f"ffn_up{ending}", [width, inner, *experts]),
        (f"ffn_down{ending}", [inner, width, *experts]),
    ]
    return parts if config.family not in _WITHOUT_GATE else [*parts[:6], *parts[7:]]


def _type(name: str, shape: list[int], quantization_level: str) -> str:
    if len(shape) == 1:
        return "F32"
    if quantization_level == "MXFP4":
        return "MXFP4" if len(shape) == 3 else "BF16"
    if quantization_level in ("F16", "F32"):
        return "F16"
    # As llama.cpp does, give the sensitive half of the tensors more bits.
    block, _, part = name.removeprefix("blk.").partition(".")
    is_sensitive = part.startswith(_MORE_BITS) and quantization_level.endswith("_M")
    if name == "output" or (is_sensitive and int(block) % 2 == 0):
        return "Q8_0" if quantization_level == "Q8_0" else "Q6_K"
    return quantization_level.removesuffix("_M")


def _number(config: ModelConfig, what: str) -> int:
    family = config.model_info.get("general.architecture")
    value = config.model_info.get(f"{family}.{what}", 0)
    return value if isinstance(value, int) else 0
