"""The pause between two looks."""

from __future__ import annotations

import asyncio
import contextlib


class Pacer:
    """A pause between two polls that can be cut short."""

    def __init__(self) -> None:
        """Be ready for the first pause."""
        self._wake = asyncio.Event()
        self._is_resting, self._rounds = False, 0
        self._rests = asyncio.Condition()

    @property
    def is_hurried(self) -> bool:
        """Whether the next pause will be skipped."""
        return self._wake.is_set()

    def hurry(self) -> None:
        """End the pause now, or skip the next one."""
        self._wake.set()

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until hurried."""
        async with self._rests:
            self._rounds += 1
            self._rests.notify_all()
        self._is_resting = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._is_resting = False
        self._wake.clear()

    async def polled(self) -> None:
        """Hurry, and wait until a poll is done that began from now on."""
        # One that is under way may have asked too early.
        awaited = self._rounds + (1 if self._is_resting else 2)
        self.hurry()
        async with self._rests:
            await self._rests.wait_for(lambda: self._rounds >= awaited)
