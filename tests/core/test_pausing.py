"""LocalDownloads that the user pauses."""

from __future__ import annotations

import pytest

from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from tests.core.leasing import OpenLease, arriving, ending, last
from tests.core.queueing import (
    NAMES,
    PAUSED,
    WAITING,
    A,
    B,
    C,
    D,
    active,
    downloads,
    emulator,
    half_way,
    start,
    states,
)
from tests.core.test_downloads import bodies, ended, wait_for_partials

__all__ = ["downloads", "emulator"]


class TestPausing:
    async def test_its_stream_is_closed_and_the_server_keeps_its_parts(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A)
        await half_way(downloads, A)

        await downloads.pause("a")
        await wait_for_partials(emulator)

        (pull,) = downloads.pulls
        assert pull.state is PAUSED
        assert sum(emulator.store.partials.values()) >= pull.completed > 0

    async def test_resumed_it_fetches_only_the_rest(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A)
        await half_way(downloads, A)
        await downloads.pause(A)
        before = downloads.pulls[0].fetched
        emulator.registry.faults.clear()

        await downloads.resume("A:latest")
        pull = await ended(downloads, A)

        assert (pull.state, pull.attempt) == (PullState.DONE, 1)
        assert 0.4 * pull.total < before < 0.6 * pull.total
        assert 0.97 * pull.total < pull.fetched <= pull.total

    async def test_resumed_it_waits_for_its_turn(self, downloads: LocalDownloads) -> None:
        await start(downloads, A, B, C)
        await downloads.pause(A)

        await downloads.resume(A)
        while_full = states(downloads)[A]
        await downloads.cancel(B)

        assert while_full is WAITING
        assert active(downloads) == [A, C]

    async def test_started_again_it_goes_on(self, downloads: LocalDownloads) -> None:
        await start(downloads, A)
        await downloads.pause(A)

        begun = await downloads.start("a")

        assert begun.state is PullState.STARTING
        await half_way(downloads, A)

    async def test_one_that_waits_loses_its_turn(self, downloads: LocalDownloads) -> None:
        await start(downloads, A, B, C, D)

        await downloads.pause(C)
        await downloads.cancel(A)

        assert active(downloads) == [B, D]
        assert states(downloads)[C] is PAUSED

    async def test_it_runs_at_once_when_it_is_leased(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        await start(downloads, A, B, C)
        await downloads.pause(A)

        await arriving(lease(A))

        assert active(downloads) == [A, B, C]

    async def test_its_holders_see_it_and_resumed_it_does_not_wait_for_them(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        pulls = lease(A)
        await arriving(pulls)
        await start(downloads, B)
        await downloads.pause(A)
        await start(downloads, C)
        seen = await anext(pulls)
        emulator.registry.faults.pop(A)

        await downloads.resume(A)

        assert seen.state is PAUSED
        assert active(downloads) == [A, B, C]
        assert (await ending(pulls)).state is PullState.DONE

    async def test_its_last_lease_takes_it_along(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        pulls = lease(A)
        await arriving(pulls)
        await downloads.pause(A)

        await pulls.aclose()

        assert downloads.pulls == ()

    async def test_it_can_be_cancelled(self, downloads: LocalDownloads) -> None:
        await start(downloads, A)
        await downloads.pause(A)

        await downloads.cancel(A)
        await downloads.resume(A)

        assert states(downloads) == {A: PullState.CANCELLED}

    @pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
    @pytest.mark.parametrize("name", ["absent", "a b", "", A, B])
    async def test_what_does_not_run_stays_as_it_is(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease, act: str, name: str
    ) -> None:
        emulator.registry.faults.clear()
        await start(downloads, A)
        await ended(downloads, A)
        await last(lease(B))

        await getattr(downloads, act)(name)

        assert states(downloads) == {A: PullState.DONE}

    async def test_resuming_what_runs_changes_nothing(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C)
        await half_way(downloads, A)
        before = states(downloads)

        for name in NAMES:
            await downloads.resume(name)

        assert states(downloads) == before
        assert len(bodies(emulator)) == 2
