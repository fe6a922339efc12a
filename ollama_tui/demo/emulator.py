"""The emulated server: a request goes in, an answer comes out."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from ollama_tui.demo.clock import Clock, local_now
from ollama_tui.demo.dialect import Dialect
from ollama_tui.demo.faults import Fault, faulty_answer
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.routes import answer_by_route
from ollama_tui.demo.server import Server
from ollama_tui.demo.store import InstalledModel, Store
from ollama_tui.demo.wire import Answer, Request


class Emulator:
    """An Ollama server in memory.

    It has the models of `library` on its disk and pulls those of `registry`; `version` says how
    it behaves, `machine` what it runs on, and `seed` settles what is left to chance. With `now`
    and `sleep` of a `FastClock` it does without time.
    """

    def __init__(
        self,
        library: Iterable[InstalledModel] = (),
        registry: Registry | None = None,
        version: str = "0.32.15",
        *,
        machine: Machine | None = None,
        now: Callable[[], datetime] = local_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seed: int = 0,
    ) -> None:
        """Begin with nothing loaded and nothing wrong."""
        self.clock = Clock(now, sleep)
        self.store = Store(library)
        self.registry = registry or Registry()
        self.server = Server(
            Dialect(version),
            machine or Machine(),
            self.clock,
            self.store,
            self.registry,
            random.Random(seed),
        )
        self.downloads = self.server.downloads
        self.runners = self.server.runners
        self.faults: dict[str, Fault] = {}
        """What goes wrong, by path (`/api/ps`); `*` stands for every path."""
        self.requests: deque[Request] = deque(maxlen=1000)
        """What was asked lately, the newest last."""

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raise what a fault asks for in place of an answer."""
        self.requests.append(request)
        answer = await self._answer_with_faults(request)
        date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
        headers = (*answer.headers, ("date", date))
        if request.method == "HEAD" and isinstance(answer.body, bytes):
            length = ("content-length", str(len(answer.body)))
            return Answer(answer.status, (*headers, length))
        return replace(answer, headers=headers)

    async def _answer_with_faults(self, request: Request) -> Answer:
        path = request.path if request.path in self.faults else "*"
        fault = self.faults.get(path)
        if fault is None:
            return await answer_by_route(self.server, request)
        rest = fault.struck()
        if rest is None:
            del self.faults[path]
        else:
            self.faults[path] = rest
        return await faulty_answer(fault, self.clock, lambda: answer_by_route(self.server, request))
