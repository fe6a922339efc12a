"""Four models that are held half-way, of which two are pulled at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from tests.core.test_downloads import reached

NAMES = ("a:latest", "b:latest", "c:latest", "d:latest")
A, B, C, D = NAMES
WAITING, PAUSED = PullState.WAITING, PullState.PAUSED
HELD = PullFault(PullFaultKind.STALL, 0.5)
RULES = PullRules(stall_seconds=1e9, first_pause=0, longest_pause=0)


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server that gets half of each of four models, and the rest once its fault is gone."""
    models = {name: manifest(name, 60 * 2**20) for name in NAMES}
    emulator = Emulator((), Registry(models, rate=6 * 2**20), now=clock.now, sleep=clock.sleep)
    emulator.registry.faults.update(dict.fromkeys(NAMES, HELD))
    return emulator


@pytest.fixture
async def downloads(url: str, emulator: Emulator) -> AsyncIterator[LocalDownloads]:
    """Two at once."""

    def seconds() -> float:
        return emulator.clock.now().timestamp()

    async with LocalDownloads(Connection(url), clock=seconds, rules=RULES) as downloads:
        yield downloads


def states(downloads: LocalDownloads) -> dict[str, PullState]:
    """How each download is, in the order of the list."""
    return {pull.name: pull.state for pull in downloads.pulls}


def active(downloads: LocalDownloads) -> list[str]:
    """Those that the server is asked for, or soon again."""
    return [name for name, state in states(downloads).items() if state.is_active]


async def start(downloads: LocalDownloads, *names: str) -> None:
    for name in names:
        await downloads.start(name)


async def half_way(downloads: LocalDownloads, name: str) -> None:
    """Wait until a download is held up."""
    await reached(downloads, name, lambda pull: (pull.share or 0) >= 0.49)
