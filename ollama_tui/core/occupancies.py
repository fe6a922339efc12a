"""A look at what the loaded models take, beside each answer of `ps`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ollama_tui.core.engine_load import EngineLoad
from ollama_tui.core.engine_log import engine_loads
from ollama_tui.core.library import Library
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancy import Known, MemorySource, Occupancy, Processes, RunnerState
from ollama_tui.core.runners import Runner, runners
from ollama_tui.core.server_log import read_server_log, usual_places
from ollama_tui.core.server_processes import server_processes
from ollama_tui.core.service import OllamaService
from ollama_tui.core.weights import KnownWeights

_SERVERS_FOR = 30.0
"""Seconds after which it is looked anew which process is the server."""
_LOG_TRIES = 3
_LoadKey = tuple[int, float]


def _no_lines() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it is looked; all of these may block."""

    servers: Callable[[str], frozenset[int]] = server_processes
    """The processes that the server at an address may be."""
    runners: Callable[[], tuple[Runner, ...] | None] = runners
    log: Callable[[], Sequence[str]] = _no_lines
    """The newest lines of the server's log; none where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Who tells what a model takes, beside the server and its log; None: nobody does."""

    measured: Callable[[RunningModel, Runner], Awaitable[int | None]] | None = None
    """Bytes by a GPU's driver; None where it does not tell."""
    estimate: Callable[[RunningModel, Runner | None], Awaitable[int | None]] | None = None
    """Bytes by computation, where the server is known to tell too little; None elsewhere."""


def sources_of(service: OllamaService) -> Sources:
    """This machine, for what can be seen of a server on it; an imitation has no processes."""
    if not service.is_on_network:
        return Sources(runners=lambda: None)
    return Sources(log=partial(_newest_lines, service.url))


def _newest_lines(url: str) -> Sequence[str]:
    return read_server_log(url, usual_places()).newest


class Occupancies:
    """What the loaded models of one server take; cheap to ask again and again."""

    def __init__(
        self,
        service: OllamaService,
        sources: Sources | None = None,
        figures: Figures | None = None,
    ) -> None:
        """Nothing is looked at yet.

        Args:
            service: that server's.
            sources: where to look; None for this machine.
            figures: who else tells what a model takes; None for nobody.
        """
        self._service = service
        self._sources = sources or sources_of(service)
        self._figures = figures or Figures()
        self._weights = KnownWeights(service)
        self._servers: frozenset[int] = frozenset()
        self._looked_at = float("-inf")
        self._logged: dict[_LoadKey, tuple[EngineLoad | None, int]] = {}
        """What the log told of each runner, and how often it was read for that."""
        self._missed: frozenset[str] = frozenset()

    async def look(self, running: Sequence[RunningModel], library: Library) -> Known:
        """What is known of these loaded models now.

        One whose runner is not there is called gone at the second look that misses it: the
        answer of `ps` may be older than the look.
        """
        if not running:
            self._missed, self._looked_at = frozenset(), float("-inf")
            return ()
        seen = await asyncio.to_thread(self._seen)
        there = {_key_of(runner) for runner in seen.runners}
        self._logged = {key: told for key, told in self._logged.items() if key in there}
        known = [(model.name, await self._occupancy(model, seen, library)) for model in running]
        missed = frozenset(name for name, one in known if one.is_gone)
        doubted, self._missed = missed - self._missed, missed
        if doubted:
            # The server may have been started anew, and have its runners elsewhere.
            self._looked_at = float("-inf")
        return tuple((name, _doubtful(one) if name in doubted else one) for name, one in known)

    async def look_twice(
        self, library: Callable[[], Awaitable[Library]]
    ) -> tuple[tuple[RunningModel, ...], Known]:
        """What is loaded, and what is known of it, with no doubt left that a second look solves.

        Args:
            library: asks for the installed models; it is not called where nothing is loaded.
        """
        running = await self._service.running()
        installed = await library() if running else Library()
        known = await self.look(running, installed)
        if self._missed:
            running = await self._service.running()
            known = await self.look(running, installed)
        return running, known

    def _seen(self) -> Processes:
        found = self._sources.runners()
        if found is None:
            return Processes()
        now = time.monotonic()
        if now - self._looked_at > _SERVERS_FOR:
            self._servers = self._sources.servers(self._service.url)
            self._looked_at = now
        return Processes(self._servers, found)

    async def _occupancy(self, model: RunningModel, seen: Processes, library: Library) -> Occupancy:
        digest = await self._weights.of(model, library) if seen.servers else ""
        runner = seen.runner_of(digest, model.name)
        state = seen.state_of(digest, runner)
        if state is RunnerState.GONE:
            return Occupancy(model.size, model.size, state=state)
        is_installed = any(model.is_of(other) for other in library)
        engine = await self._in_log(runner) if runner is not None else None
        known = Occupancy(model.size, model.size, state=state, runner=runner, engine=engine)
        memory, source = await self._memory(model, known, is_installed)
        return replace(known, memory=memory, source=source)

    async def _memory(
        self, model: RunningModel, known: Occupancy, is_installed: bool
    ) -> tuple[int, MemorySource]:
        runner = known.runner
        if runner is not None and self._figures.measured is not None:
            measured = await self._figures.measured(model, runner)
            if measured is not None:
                return measured, MemorySource.MEASURED
        if known.reserved is not None:
            return known.reserved, MemorySource.ENGINE_LOG
        # Of one that is not installed the server tells nothing, however often it is asked.
        if self._figures.estimate is not None and is_installed:
            estimated = await self._figures.estimate(model, runner)
            # What the server says is never too much.
            if estimated is not None and estimated > model.size:
                return estimated, MemorySource.ESTIMATE
        return model.size, MemorySource.REPORTED

    async def _in_log(self, runner: Runner) -> EngineLoad | None:
        load, tries = self._logged.get(_key_of(runner), (None, 0))
        # A log may lag behind its server.
        if load is None and tries < _LOG_TRIES:
            load = await asyncio.to_thread(self._read_log, runner)
            self._logged[_key_of(runner)] = load, tries + 1
        return load

    def _read_log(self, runner: Runner) -> EngineLoad | None:
        loads = [load for load in engine_loads(self._sources.log()) if _is_of(load, runner)]
        return loads[-1] if loads and loads[-1].size is not None else None


def _key_of(runner: Runner) -> _LoadKey:
    return runner.pid, runner.started


def _is_of(load: EngineLoad, runner: Runner) -> bool:
    return load.digest == runner.digest and load.port == runner.port


def _doubtful(one: Occupancy) -> Occupancy:
    return Occupancy(one.reported, one.memory)
