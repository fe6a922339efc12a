"""The models in memory: loaded, kept for a while, unloaded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ollama_tui.demo.clock import FOREVER, Clock
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import Manifest
from ollama_tui.demo.memory import memory_size
from ollama_tui.demo.store import InstalledModel

KEEP_ALIVE = 300.0
"""Seconds that a model stays in memory when nobody says how long."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A model in memory."""

    name: str
    """The name it was first loaded by; others may share its weights."""
    manifest: Manifest
    size: int
    size_vram: int
    context_length: int
    keep_alive: float
    """Seconds it stays after its last use; infinity when it is pinned."""
    expires_at: datetime
    is_busy: bool = False
    """A long answer is being written, so that it stays beyond its time."""

    @property
    def key(self) -> str:
        """The digest of the weights, by which names share a runner."""
        return _key(self.manifest)

    def used(self, now: datetime, keep_alive: float | None) -> Runner:
        """Return the runner after a use; None keeps the time that it was given before."""
        seconds = self.keep_alive if keep_alive is None else keep_alive
        return replace(self, keep_alive=seconds, expires_at=_later(now, seconds))


class Runners:
    """The models in memory, and the memory itself."""

    def __init__(self, clock: Clock, machine: Machine, unload_seconds: float) -> None:
        """Begin with nothing loaded; what ends stays listed for so many seconds."""
        self._clock = clock
        self._machine = machine
        self._unload_time = timedelta(seconds=unload_seconds)
        self._loaded: dict[str, Runner] = {}

    @property
    def loaded(self) -> list[Runner]:
        """The models in memory, without those whose time has come."""
        now = self._clock.now()
        self._loaded = {
            key: runner
            for key, runner in self._loaded.items()
            if runner.is_busy or now < runner.expires_at + self._unload_time
        }
        return list(self._loaded.values())

    def seen(self) -> list[Runner]:
        """Return the models in memory without letting any go, which another thread may ask."""
        now = self._clock.now()
        known = list(self._loaded.values())
        return [one for one in known if one.is_busy or now < one.expires_at + self._unload_time]

    def put(self, runners: Iterable[Runner]) -> None:
        """Put models into memory as if they had been loaded before."""
        self._loaded |= {runner.key: runner for runner in runners}

    async def load(
        self, model: InstalledModel, context_length: int, keep_alive: float | None
    ) -> None:
        """Load a model, or move on its time if it is there with this context."""
        key = _key(model.manifest)
        known = next((runner for runner in self.loaded if runner.key == key), None)
        if known is None or known.context_length != context_length:
            self._loaded.pop(key, None)
            weights = model.manifest.weights
            await self._clock.sleep((weights.size if weights else 0) / self._machine.load_rate)
            known = self._placed(model, context_length)
        self._loaded[key] = known.used(self._clock.now(), keep_alive)

    def unload(self, model: InstalledModel) -> None:
        """Let a model go; one that is not loaded is no mistake."""
        known = self._loaded.get(_key(model.manifest))
        if known:
            self._loaded[known.key] = replace(known, expires_at=self._clock.now())

    def _placed(self, model: InstalledModel, context_length: int) -> Runner:
        size = memory_size(model.manifest, context_length, self._machine)
        vram = self._machine.vram
        on_gpu = size if vram is None else min(size, self._room(vram, size))
        now = self._clock.now()
        name = model.name.shown
        return Runner(name, model.manifest, size, on_gpu, context_length, KEEP_ALIVE, now)

    def _room(self, vram: int, size: int) -> int:
        """Return the free GPU memory, after others have made way where that was needed."""
        others = sorted(self.loaded, key=lambda runner: runner.expires_at, reverse=True)
        free = vram - sum(runner.size_vram for runner in others)
        while others and vram and free < size:
            first = others.pop()
            del self._loaded[first.key]
            free += first.size_vram
        return max(0, free)


def _key(model: Manifest) -> str:
    return model.weights.digest if model.weights else model.digest


def _later(now: datetime, seconds: float) -> datetime:
    return now + (FOREVER if math.isinf(seconds) else timedelta(seconds=seconds))
