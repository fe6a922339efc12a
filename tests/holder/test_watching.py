"""What those who watch are told by the holder, and when."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest

from ollama_tui.core import local_downloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import (
    HELD,
    OpenClient,
    become_true,
    bodies,
    ended,
    half_way,
    holder_here,
    on_disk,
    reached,
    states,
    told,
)

pytestmark = pytest.mark.usefixtures("forked_holders")


class TestWatching:
    async def test_each_program_sees_the_downloads_of_all(self, open_client: OpenClient) -> None:
        one, other = await open_client(), await open_client()
        await one.start("a")
        await other.start("b")

        await told(one, lambda pulls: len(pulls) == 2)
        await told(other, lambda pulls: len(pulls) == 2)

        assert [pull.name for pull in one.pulls] == ["a:latest", "b:latest"]
        assert [pull.name for pull in other.pulls] == ["a:latest", "b:latest"]

    async def test_a_download_is_followed_from_its_first_bytes_to_its_end(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        emulator.registry.faults.clear()

        async with asyncio.timeout(30), aclosing(downloads.follow("a")) as changes:
            pulls = [pull async for pull in changes]

        assert pulls[-1].state is PullState.DONE
        assert pulls[-1].completed == pulls[-1].total == 60 * 2**20
        assert all(one.completed <= other.completed for one, other in pairwise(pulls))

    async def test_one_that_looks_seldom_sees_the_newest_and_no_queue_of_old_ones(
        self, downloads: HeldDownloads, open_client: OpenClient, emulator: Emulator
    ) -> None:
        seldom = await open_client()
        await downloads.start("a")
        async with aclosing(seldom.watch()) as looks:
            await anext(looks)
            emulator.registry.faults.clear()
            await ended(downloads, "a")

            pulls = await anext(looks)

        assert [pull.state for pull in pulls] == [PullState.DONE]

    async def test_a_program_that_comes_later_sees_how_far_it_is(
        self, downloads: HeldDownloads, open_client: OpenClient
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        later = await open_client()
        pull = await reached(later, "a", lambda pull: True)

        assert pull.share == pytest.approx(HELD, abs=0.01)
        assert pull.completed == pytest.approx(HELD * 60 * 2**20, rel=0.01)

    async def test_an_end_that_comes_while_nobody_looks_is_told_at_the_next_look(
        self,
        place: HolderPlace,
        open_client: OpenClient,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(local_downloads, "_LOOK_SECONDS", 3600)
        downloads = await open_client()

        async with holder_here(place):
            await downloads.start("a")
            async with aclosing(downloads.watch()) as looks, asyncio.timeout(30):
                await anext(looks)
                emulator.registry.faults.clear()
                await become_true(lambda: emulator.store.models and not on_disk(place))

                async for pulls in looks:
                    if pulls[0].state is PullState.DONE:
                        break

        assert [past.name for past in downloads.history] == ["a:latest"]

    async def test_a_name_that_is_not_in_the_list_has_nothing_to_follow(
        self, downloads: HeldDownloads
    ) -> None:
        await downloads.start("a")

        async with asyncio.timeout(30), aclosing(downloads.follow("b")) as changes:
            assert [pull async for pull in changes] == []

    async def test_without_a_holder_there_is_nothing_to_see_and_none_is_started(
        self, downloads: HeldDownloads, emulator: Emulator, place: HolderPlace
    ) -> None:
        await told(downloads, lambda pulls: pulls == ())

        assert downloads.history == ()
        assert not place.lock.exists()

    async def test_without_a_holder_none_is_sought_until_a_file_of_one_is_another(
        self, open_client: OpenClient, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.holder.sight._RESTS", 10_000)
        watching, other = await open_client(), await open_client()
        async with aclosing(watching.watch()) as changes:
            await anext(changes)

            await other.start("a")

            async with asyncio.timeout(30):
                assert [pull.name for pull in await anext(changes)] == ["a:latest"]

    async def test_what_ended_is_in_the_history_of_all(
        self, open_client: OpenClient, emulator: Emulator
    ) -> None:
        one, other = await open_client(), await open_client()
        await one.start("tiny")
        await ended(one, "tiny")

        await told(other, lambda pulls: states(other) == {"tiny": PullState.DONE})

        await become_true(lambda: bodies(emulator) == ["tiny"])
        assert [past.name for past in one.history] == ["tiny:latest"]
        assert one.history == other.history
