"""How leased downloads end, and what comes after."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ollama_tui.core import local_downloads as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import Closed, NoSuchModel
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.core.leasing import OpenLease, all_arriving, arriving, ending, last
from tests.core.test_downloads import bodies, ended, wait_for_partials


class TestFailing:
    async def test_every_lease_is_told_how(self, lease: OpenLease) -> None:
        pulls = await asyncio.gather(last(lease("absent")), last(lease("absent")))

        assert [pull.state for pull in pulls] == [PullState.FAILED] * 2
        assert {pull.failure_kind for pull in pulls} == {NoSuchModel}
        assert all("no such model" in pull.failure for pull in pulls)

    async def test_one_that_looks_late_is_told_at_once(
        self, downloads: LocalDownloads, lease: OpenLease, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_LOOK_SECONDS", 3600)
        pulls = lease("absent")
        await anext(pulls)

        await ended(downloads, "absent")

        assert (await anext(pulls)).state is PullState.FAILED

    async def test_it_is_dropped_after_the_last_lease(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        one, other = lease("absent"), lease("absent")
        failed, _ = await asyncio.gather(ending(one), ending(other))

        await one.aclose()
        left = list(downloads.pulls)
        await other.aclose()

        assert left == [failed]
        assert downloads.pulls == ()

    async def test_one_that_is_kept_stays_to_be_seen(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        await downloads.start("absent")

        await last(lease("absent"))

        assert [pull.state for pull in downloads.pulls] == [PullState.FAILED]


class TestBeingCancelled:
    async def test_every_lease_is_told(self, downloads: LocalDownloads, lease: OpenLease) -> None:
        one, other = lease("big:8b"), lease("big:8b")
        await asyncio.gather(arriving(one), arriving(other))

        await downloads.cancel("big:8b")

        assert (await last(one)).state is PullState.CANCELLED
        assert (await last(other)).state is PullState.CANCELLED
        assert downloads.pulls == ()

    async def test_it_stops_though_its_lease_is_closed_meanwhile(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        pulls = lease("big:8b")
        await arriving(pulls)

        await asyncio.gather(downloads.cancel("big:8b"), pulls.aclose())

        assert downloads.pulls == ()
        await wait_for_partials(emulator)


class TestAnew:
    @pytest.mark.parametrize(
        ("name", "state"), [("tiny", PullState.DONE), ("absent", PullState.FAILED)]
    )
    async def test_after_one_has_ended_the_next_lease_asks_again(
        self, emulator: Emulator, lease: OpenLease, name: str, state: PullState
    ) -> None:
        await last(lease(name))

        pulls = lease(name)

        assert (await anext(pulls)).state is PullState.STARTING
        assert (await last(pulls)).state is state
        assert len(bodies(emulator)) == 2

    async def test_what_the_lease_before_left_is_not_fetched_again(
        self, emulator: Emulator, lease: OpenLease
    ) -> None:
        before = lease("big:8b")
        await arriving(before)
        await before.aclose()
        await wait_for_partials(emulator)

        pull = await last(lease("big:8b"))

        assert pull.state is PullState.DONE
        assert 0 < pull.fetched < pull.total

    async def test_a_lease_of_what_has_ended_is_none_of_the_next_download(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        old, new = lease("big:8b"), lease("big:8b")
        await arriving(old)
        await downloads.cancel("big:8b")
        await wait_for_partials(emulator)
        await arriving(new)

        await old.aclose()

        assert len(downloads.pulls) == 1
        assert (await last(new)).state is PullState.DONE

    async def test_one_that_was_kept_and_has_arrived_is_no_claim_on_the_next(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.ERROR, 0.1, "no")
        await downloads.start("big:8b")
        await ended(downloads, "big:8b")
        emulator.registry.faults.clear()
        pulls = lease("big:8b")
        await arriving(pulls)

        await pulls.aclose()

        assert downloads.pulls == ()
        await wait_for_partials(emulator)


class TestClosingTheDownloads:
    async def test_those_who_follow_and_those_who_lease_are_told(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        await downloads.start("other")
        pulls = lease("big:8b")
        await arriving(pulls)
        async with aclosing(downloads.follow("other")) as followed:
            await anext(followed)

            downloads.close()

            assert [pull.state async for pull in followed][-1] is PullState.CANCELLED
        assert (await last(pulls)).state is PullState.CANCELLED
        await wait_for_partials(emulator)

    async def test_what_has_arrived_stays_so(self, downloads: LocalDownloads) -> None:
        await downloads.start("tiny")
        await ended(downloads, "tiny")

        downloads.close()

        assert [pull.state for pull in downloads.pulls] == [PullState.DONE]

    async def test_nothing_begins_any_more(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        downloads.close()

        with pytest.raises(Closed, match="the program ends"):
            await downloads.start("tiny")
        with pytest.raises(Closed, match="the program ends"):
            await anext(lease("tiny"))
        assert downloads.pulls == ()
        assert not emulator.requests

    async def test_what_was_cancelled_by_it_does_not_begin_again(
        self, downloads: LocalDownloads, lease: OpenLease
    ) -> None:
        await downloads.start("big:8b")
        downloads.close()

        with pytest.raises(Closed):
            await anext(lease("big:8b"))

    async def test_leaving_the_block_tells_a_lease_that_waits(
        self, url: str, emulator: Emulator
    ) -> None:
        async with LocalDownloads(Connection(url)) as downloads:
            holder = asyncio.create_task(last(downloads.lease("big:8b")))
            await all_arriving(downloads)

        assert (await holder).state is PullState.CANCELLED
        await wait_for_partials(emulator)
