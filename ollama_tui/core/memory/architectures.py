"""What the engine knows of architectures that the model's file does not tell.

Read in llama.cpp's `src/models/*.cpp` and `src/llama-model.cpp` of 2026.
"""

from __future__ import annotations

PERIODS = {
    "afmoe": 4, "cohere2": 4, "cohere2moe": 4, "exaone-moe": 4, "exaone4": 4, "gemma2": 2,
    "gemma3": 6, "gemma3n": 5, "gemma-embedding": 6, "gpt-oss": 2, "gptoss": 2, "llama4": 4,
    "mellum": 4, "olmo2": 4, "plamo3": 8, "smallthinker": 4,
}  # fmt: skip
"""Of so many layers one sees all tokens and the others a window, unless the file says otherwise."""

DENSE_FIRST = frozenset({"cohere2moe", "smallthinker"})
"""Where that one is the first of them, not the last."""

WINDOWS = {"gemma2": 4096, "exaone4": 4096, "llama4": 8192}
"""The windows that the engine takes where the file has none."""

WITHOUT_WINDOWS = frozenset(
    {"llama", "mistral3", "phi3", "phimoe", "qwen2", "qwen2moe", "qwen2vl", "qwen25vl", "qwen3",
     "qwen3moe", "qwen3vl", "qwen3vlmoe", "starcoder2"}
)  # fmt: skip
"""Their files may name a window, which the engine does not use (llama.cpp#13676 for phi3)."""

WITHOUT_CACHE = frozenset(
    {"bert", "dream", "jina-bert-v2", "jina-bert-v3", "llada", "llada-moe", "modern-bert",
     "neo-bert", "nomic-bert", "nomic-bert-moe", "rnd1"}
)  # fmt: skip
"""They read a text as a whole, so that no keys and values are kept (`create_memory`)."""

OWN_CACHES = {"gemma3n": 20}
"""So many of the first layers have a cache; the others use theirs."""


def slides(architecture: str, layer: int, period: int) -> bool:
    """Whether a layer sees a window only (`set_swa_pattern`); a period of 0: each one does."""
    if period == 0:
        return True
    if architecture in DENSE_FIRST:
        return layer % period != 0
    return layer % period < period - 1
