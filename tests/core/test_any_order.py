"""Starting, pausing, resuming and cancelling in any order."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing

import pytest

from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from tests.core.queueing import NAMES, active, downloads, emulator, states

__all__ = ["downloads", "emulator"]

_ROUNDS = 100


class Chooser:
    """Does what comes to its mind, and knows how each download should end."""

    def __init__(self, downloads: LocalDownloads, seed: int) -> None:
        self.chosen: dict[str, PullState] = {}
        self._downloads = downloads
        self._random = random.Random(seed)

    async def act(self) -> None:
        """Do one thing to one download, or to two at the same time."""
        names = self._random.sample(NAMES, self._random.choice((1, 1, 2)))
        await asyncio.gather(*(self._act_on(name) for name in names))
        for _ in range(self._random.randrange(30)):
            await asyncio.sleep(0)

    async def _act_on(self, name: str) -> None:
        act = self._random.choice(("start", "start", "pause", "resume", "cancel"))
        state = states(self._downloads).get(name)
        if act == "start":
            self.chosen[name] = PullState.DONE
            await self._downloads.start(name)
        elif act == "pause":
            if state is not None and not state.has_ended:
                self.chosen[name] = PullState.PAUSED
            await self._downloads.pause(name)
        elif act == "resume":
            if state is PullState.PAUSED:
                self.chosen[name] = PullState.DONE
            await self._downloads.resume(name)
        else:
            if state is not None and not state.has_ended:
                self.chosen[name] = PullState.CANCELLED
            await self._downloads.cancel(name)


async def most_at_once(downloads: LocalDownloads) -> int:
    """Watch until cancelled; the most that were ever active."""
    most = 0
    async with aclosing(downloads.watch()) as changes:
        async for pulls in changes:
            most = max(most, sum(pull.state.is_active for pull in pulls))
            if pulls and all(is_settled(pull.state) for pull in pulls):
                return most
    raise AssertionError


def is_settled(state: PullState) -> bool:
    """Whether nothing will happen to it by itself."""
    return state.has_ended or state is PullState.PAUSED


@pytest.mark.parametrize("seed", range(8))
async def test_two_at_most_run_and_each_ends_as_it_was_chosen(
    downloads: LocalDownloads, emulator: Emulator, seed: int
) -> None:
    emulator.registry.faults.clear()
    emulator.registry.rate = 2 * 2**20
    chooser, most = Chooser(downloads, seed), 0

    for _ in range(_ROUNDS):
        await chooser.act()
        most = max(most, len(active(downloads)))
    most = max(most, await most_at_once(downloads))

    assert most == 2
    assert states(downloads) == chooser.chosen
    assert set(chooser.chosen) == set(NAMES)
    assert not emulator.downloads.running
