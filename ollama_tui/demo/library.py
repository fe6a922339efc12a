"""The demo's server: a busy GPU box with a library, three models loaded, and a registry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from ollama_tui.demo.catalogue import INSTALLED, LATEST, PULLABLE
from ollama_tui.demo.clock import FOREVER, local_now
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.gpus import CARDS, FOR_MODELS
from ollama_tui.demo.leftovers import demo_leftovers
from ollama_tui.demo.machine import Machine, default_context
from ollama_tui.demo.manifests import Manifest, ModelConfig, composed
from ollama_tui.demo.memory import memory_size
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.runners import Runner
from ollama_tui.demo.store import InstalledModel

RATE = 84_000_000.0
"""Bytes a second of each download in the demo."""

_MACHINE = Machine(
    vram=FOR_MODELS,
    cards=tuple(card.total for card in CARDS),
    load_rate=6e9,
    verify_rate=1.5e9,
    context_length=default_context(sum(card.total for card in CARDS)),
    disk=1_200 * 10**9,
)
_FREE = int(3.5 * 2**30)
"""What the loaded models leave of the GPUs' memory."""
_ALIAS = ("assistant:latest", "qwen2.5:14b", 1.4)
_CLOUD = "qwen3-coder:480b-cloud"


def demo_emulator(
    now: Callable[[], datetime] = local_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Emulator:
    """Return the demo's server; ages and times left are counted from `now`."""
    emulator = Emulator(
        demo_library(now()), demo_registry(), machine=_MACHINE, now=now, sleep=sleep, seed=7
    )
    emulator.runners.put(_loaded(now()))
    emulator.store.leave(demo_leftovers(now()))
    return emulator


def demo_library(moment: datetime) -> list[InstalledModel]:
    """Return the models on the demo's disk, as old as they look at this moment."""
    library = [_installed(entry.name, entry.manifest, moment, entry.days) for entry in INSTALLED]
    name, source, days = _ALIAS
    library.append(_installed(name, _manifest(source), moment, days))
    library.append(_installed(_CLOUD, _cloud_manifest(), moment, 6.1))
    return library


def demo_registry() -> Registry:
    """Return what the demo can pull, including all that it has."""
    models = {entry.name: entry.manifest for entry in (*INSTALLED, *PULLABLE)}
    latest = {name.partition(":")[0]: models[name] for name in LATEST}
    return Registry(models | latest | {_CLOUD: _cloud_manifest()}, RATE)


def _installed(name: str, model: Manifest, moment: datetime, days: float) -> InstalledModel:
    return InstalledModel(parse_name(name), model, moment - timedelta(days=days))


def _manifest(name: str) -> Manifest:
    return next(entry.manifest for entry in INSTALLED if entry.name == name)


def _cloud_manifest() -> Manifest:
    config = ModelConfig(
        format="",
        family="qwen3moe",
        families=None,
        parameter_size="480B",
        quantization_level="BF16",
        context_length=262144,
        embedding_length=6144,
        capabilities=("completion", "tools"),
        template="",
        remote_model="qwen3-coder:480b",
        remote_host="https://ollama.com:443",
        model_info={
            "general.architecture": "qwen3moe",
            "general.basename": "qwen3-coder",
            "qwen3moe.context_length": 262144,
            "qwen3moe.embedding_length": 6144,
        },
    )
    return composed(None, config)


def _loaded(moment: datetime) -> list[Runner]:
    """The last of them is on the GPUs as far as the others leave room."""

    def runner(name: str, context: int, minutes: float, room: int) -> Runner:
        is_pinned = minutes == float("inf")
        expires_at = moment + (FOREVER if is_pinned else timedelta(minutes=minutes))
        model = _manifest(name)
        size = memory_size(model, context, _MACHINE)
        size_vram = min(size, room)
        return Runner(name, model, size, size_vram, context, minutes * 60, expires_at)

    first = runner("gemma3:27b", 32768, 4, FOR_MODELS)
    small = runner("nomic-embed-text:latest", 2048, float("inf"), FOR_MODELS)
    room = FOR_MODELS - _FREE - first.size_vram - small.size_vram
    return [first, runner("deepseek-r1:32b", 32768, 12, room), small]
