"""LocalDownloads that wait for their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.core.leasing import OpenLease, arriving, become_true
from tests.core.queueing import (
    NAMES,
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


class TestWaiting:
    async def test_the_third_waits_and_is_not_asked_for(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C, D)
        await half_way(downloads, A)
        await half_way(downloads, B)

        assert list(states(downloads)) == list(NAMES)
        assert active(downloads) == [A, B]
        assert [states(downloads)[name] for name in (C, D)] == [WAITING] * 2
        assert [body["model"] for body in bodies(emulator)] == [A, B]

    async def test_its_time_begins_with_its_turn(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C)
        await half_way(downloads, A)
        begun = emulator.clock.now().timestamp()

        await downloads.cancel(A)

        assert downloads.pulls[2].started >= begun

    async def test_those_who_lease_do_not_wait(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        await start(downloads, A, B)

        pulls = lease(C)
        await arriving(pulls)

        assert active(downloads) == [A, B, C]

    async def test_one_that_waits_runs_at_once_when_it_is_leased(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        await start(downloads, A, B, C)

        await arriving(lease(C))
        await start(downloads, C)

        assert active(downloads) == [A, B, C]
        assert len(bodies(emulator)) == 3

    async def test_one_that_waits_can_be_cancelled_without_being_asked_for(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C)

        await downloads.cancel(C)
        await downloads.cancel(A)

        assert states(downloads)[C] is PullState.CANCELLED
        assert C not in [body["model"] for body in bodies(emulator)]

    async def test_closing_cancels_it_and_asks_for_nothing(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C)
        await half_way(downloads, A)
        await downloads.pause(B)
        await start(downloads, D)

        downloads.close()
        await wait_for_partials(emulator)

        assert set(states(downloads).values()) == {PullState.CANCELLED}
        assert D not in [body["model"] for body in bodies(emulator)]


class TestItsTurn:
    async def test_it_comes_when_one_arrives(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C, D)
        await half_way(downloads, A)

        del emulator.registry.faults[A]
        await half_way(downloads, C)

        assert states(downloads)[A] is PullState.DONE
        assert active(downloads) == [B, C]
        assert states(downloads)[D] is WAITING

    async def test_it_comes_when_one_fails(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C)

        emulator.registry.faults[A] = PullFault(PullFaultKind.ERROR, 0.1, "no")
        await half_way(downloads, C)

        assert states(downloads)[A] is PullState.FAILED

    @pytest.mark.parametrize("end", [LocalDownloads.cancel, LocalDownloads.pause])
    async def test_it_comes_when_one_is_cancelled_or_paused(
        self, downloads: LocalDownloads, end: Callable[[LocalDownloads, str], Awaitable[None]]
    ) -> None:
        await start(downloads, A, B, C)
        await half_way(downloads, A)

        await end(downloads, A)

        assert active(downloads) == [B, C]

    async def test_it_comes_when_the_lease_of_another_ends(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        leased = lease(A)
        await arriving(leased)
        await start(downloads, B, C)

        await leased.aclose()

        await become_true(lambda: active(downloads) == [B, C])

    async def test_it_comes_when_a_lease_ends_before_its_download_began(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        leased = lease(A)
        await anext(leased)
        await start(downloads, B, C)

        await leased.aclose()

        await become_true(lambda: active(downloads) == [B, C])

    async def test_it_comes_though_whoever_pauses_another_is_cancelled(
        self, downloads: LocalDownloads
    ) -> None:
        await start(downloads, A, B, C)
        await half_way(downloads, A)
        pausing = asyncio.create_task(downloads.pause(A))
        await asyncio.sleep(0)

        pausing.cancel()
        await asyncio.wait([pausing])

        await become_true(lambda: active(downloads) == [B, C])

    async def test_it_comes_in_the_order_of_the_list(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await start(downloads, A, B, C, D)
        emulator.registry.faults.clear()

        await asyncio.gather(*(ended(downloads, name) for name in NAMES))

        assert [body["model"] for body in bodies(emulator)] == list(NAMES)
        assert set(states(downloads).values()) == {PullState.DONE}
