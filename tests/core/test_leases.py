"""LocalDownloads that go on for as long as somebody wants them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ollama_tui.core import local_downloads as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.core.leasing import OpenLease, all_arriving, arriving, last, until
from tests.core.test_downloads import bodies, ended, falling_silent, wait_for_partials


class TestOneLease:
    async def test_it_begins_now_and_ends_with_the_download(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        pulls = [pull async for pull in lease("tiny")]

        assert (pulls[0].name, pulls[0].state) == ("tiny:latest", PullState.STARTING)
        assert pulls[-1].state is PullState.DONE
        assert downloads.pulls == ()

    async def test_closing_it_stops_the_download_and_drops_it(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        seen = await arriving(pulls)
        assert emulator.downloads.running

        await pulls.aclose()

        assert downloads.pulls == ()
        await wait_for_partials(emulator)
        assert sum(emulator.store.partials.values()) >= seen.completed

    async def test_closing_it_at_once_sends_nothing(self, url: str, emulator: Emulator) -> None:
        async with LocalDownloads(Connection(url)) as downloads:
            async with aclosing(downloads.lease("big:8b")) as pulls:
                await anext(pulls)
            assert downloads.pulls == ()

        assert not emulator.requests

    async def test_before_it_is_looked_at_it_wants_nothing(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        assert downloads.pulls == ()

        await pulls.aclose()

        assert downloads.pulls == ()

    async def test_one_that_is_cancelled_while_it_waits_is_given_up(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.STALL, 0.5)
        holder = asyncio.create_task(last(lease("big:8b")))
        await all_arriving(downloads)

        holder.cancel()
        await asyncio.wait([holder])

        assert holder.cancelled()
        assert downloads.pulls == ()
        await wait_for_partials(emulator)

    async def test_one_that_is_cancelled_in_the_moment_of_a_change_is_given_up(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        holder = asyncio.create_task(last(lease("big:8b")))
        await all_arriving(downloads)

        await downloads.start("tiny")
        holder.cancel()
        await asyncio.wait([holder])

        assert holder.cancelled()

    async def test_it_may_be_over_plain_http(self, emulator: Emulator, lease: OpenLease) -> None:
        await last(lease("registry.lan/acme/m", insecure=True))

        assert [body["insecure"] for body in bodies(emulator)] == [True]

    @pytest.mark.parametrize("name", ["", "a b", "[/b]", "x" * 300])
    async def test_an_invalid_name_is_refused_and_nothing_is_sent(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease, name: str
    ) -> None:
        with pytest.raises(InvalidInput):
            await anext(lease(name))

        assert downloads.pulls == ()
        assert not emulator.requests

    async def test_it_is_told_again_while_nothing_changes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)

        async with (
            falling_silent(b"HTTP/1.1 200 OK\r\n\r\n") as url,
            LocalDownloads(Connection(url), clock=lambda: 0.0) as downloads,
            aclosing(downloads.lease("x")) as pulls,
        ):
            told = [await anext(pulls) for _ in range(5)]

        assert [pull.state for pull in told] == [PullState.STARTING] * 5


class TestTwoLeases:
    @pytest.mark.parametrize("name", ["big:8b", "BIG:8B", "library/big:8b"])
    async def test_they_share_one_download_and_both_see_it_grow(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease, name: str
    ) -> None:
        one, other = lease("big:8b"), lease(name)

        seen = await asyncio.gather(arriving(one), arriving(other))
        more = await asyncio.gather(
            *(
                until(pulls, lambda pull: pull.completed > seen[0].completed)
                for pulls in (one, other)
            )
        )

        assert [pull.name for pull in more] == ["big:8b"] * 2
        assert len(bodies(emulator)) == len(downloads.pulls) == 1

    async def test_when_one_leaves_the_other_goes_on_to_the_end(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        one, other = lease("big:8b"), lease("big:8b")
        await asyncio.gather(arriving(one), arriving(other))

        await one.aclose()

        assert (await last(other)).state is PullState.DONE
        assert len(bodies(emulator)) == 1
        assert downloads.pulls == ()

    async def test_when_one_is_cancelled_the_other_goes_on(
        self, emulator: Emulator, lease: OpenLease
    ) -> None:
        other = lease("big:8b")
        holder = asyncio.create_task(last(lease("big:8b")))
        await arriving(other)

        holder.cancel()
        await asyncio.wait([holder])

        assert (await last(other)).state is PullState.DONE
        assert len(bodies(emulator)) == 1

    async def test_when_both_have_left_it_stops(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        one, other = lease("big:8b"), lease("big:8b")
        await asyncio.gather(arriving(one), arriving(other))

        await one.aclose()
        names = [pull.name for pull in downloads.pulls]
        await other.aclose()

        assert names == ["big:8b"]
        assert downloads.pulls == ()
        await wait_for_partials(emulator)

    async def test_another_models_download_is_none_of_its_business(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        one, other = lease("big:8b"), lease("other")
        await asyncio.gather(arriving(one), arriving(other))

        await one.aclose()

        assert [pull.name for pull in downloads.pulls] == ["other:latest"]
        assert (await last(other)).state is PullState.DONE


class TestOneThatIsKept:
    async def test_the_lease_of_one_that_was_started_may_end(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        await downloads.start("big:8b")
        pulls = lease("big:8b")
        await arriving(pulls)

        await pulls.aclose()

        assert (await ended(downloads, "big:8b")).state is PullState.DONE
        assert [pull.state for pull in downloads.pulls] == [PullState.DONE]
        assert len(bodies(emulator)) == 1

    async def test_one_that_is_started_while_it_is_leased_goes_on_too(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        seen = await arriving(pulls)
        joined = await downloads.start("big:8b")

        await pulls.aclose()

        assert joined.completed >= seen.completed
        assert (await ended(downloads, "big:8b")).state is PullState.DONE
        assert [pull.state for pull in downloads.pulls] == [PullState.DONE]
        assert len(bodies(emulator)) == 1


class TestWatchingIsNoClaim:
    async def test_one_that_is_followed_ends_with_its_lease(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        await arriving(pulls)
        async with aclosing(downloads.follow("big:8b")) as followed:
            await anext(followed)

            await pulls.aclose()

            assert [pull async for pull in followed] == []
        await wait_for_partials(emulator)

    async def test_one_that_nobody_follows_any_more_goes_on_for_its_lease(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        await anext(pulls)
        async with aclosing(downloads.follow("big:8b")) as followed:
            await anext(followed)

        assert (await last(pulls)).state is PullState.DONE
