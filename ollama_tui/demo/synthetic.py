"""Invented libraries of any length, for measuring."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import count, islice

from ollama_tui.demo.clock import local_now
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_registry
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import InstalledModel

_MAKERS = ("", "", "", "acme/", "hf.co/bartowski/", "hf.co/unsloth/", "registry.example/team/")
_FAMILIES = ("llama", "qwen2", "qwen3", "gemma3", "mistral3", "phi3", "deepseek2", "granite")
_KINDS = ("", "-coder", "-instruct", "-vision", "-r1", "-embed")
_QUANTS = {"Q4_0": 0.56, "Q4_K_M": 0.61, "Q5_K_M": 0.71, "Q8_0": 1.06, "F16": 2.0}


def synthetic_emulator(
    models: int,
    now: Callable[[], datetime] = local_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Emulator:
    """Return a server with so many invented models, the same ones every time."""
    library = islice(_invented(now()), models)
    return Emulator(library, demo_registry(), now=now, sleep=sleep)


def _invented(moment: datetime) -> Iterator[InstalledModel]:
    chance = random.Random(11)
    for number in count(1):
        family, kind = chance.choice(_FAMILIES), chance.choice(_KINDS)
        quantization_level, width = chance.choice(list(_QUANTS.items()))
        billions = round(chance.choice((0.5, 1, 3, 8, 14, 32, 70)) * chance.uniform(0.8, 1.2), 1)
        size = int(billions * width * 1e9)
        name = f"{chance.choice(_MAKERS)}{family}{kind}-{number}:{billions:g}b-{quantization_level}"
        config = ModelConfig(
            family=family,
            families=(family,),
            parameter_size=f"{billions}B",
            quantization_level=quantization_level,
            context_length=chance.choice((4096, 8192, 32768, 131072)),
            capabilities=("embedding",) if kind == "-embed" else ("completion", "tools"),
        )
        age = timedelta(seconds=chance.uniform(0, 60_000_000))
        yield InstalledModel(parse_name(name), manifest(name, size, config), moment - age)
