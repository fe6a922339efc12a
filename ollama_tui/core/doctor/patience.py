"""Calls that may hang, such as a look at a disk that is gone: nobody waits for them for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ollama_tui.core.daemon import in_daemon

Result = TypeVar("Result")


async def within(seconds: float, call: Callable[[], Result]) -> Result | None:
    """What a call that blocks gives; None if it takes longer or the system refuses.

    It runs in a daemon thread, which the end of the program does not wait for.
    """
    with suppress(OSError, ValueError):
        async with asyncio.timeout(seconds):
            return await in_daemon(call)
    return None
