"""Calls that may hang, such as a look at a disk that is gone: nobody waits for them for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


async def within(seconds: float, call: Callable[[], Result]) -> Result | None:
    """What a call that blocks gives; None if it takes longer or the system refuses.

    It runs in a daemon thread, which the end of the program does not wait for.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result | None] = loop.create_future()

    def told(result: Result | None) -> None:
        if not answer.done():
            answer.set_result(result)

    def run() -> None:
        result = None
        with suppress(OSError):
            result = call()
        # Whoever asked may have ended meanwhile, and the loop with it.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(told, result)

    Thread(target=run, name="doctor", daemon=True).start()
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError:
        return None
