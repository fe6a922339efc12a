"""Leased downloads of the holder: they last as long as somebody wants them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from ollama_tui.core.errors import Interrupted, NoSuchModel
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.core.leasing import Lease, OpenLease, arriving, last, until
from tests.holder.holding import (
    OpenClient,
    become_true,
    bodies,
    half_way,
    no_holder,
    on_disk,
    reached,
    target_of,
    told,
)
from tests.holder.program import program, said
from tests.holders import holders

pytestmark = pytest.mark.usefixtures("forked_holders")

CANCELLED, DONE, FAILED = PullState.CANCELLED, PullState.DONE, PullState.FAILED


@pytest.fixture
async def lease(downloads: HeldDownloads) -> AsyncIterator[OpenLease]:
    """Lease a download, until the test ends at the latest."""
    async with AsyncExitStack() as leases, asyncio.timeout(60):

        def open_one(name: str, by: HeldDownloads = downloads) -> Lease:
            opened = by.lease(name)
            leases.push_async_callback(opened.aclose)
            return opened

        yield open_one


class TestALease:
    async def test_it_starts_the_download_and_follows_it_to_its_end(self, lease: OpenLease) -> None:
        pull = await last(lease("tiny"))

        assert pull.state is DONE

    async def test_a_failure_is_told_as_what_it_is(self, lease: OpenLease) -> None:
        pull = await last(lease("absent"))

        assert (pull.state, pull.failure_kind) == (FAILED, NoSuchModel)

    async def test_with_it_the_download_ends(
        self, lease: OpenLease, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        pulls = lease("a")
        await arriving(pulls)

        await pulls.aclose()

        await become_true(lambda: not emulator.downloads.running)
        assert emulator.store.partials
        await told(downloads, lambda pulls: pulls == ())

    async def test_it_leaves_nothing_to_be_resumed(
        self, lease: OpenLease, place: HolderPlace, hurry: None
    ) -> None:
        pulls = lease("a")
        await arriving(pulls)
        await pulls.aclose()

        await no_holder(place)

        assert on_disk(place) == {}

    async def test_one_that_is_kept_goes_on_without_it(
        self, lease: OpenLease, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        pulls = lease("a")
        await arriving(pulls)
        await downloads.start("a")

        await pulls.aclose()
        await half_way(downloads, "a")

        assert bodies(emulator) == ["a"]

    async def test_it_ends_with_the_last_of_two_programs(
        self, lease: OpenLease, open_client: OpenClient, emulator: Emulator
    ) -> None:
        other = await open_client()
        mine, theirs = lease("a"), lease("A:latest", by=other)
        await arriving(mine)
        await arriving(theirs)

        await mine.aclose()
        await told(other, lambda pulls: pulls)
        running = [*emulator.downloads.running]
        await theirs.aclose()

        assert len(running) == 1
        assert bodies(emulator) == ["a"]
        await become_true(lambda: not emulator.downloads.running)

    async def test_watching_is_no_claim(
        self, lease: OpenLease, open_client: OpenClient, emulator: Emulator
    ) -> None:
        watcher = await open_client()
        pulls = lease("a")
        await arriving(pulls)
        async with aclosing(watcher.watch()) as changes, asyncio.timeout(30):
            await anext(changes)

            await pulls.aclose()
            async for seen in changes:
                if not seen:
                    break

        await become_true(lambda: not emulator.downloads.running)

    async def test_a_cancellation_is_told_to_every_lease(
        self, lease: OpenLease, open_client: OpenClient
    ) -> None:
        other = await open_client()
        mine, theirs = lease("a"), lease("a", by=other)
        await arriving(mine)
        await arriving(theirs)

        await other.cancel("a")

        assert (await last(mine)).state is CANCELLED
        assert (await last(theirs)).state is CANCELLED

    async def test_it_does_not_wait_for_its_turn(
        self, lease: OpenLease, downloads: HeldDownloads
    ) -> None:
        for name in "abc":
            await downloads.start(name)

        pull = await anext(lease("d"))

        assert pull.state.is_active

    async def test_it_goes_on_with_one_that_was_paused(
        self, lease: OpenLease, downloads: HeldDownloads
    ) -> None:
        await downloads.start("a")
        await downloads.pause("a")

        pull = await arriving(lease("a"))

        assert pull.state is PullState.PULLING
        await told(downloads, lambda pulls: pulls[0].state is PullState.PULLING)

    async def test_the_end_of_the_program_s_block_cancels_it(
        self, open_client: OpenClient, lease: OpenLease, emulator: Emulator
    ) -> None:
        other = await open_client()
        pulls = lease("a", by=other)
        await arriving(pulls)

        other.close()

        assert (await last(pulls)).state is CANCELLED
        await become_true(lambda: not emulator.downloads.running)


class TestTheDeathOf:
    async def test_a_program_gives_its_leases_up(
        self, place: HolderPlace, url: str, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        async with program(place, target_of(url=url), "lease", "a") as other:
            while await said(other) != "pulling":
                pass
            before = [*emulator.downloads.running]
            other.kill()
            await other.wait()

        assert before
        await become_true(lambda: not emulator.downloads.running)
        await told(downloads, lambda pulls: pulls == ())

    async def test_a_program_leaves_what_is_kept(
        self, place: HolderPlace, url: str, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        async with program(place, target_of(url=url), "lease", "a") as other:
            await said(other)
            await downloads.start("a")
            other.kill()
            await other.wait()

        emulator.registry.faults.clear()

        await told(downloads, lambda pulls: pulls[0].state is DONE)

    async def test_the_holder_is_not_felt_by_who_leases(
        self, lease: OpenLease, place: HolderPlace, emulator: Emulator
    ) -> None:
        pulls = lease("a")
        seen = await until(pulls, lambda pull: (pull.share or 0) > 0.4)
        (holder,) = holders(place.folder)

        holder.kill()
        after = await anext(pulls)
        await become_true(lambda: len(bodies(emulator)) == 2)
        emulator.registry.faults.clear()
        pull = await last(pulls)

        assert after.completed >= seen.completed
        assert pull.state is DONE

    async def test_the_holder_again_and_again_is_told_in_words(
        self, lease: OpenLease, place: HolderPlace
    ) -> None:
        pulls = lease("a")

        with pytest.raises(Interrupted, match="ended again and again"):
            await _killing(place, pulls)

    async def test_the_holder_ends_no_follower_of_a_kept_one(
        self, downloads: HeldDownloads, open_client: OpenClient, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        (holder,) = holders(place.folder)
        async with aclosing(downloads.follow("a")) as pulls, asyncio.timeout(30):
            await anext(pulls)

            holder.kill()
            async for pull in pulls:
                if pull.state is PullState.UNFINISHED:
                    break
            await (await open_client()).resume("a")
            async for pull in pulls:
                if pull.state is PullState.PULLING:
                    break

        assert (pull.share or 0) >= 0.4
        await reached(downloads, "a", lambda pull: pull.state is PullState.PULLING)


async def _killing(place: HolderPlace, pulls: Lease) -> None:
    """Kill each holder that tells of a download."""
    async for _ in pulls:
        for holder in holders(place.folder):
            holder.kill()
