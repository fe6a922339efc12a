"""Streams that fall silent, or end within a line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from ollama_tui.core import local_downloads as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import Pull, PullState
from tests.core.leasing import Lease, until
from tests.core.raw_server import answering
from tests.core.test_downloads import falling_silent

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"
ASKING = {"status": "pulling manifest"}
LAYER = {"status": "pulling a", "digest": "sha256:a", "total": 100, "completed": 10}
VERIFYING = {"status": "verifying sha256 digest"}
RULES = PullRules(stall_seconds=0.1, first_pause=0.0, longest_pause=0.0)

OpenSilent = Callable[..., AbstractAsyncContextManager[LocalDownloads]]


@pytest.fixture
def open_silent(monkeypatch: pytest.MonkeyPatch) -> OpenSilent:
    """Open downloads of a server that falls silent after some lines, at a clock that stands."""
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)

    @asynccontextmanager
    async def opened(*lines: object) -> AsyncIterator[LocalDownloads]:
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        async with (
            falling_silent(HEAD + body) as url,
            LocalDownloads(Connection(url), clock=lambda: 0.0, rules=RULES) as downloads,
        ):
            yield downloads

    return opened


async def looked_at(pulls: Lease, times: int) -> Pull:
    """Lease a download for so many looks of 0.01 s after its bytes come."""
    return [await anext(pulls) for _ in range(times)][-1]


async def test_one_that_was_found_is_asked_for_again_and_again(open_silent: OpenSilent) -> None:
    async with open_silent(ASKING, LAYER) as downloads:
        await downloads.start("x")

        pull = await until(downloads.follow("x"), lambda pull: pull.attempt >= 4)

    assert pull.note == "stalled at 10 %"
    assert (pull.completed, pull.fetched) == (10, 0)


@pytest.mark.parametrize(
    "lines", [(ASKING, LAYER, VERIFYING), (ASKING, VERIFYING)], ids=["with a layer", "without one"]
)
async def test_the_silence_of_one_that_is_verified_is_no_stall(
    open_silent: OpenSilent, lines: tuple[object, ...]
) -> None:
    async with open_silent(*lines) as downloads:
        await downloads.start("x")
        pulls = downloads.lease("x")
        before = await until(pulls, lambda pull: pull.state is PullState.VERIFYING)

        pull = await looked_at(pulls, 20)

    assert (pull.state, pull.attempt) == (PullState.VERIFYING, before.attempt)


@pytest.mark.parametrize("lines", [(), (ASKING,)], ids=["from the start", "asking the registry"])
async def test_one_that_falls_silent_before_it_is_found_is_asked_for_again(
    open_silent: OpenSilent, lines: tuple[object, ...]
) -> None:
    async with open_silent(*lines) as downloads:
        await downloads.start("x")

        pull = await until(downloads.follow("x"), lambda pull: pull.attempt >= 3)

    assert pull.note == "the server said nothing any more"


async def test_one_that_is_only_leased_is_told_that_it_stalled(open_silent: OpenSilent) -> None:
    async with open_silent(ASKING, LAYER) as downloads:
        pull = await until(downloads.lease("x"), lambda pull: pull.state.has_ended)

    assert (pull.state, pull.attempt) == (PullState.FAILED, 1)
    assert "Stalled at 10 %" in pull.failure


async def test_one_that_is_leased_first_and_kept_later_is_asked_for_again(
    open_silent: OpenSilent,
) -> None:
    async with open_silent(ASKING, LAYER) as downloads:
        pulls = downloads.lease("x")
        await until(pulls, lambda pull: pull.layers)

        await downloads.start("x")
        pull = await looked_at(pulls, 20)

    assert pull.attempt > 1


async def test_one_whose_stream_ends_within_a_line_is_asked_for_again() -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    body = json.dumps(LAYER).encode() + b'\n{"status":"pulli'

    async with (
        answering(head + body) as server,
        LocalDownloads(Connection(server.url), rules=RULES) as downloads,
    ):
        await downloads.start("x")
        pull = await until(
            downloads.follow("x"), lambda pull: pull.attempt > 2 or pull.state.has_ended
        )

    assert (pull.failure, pull.attempt) == ("", 3)
