"""What is typed, one key after the other however fast they come."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

Typed: TypeAlias = events.Key | events.Paste

_PATIENCE = 0.25
"""Seconds for what was lost together with its target, since nothing tells of that."""


class TypingTurns:
    """Holds back what is typed until what was typed before has been dealt with.

    A key goes from the application to what has the focus, and comes back unless something on the
    way takes it. Textual 8.2.8 sends off those that follow meanwhile: to a dialog that the first
    one closes, with which they are lost.
    """

    def __init__(self, app: App[Any], deal_with: Callable[[Typed], Awaitable[None]]) -> None:
        """Hold nothing back yet.

        Args:
            app: the application.
            deal_with: sends off what was typed.
        """
        self._app, self._deal_with = app, deal_with
        self._busy_at = -math.inf
        """When the last one was sent off, or came back."""
        self._way: list[MessagePump] = []
        """What the last one passes, from what has the focus up to the screen."""
        self._waiting: deque[Typed] = deque()

    @property
    def has_more(self) -> bool:
        """Whether anything is held back."""
        return bool(self._waiting)

    async def take(self, typed: Typed) -> None:
        """Send it off in its turn, which is at once unless another one went just before it."""
        self._waiting.append(typed)
        if time.monotonic() - self._busy_at > _PATIENCE:
            await self._send(self._waiting[0])
        elif len(self._waiting) == 1:
            self._follow(typed)

    def come_back(self) -> None:
        """Be told that one has come back to the application, and what it does is done."""
        self._busy_at = time.monotonic()

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    async def _send(self, typed: Typed) -> None:
        # When the program ends no screen is left.
        if not (self._waiting and self._waiting[0] is typed and self._app.screen_stack):
            return
        self._waiting.popleft()
        self._busy_at = time.monotonic()
        target = self._app.focused or self._app.screen
        self._way = [node for node in target.ancestors_with_self if node is not self._app]
        await self._deal_with(typed)
        if self._waiting:
            self._follow(self._waiting[0])

    def _follow(self, typed: Typed) -> None:
        """Go the way of the one before, through the same queues: at the end it has been dealt with.

        Go it once more, behind what it has set off, such as an `Input.Submitted`.
        """
        way = iter((*self._way, self._app, *self._way))

        def go_on() -> None:
            if not any(node.call_later(go_on) for node in way):
                self._app.call_later(self._send, typed)

        go_on()
        asyncio.get_running_loop().call_later(_PATIENCE, self._app.call_later, self._send, typed)
