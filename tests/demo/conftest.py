from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server with two models, and a registry with two more that arrive at 100 MB/s."""
    big = manifest("big", 600_000_000, ModelConfig(licences=("MIT License",)))
    small = manifest("small", 3_000_000, ModelConfig(licences=("MIT License",)))
    return Emulator(
        [installed("tiny", 300_000), installed("acme/chat:8b", 4_000_000_000)],
        Registry({"big:8b": big, "small": small, "tiny": manifest("tiny", 300_000)}, 100e6),
        now=clock.now,
        sleep=clock.sleep,
    )


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = EmulatorTransport(emulator)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        yield client
