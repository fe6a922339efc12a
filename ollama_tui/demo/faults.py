"""What goes wrong between a server and its clients, as values that tests put in place."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from ollama_tui.demo.clock import Clock
from ollama_tui.demo.wire import Answer, Disconnected, Unanswered, Unreachable, pieces_of


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the requests for a path; the parts can be combined."""

    delay: float = 0.0
    """Seconds before anything else; infinity leaves the request without an answer."""
    unreachable: bool = False
    """The connection is refused. Behind a real socket it is accepted and closed."""
    unanswered: bool = False
    """Nobody answers the call for a connection, as behind a firewall that drops it. Behind a real
    socket it is accepted and nothing follows."""
    closes: bool = False
    """The connection is closed without an answer."""
    answer: Answer | None = None
    """What is said in place of the genuine answer, which then is not even made."""
    cut_after: int | None = None
    """The body ends after so many lines of a stream, or so many bytes of a whole body."""
    resets: bool = False
    """The cut breaks the connection; without this the body just ends."""
    stalls: bool = False
    """After the cut nothing follows and nothing ends, as where a machine has lost its power."""
    drip: float | None = None
    """Seconds before each byte of the body."""
    times: int | None = None
    """How many requests it strikes; None for all of them."""

    def struck(self) -> Fault | None:
        """Return what is left of the fault after one more request."""
        if self.times is None:
            return self
        return replace(self, times=self.times - 1) if self.times > 1 else None


async def faulty_answer(
    fault: Fault, clock: Clock, answer: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Answer a request that a fault strikes."""
    if math.isinf(fault.delay):
        await asyncio.Event().wait()
    if fault.delay:
        await clock.sleep(fault.delay)
    if fault.unreachable:
        raise Unreachable
    if fault.unanswered:
        raise Unanswered
    if fault.closes:
        raise Disconnected
    given = fault.answer or await answer()
    if fault.drip is not None:
        return replace(given, body=_dripping(given, fault.drip, clock))
    return given if fault.cut_after is None else _cut(given, fault.cut_after, fault)


def _cut(answer: Answer, after: int, fault: Fault) -> Answer:
    if not isinstance(answer.body, bytes):
        return replace(answer, body=_shortened(answer.body, after, fault))
    body = answer.body[:after]
    is_broken = fault.resets or fault.stalls
    return replace(answer, body=_broken(body, fault) if is_broken else body)


async def _shortened(
    body: AsyncGenerator[bytes, None], after: int, fault: Fault
) -> AsyncGenerator[bytes, None]:
    async with aclosing(body):
        for _ in range(after):
            try:
                yield await anext(body)
            except StopAsyncIteration:
                return
    await _break_off(fault)


async def _broken(body: bytes, fault: Fault) -> AsyncGenerator[bytes, None]:
    yield body
    await _break_off(fault)


async def _break_off(fault: Fault) -> None:
    if fault.stalls:
        await asyncio.Event().wait()
    if fault.resets:
        raise Disconnected


async def _dripping(answer: Answer, pause: float, clock: Clock) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces_of(answer.body)) as pieces:
        async for piece in pieces:
            for byte in piece:
                await clock.sleep(pause)
                yield bytes([byte])
