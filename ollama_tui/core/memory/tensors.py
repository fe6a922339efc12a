"""The tensors of a model, as `/api/show` lists them: their bytes, and which layer has which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

_BLOCKS = {
    "F64": (8, 1), "F32": (4, 1), "F16": (2, 1), "BF16": (2, 1),
    "I8": (1, 1), "I16": (2, 1), "I32": (4, 1), "I64": (8, 1),
    "Q4_0": (18, 32), "Q4_1": (20, 32), "Q5_0": (22, 32), "Q5_1": (24, 32), "Q8_0": (34, 32),
    "Q8_1": (36, 32), "Q2_K": (84, 256), "Q3_K": (110, 256), "Q4_K": (144, 256),
    "Q5_K": (176, 256), "Q6_K": (210, 256), "Q8_K": (292, 256), "IQ1_S": (50, 256),
    "IQ1_M": (56, 256), "IQ2_XXS": (66, 256), "IQ2_XS": (74, 256), "IQ2_S": (82, 256),
    "IQ3_XXS": (98, 256), "IQ3_S": (110, 256), "IQ4_NL": (18, 32), "IQ4_XS": (136, 256),
    "TQ1_0": (54, 256), "TQ2_0": (66, 256), "MXFP4": (17, 32), "NVFP4": (36, 64),
}  # fmt: skip
"""Bytes of a block and how many numbers it holds, by GGML's type (ggml/src/ggml-common.h)."""
_BLOCK = re.compile(r"blk\.(\d{1,5})\.([\w.]+)\.weight")
_INPUT = ("token_embd.weight", "per_layer_token_embd.weight")
"""They are looked up, not multiplied, and stay in main memory (llama-arch.cpp, LAYER_INPUT)."""
_OF_IMAGES = ("v.", "mm.", "a.")
_AT_MOST = 200_000
_LARGEST = 2**48


@dataclass(frozen=True, slots=True)
class Tensors:
    """What the list of a model's tensors tells."""

    weights: int | None = None
    """Bytes of what is multiplied, the input embeddings with it where they are the output too.

    None if there is no list, or one with a type that is not known.
    """
    host_weights: int = 0
    """Bytes of what stays in main memory."""
    projector: int = 0
    """Bytes of the parts that read images and sounds."""
    vocabulary: int = 0
    """Words that it knows; 0 if that is not told."""
    layers: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """For each layer the numbers that its tensors give out, by their names."""


def tensors_of(found: object) -> Tensors:
    """What a list of tensors tells; one that is no list tells nothing."""
    listed = tuple(_listed(found))
    if not listed:
        return Tensors()
    names = {name for name, _, _ in listed}
    sizes = {name: _bytes(kind, shape) for name, kind, shape in listed}
    is_known = None not in sizes.values()
    known = {name: size or 0 for name, size in sizes.items()}
    inputs = {name for name in _INPUT if name in names}
    if "output.weight" not in names:
        inputs -= {"token_embd.weight"}
    images = {name for name in names if name.startswith(_OF_IMAGES)}
    return Tensors(
        sum(known[name] for name in names - inputs - images) if is_known else None,
        sum(known[name] for name in inputs),
        sum(known[name] for name in images),
        next((shape[-1] for name, _, shape in listed if name == _INPUT[0]), 0),
        _layers(listed),
    )


_Listed = tuple[str, str, tuple[int, ...]]


def _listed(found: object) -> Iterator[_Listed]:
    for entry in found[:_AT_MOST] if isinstance(found, list) else ():
        if not isinstance(entry, dict):
            continue
        name, kind, shape = (entry.get(key) for key in ("name", "type", "shape"))
        if isinstance(name, str) and isinstance(shape, list) and all(map(_is_length, shape)):
            yield name, kind if isinstance(kind, str) else "", tuple(shape) or (1,)


def _is_length(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**40


def _bytes(kind: str, shape: tuple[int, ...]) -> int | None:
    if kind.upper() not in _BLOCKS or prod(shape) > _LARGEST:
        return None
    size, numbers = _BLOCKS[kind.upper()]
    return prod(shape) * size // numbers


def _layers(listed: tuple[_Listed, ...]) -> Mapping[int, Mapping[str, int]]:
    layers: dict[int, dict[str, int]] = {}
    for name, _, shape in listed:
        if match := _BLOCK.fullmatch(name):
            layers.setdefault(int(match[1]), {})[match[2]] = shape[-1]
    return layers
