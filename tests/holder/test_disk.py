"""A disk that is full, files that are damaged or newer: told in words, and nothing is lost."""

from __future__ import annotations

import json
import resource
import sys
from functools import partial

import psutil
import pytest

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.journal import Journal, Record, UnfinishedPull
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import (
    SERVER,
    bodies,
    client_of,
    ended,
    half_way,
    no_holder,
    on_disk,
    states,
    target_of,
    told,
)
from tests.holder.program import program, said
from tests.holders import holders

pytestmark = pytest.mark.usefixtures("forked_holders")

PAUSED, DONE = PullState.PAUSED, PullState.DONE
FULL = 0, resource.RLIM_INFINITY
"""No file may grow: what a full disk says, too, comes with the first byte."""


def _fill_disk_of(holder: psutil.Process) -> None:
    holder.rlimit(psutil.RLIMIT_FSIZE, FULL)


def _free_disk_of(holder: psutil.Process) -> None:
    holder.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can fill another's disk")
class TestADiskThatTakesNothing:
    """What could not be remembered is not begun."""

    async def test_a_full_one_is_told_and_nothing_is_sent(
        self, downloads: HeldDownloads, place: HolderPlace, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        (holder,) = holders(place.folder)
        before = place.journal.read_bytes()
        _fill_disk_of(holder)

        with pytest.raises(StateUnwritable, match=r"downloads-box\.json could not be written"):
            await downloads.start("b")

        assert bodies(emulator) == ["a"]
        assert place.journal.read_bytes() == before
        await told(downloads, lambda pulls: states(downloads) == {"a": PullState.PULLING})

    async def test_what_runs_goes_on_meanwhile_and_can_be_paused(
        self, downloads: HeldDownloads, place: HolderPlace, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        await downloads.start("b")
        await half_way(downloads, "a", "b")
        (holder,) = holders(place.folder)
        _fill_disk_of(holder)

        await downloads.pause("a")
        emulator.registry.faults.clear()

        assert (await ended(downloads, "b")).state is DONE
        assert states(downloads)["a"] is PAUSED

    async def test_when_there_is_room_again_it_can_be_started(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        (holder,) = holders(place.folder)
        _fill_disk_of(holder)
        with pytest.raises(StateUnwritable):
            await downloads.start("b")

        _free_disk_of(holder)

        assert (await downloads.start("b")).name == "b:latest"

    async def test_a_full_one_lets_no_holder_start(
        self, place: HolderPlace, url: str, emulator: Emulator
    ) -> None:
        full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, FULL)

        async with program(place, target_of(url=url), "start", "a", before=full) as starter:
            words = await said(starter)

        assert "could not be written: file too large." in words
        assert not place.socket.exists()
        assert not holders(place.folder)
        assert not bodies(emulator)

    async def test_a_state_folder_that_cannot_be_made_is_told_and_nothing_is_sent(
        self, place: HolderPlace, url: str, emulator: Emulator
    ) -> None:
        place.folder.write_text("a file in its place")

        async with client_of(place, target_of(url=url)) as downloads:
            with pytest.raises(StateUnwritable, match="could not be written"):
                await downloads.start("a")

        assert not holders(place.folder)
        assert not bodies(emulator)

    async def test_a_lock_that_cannot_be_opened_is_told_and_nothing_is_sent(
        self, downloads: HeldDownloads, place: HolderPlace, emulator: Emulator
    ) -> None:
        place.lock.mkdir(parents=True)

        with pytest.raises(StateUnwritable, match=r"holder-box\.lock could not be opened"):
            await downloads.start("a")

        assert not holders(place.folder)
        assert not bodies(emulator)


class TestADamagedFile:
    @pytest.mark.parametrize("text", ["{", "[" * 100_000], ids=["half", "deep"])
    async def test_it_is_set_aside_and_told_and_downloads_go_on(
        self, downloads: HeldDownloads, place: HolderPlace, text: str
    ) -> None:
        place.prepare()
        place.journal.write_text(text)

        await downloads.start("a")

        (aside,) = place.folder.glob("*.damaged-*")
        assert aside.read_text() == text
        assert f"is damaged and was set aside as {aside.name}" in place.log.read_text()
        assert [*on_disk(place)] == ["a"]

    async def test_what_can_be_read_in_it_is_kept(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        place.prepare()
        record = {"unfinished": [{"name": "b"}, {"name": 1}, "x", {"name": "a b"}], "history": 1}
        place.journal.write_text(json.dumps({"servers": {SERVER: record, "other": []}}))

        await told(downloads, lambda pulls: pulls)
        await downloads.start("a")

        assert sorted(states(downloads)) == ["a", "b"]


class TestAFileOfANewerVersion:
    @pytest.fixture
    def newer(self, place: HolderPlace) -> bytes:
        Journal(place.journal).write(SERVER, Record((UnfinishedPull("b"),)))
        content = json.loads(place.journal.read_text()) | {"version": 2}
        place.journal.write_text(json.dumps(content))
        return place.journal.read_bytes()

    async def test_it_is_neither_read_nor_written(
        self, downloads: HeldDownloads, place: HolderPlace, newer: bytes, emulator: Emulator
    ) -> None:
        await told(downloads, lambda pulls: pulls == ())

        with pytest.raises(StateUnwritable, match=r"was written by a newer ollama-tui\. Update"):
            await downloads.start("a")

        assert place.journal.read_bytes() == newer
        assert not bodies(emulator)

    async def test_nor_is_it_once_all_have_ended(
        self, place: HolderPlace, newer: bytes, url: str, downloads: HeldDownloads
    ) -> None:
        with pytest.raises(StateUnwritable):
            await downloads.start("a")
        (holder,) = holders(place.folder)

        holder.terminate()
        await no_holder(place)

        assert place.journal.read_bytes() == newer
