"""What is typed, one key after the other however fast they come."""

from __future__ import annotations

import asyncio
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
        self._in_hand: Typed | None = None
        self._way: list[MessagePump] = []
        """What it passes, from what has the focus up to the screen."""
        self._waiting: deque[Typed] = deque()

    @property
    def has_more(self) -> bool:
        """Whether anything is held back."""
        return bool(self._waiting)

    async def take(self, typed: Typed) -> None:
        """Send it off, or hold it back until its turn."""
        if self._in_hand is None:
            await self._begin(typed)
            return
        self._waiting.append(typed)
        if len(self._waiting) == 1:
            self._follow(self._in_hand)

    async def end(self, typed: Typed) -> None:
        """Send off what is next, now that this one has been dealt with."""
        if typed is not self._in_hand:
            return
        self._in_hand = None
        # When the program ends no screen is left.
        if self._waiting and self._app.screen_stack:
            await self._begin(self._waiting.popleft())
        if self._waiting and self._in_hand is not None:
            self._follow(self._in_hand)

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    async def _begin(self, typed: Typed) -> None:
        target = self._app.focused or self._app.screen
        self._way = [node for node in target.ancestors_with_self if node is not self._app]
        self._in_hand = typed
        await self._deal_with(typed)
        if not typed.is_forwarded:
            await self.end(typed)

    def _follow(self, typed: Typed) -> None:
        """Go its way behind it, through the same queues: at their end it has been dealt with."""
        way = iter(self._way)

        def go_on() -> None:
            if not any(node.call_later(go_on) for node in way):
                self._app.call_later(self.end, typed)

        go_on()
        asyncio.get_running_loop().call_later(_PATIENCE, self._app.call_later, self.end, typed)
