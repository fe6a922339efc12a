"""Calls that may hang for ever, such as a look at a disk of the network that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def in_daemon(call: Callable[[], Result]) -> asyncio.Future[Result]:
    """What a call that blocks will give, or raise.

    Its thread does not keep the program from its end, as those of `asyncio.to_thread` do.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def tell(how: Callable[[], None]) -> None:
        # Whoever asked may have gone meanwhile, and the loop with it.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if answer.done() else how())

    def run() -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for.
            failure = error
            tell(lambda: answer.set_exception(failure))
        else:
            tell(lambda: answer.set_result(result))

    Thread(target=run, name="daemon", daemon=True).start()
    return answer
