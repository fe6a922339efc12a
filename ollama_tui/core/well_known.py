"""A short list of well-known models, offered where a name is asked for."""

from __future__ import annotations

WELL_KNOWN: tuple[tuple[str, int], ...] = (
    ("qwen3:0.6b", 523_000_000),
    ("gemma3:4b", 3_340_000_000),
    ("nomic-embed-text", 274_000_000),
    ("llama3.2:1b", 1_320_000_000),
    ("llama3.2:3b", 2_020_000_000),
    ("smollm2:135m", 271_000_000),
    ("smollm2:360m", 726_000_000),
    ("phi4-mini", 2_490_000_000),
    ("gemma3:1b", 815_000_000),
    ("gemma3:12b", 8_150_000_000),
    ("gemma3:27b", 17_400_000_000),
    ("qwen3:4b", 2_500_000_000),
    ("qwen3:8b", 5_230_000_000),
    ("qwen3:14b", 9_280_000_000),
    ("qwen3:30b", 18_600_000_000),
    ("qwen3:32b", 20_200_000_000),
    ("qwen3-coder:30b", 18_600_000_000),
    ("gpt-oss:20b", 13_800_000_000),
    ("gpt-oss:120b", 65_400_000_000),
    ("llama3.1:8b", 4_920_000_000),
    ("llama3.3:70b", 42_500_000_000),
    ("deepseek-r1:8b", 5_230_000_000),
    ("deepseek-r1:32b", 19_900_000_000),
    ("deepseek-r1:70b", 42_500_000_000),
    ("mistral:7b", 4_370_000_000),
    ("mistral-small3.2:24b", 15_200_000_000),
    ("devstral:24b", 14_300_000_000),
    ("codestral:22b", 12_600_000_000),
    ("phi4:14b", 9_050_000_000),
    ("llava:7b", 4_730_000_000),
    ("llama3.2-vision:11b", 7_820_000_000),
    ("mxbai-embed-large", 670_000_000),
)
"""Names with their sizes on disk in bytes (from ollama.com/library); good first models lead."""
