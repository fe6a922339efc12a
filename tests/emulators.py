"""Emulators behind loopback sockets, for programs that are processes of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen

Serve = Callable[[Emulator], str]
"""Serves an emulator, and tells its address."""


@contextmanager
def emulators_served() -> Iterator[Serve]:
    """Serve emulators, in a thread, for as long as the context lasts."""
    with _loop_in_a_thread() as loop:
        stops: list[asyncio.Event] = []
        served: list[asyncio.Future[None]] = []

        async def hold(emulator: Emulator, told: asyncio.Future[str], stop: asyncio.Event) -> None:
            async with listen(emulator) as url:
                told.set_result(url)
                await stop.wait()

        async def start(emulator: Emulator) -> str:
            told: asyncio.Future[str] = loop.create_future()
            stops.append(asyncio.Event())
            served.append(asyncio.ensure_future(hold(emulator, told, stops[-1])))
            return await told

        async def end() -> None:
            for stop in stops:
                stop.set()
            await asyncio.gather(*served)

        yield lambda emulator: asyncio.run_coroutine_threadsafe(start(emulator), loop).result(10)
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)


@contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        is_over = asyncio.Event()
        begun.set_result((asyncio.get_running_loop(), is_over))
        await is_over.wait()

    # At its end `asyncio.run` ends the tasks that are left.
    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    loop, is_over = begun.result(10)
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join(10)
