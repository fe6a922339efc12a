"""The shapes of well-known models, as their files tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_FILE_TYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15, "MXFP4": 38}


@dataclass(frozen=True, slots=True)
class Architecture:
    """How a model is built."""

    family: str
    parameters: int
    context: int
    blocks: int
    width: int
    heads: tuple[int, int]
    """The heads, and those that have keys and values of their own."""
    head_size: int
    inner: int
    vocabulary: int
    more: Mapping[str, object] = field(default_factory=dict)
    """Further values, under the family's name."""

    @property
    def parameter_size(self) -> str:
        """The number of parameters as lists print it."""
        if self.parameters >= 1_000_000_000:
            return f"{self.parameters / 1e9:.1f}B"
        return f"{self.parameters / 1e6:.2f}".rstrip("0").rstrip(".") + "M"

    def model_info(self, quantization_level: str) -> Mapping[str, object]:
        """Return what `show` gives as `model_info`."""
        own: dict[str, object] = {
            "attention.head_count": self.heads[0],
            "attention.head_count_kv": self.heads[1],
            "attention.key_length": self.head_size,
            "attention.value_length": self.head_size,
            "block_count": self.blocks,
            "context_length": self.context,
            "embedding_length": self.width,
            "feed_forward_length": self.inner,
            "vocab_size": self.vocabulary,
            **self.more,
        }
        general = {
            "general.architecture": self.family,
            "general.file_type": _FILE_TYPES[quantization_level],
            "general.parameter_count": self.parameters,
            "general.quantization_version": 2,
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.tokens": ("<unk>", "<s>", "</s>", "the", "demo"),
            "tokenizer.ggml.token_type": (2, 3, 3, 1, 1),
        }
        return general | {f"{self.family}.{name}": value for name, value in own.items()}


def _gemma3(parameters: int, blocks: int, width: int, heads: tuple[int, int]) -> Architecture:
    window = {"attention.sliding_window": 1024, "vision.block_count": 27}
    size = 256 if blocks < 60 else 128
    inner = 4 * width
    return Architecture(
        "gemma3", parameters, 131072, blocks, width, heads, size, inner, 262144, window
    )


def _gptoss(parameters: int, blocks: int, experts: int) -> Architecture:
    more = {"attention.sliding_window": 128, "expert_count": experts, "expert_used_count": 4}
    return Architecture("gptoss", parameters, 131072, blocks, 2880, (64, 8), 64, 2880, 201088, more)


def _qwen3moe(parameters: int, blocks: int, width: int, heads: int, inner: int) -> Architecture:
    more = {"expert_count": 128, "expert_used_count": 8}
    return Architecture(
        "qwen3moe", parameters, 262144, blocks, width, (heads, 4), 128, inner, 151936, more
    )


def _qwen3(parameters: int, blocks: int, width: int, heads: int, inner: int) -> Architecture:
    return Architecture("qwen3", parameters, 40960, blocks, width, (heads, 8), 128, inner, 151936)


def _llama3(
    parameters: int, blocks: int, width: int, heads: int, inner: int, size: int = 128
) -> Architecture:
    return Architecture("llama", parameters, 131072, blocks, width, (heads, 8), size, inner, 128256)


_EXPERTS_8 = {"expert_count": 8, "expert_used_count": 2}

ARCHITECTURES: Mapping[str, Architecture] = {
    "bge-m3": Architecture("bert", 566_703_104, 8192, 24, 1024, (16, 16), 64, 4096, 250002),
    "codestral": Architecture("llama", 22_247_282_688, 32768, 56, 6144, (48, 8), 128, 16384, 32768),
    "devstral": Architecture(
        "llama", 23_572_403_200, 131072, 40, 5120, (32, 8), 128, 32768, 131072
    ),
    "gemma3-1b": _gemma3(999_885_952, 26, 1152, (4, 1)),
    "gemma3-4b": _gemma3(4_299_915_632, 34, 2560, (8, 4)),
    "gemma3-12b": _gemma3(12_187_079_280, 48, 3840, (16, 8)),
    "gemma3-27b": _gemma3(27_432_062_576, 62, 5376, (32, 16)),
    "gpt-oss-20b": _gptoss(20_914_757_184, 24, 32),
    "gpt-oss-120b": _gptoss(116_829_156_672, 36, 128),
    "llama-1b": _llama3(1_235_814_432, 16, 2048, 32, 8192, 64),
    "llama-3b": _llama3(3_212_749_888, 28, 3072, 24, 8192),
    "llama-8b": _llama3(8_030_261_312, 32, 4096, 32, 14336),
    "llama-70b": _llama3(70_553_706_560, 80, 8192, 64, 28672),
    "llama-405b": _llama3(405_853_388_800, 126, 16384, 128, 53248),
    "minilm": Architecture("bert", 22_565_376, 512, 6, 384, (12, 12), 32, 1536, 30522),
    "mistral-7b": Architecture("llama", 7_248_023_552, 32768, 32, 4096, (32, 8), 128, 14336, 32768),
    "mistral3": Architecture(
        "mistral3", 24_011_361_280, 131072, 40, 5120, (32, 8), 128, 32768, 131072
    ),
    "mixtral": Architecture(
        "llama", 140_630_071_296, 65536, 56, 6144, (48, 8), 128, 16384, 32768, _EXPERTS_8
    ),
    "mllama": Architecture("mllama", 10_670_220_835, 131072, 40, 4096, (32, 8), 128, 14336, 128256),
    "mxbai": Architecture("bert", 334_092_288, 512, 24, 1024, (16, 16), 64, 4096, 30522),
    "nomic": Architecture("nomic-bert", 136_727_040, 2048, 12, 768, (12, 12), 64, 3072, 30522),
    "phi4": Architecture("phi3", 14_659_507_200, 16384, 40, 5120, (40, 10), 128, 17920, 100352),
    "phi4-mini": Architecture("phi3", 3_836_021_856, 131072, 32, 3072, (24, 8), 128, 8192, 200064),
    "qwen2-7b": Architecture("qwen2", 7_615_616_512, 32768, 28, 3584, (28, 4), 128, 18944, 152064),
    "qwen2-14b": Architecture(
        "qwen2", 14_770_033_664, 32768, 48, 5120, (40, 8), 128, 13824, 152064
    ),
    "qwen2-32b": Architecture(
        "qwen2", 32_763_876_352, 131072, 64, 5120, (40, 8), 128, 27648, 152064
    ),
    "qwen3-0.6b": _qwen3(751_632_384, 28, 1024, 16, 3072),
    "qwen3-8b": _qwen3(8_190_735_360, 36, 4096, 32, 12288),
    "qwen3-32b": _qwen3(32_762_123_264, 64, 5120, 64, 25600),
    "qwen3-30b-a3b": _qwen3moe(30_532_122_624, 48, 2048, 32, 768),
    "qwen3-235b-a22b": _qwen3moe(235_093_634_560, 94, 4096, 64, 1536),
    "smollm2-135m": Architecture("llama", 134_515_008, 8192, 30, 576, (9, 3), 64, 1536, 49152),
    "smollm2-360m": Architecture("llama", 361_821_120, 8192, 32, 960, (15, 5), 64, 2560, 49152),
    "starcoder2": Architecture(
        "starcoder2", 15_957_889_024, 16384, 40, 6144, (48, 4), 128, 24576, 49152
    ),
}
"""By a short name that the demo's library uses."""
