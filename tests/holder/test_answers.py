"""Answers that get lost, come late or never, and holders that speak another way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing

import psutil
import pytest

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.pulls import Pull
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import answers, link, start
from ollama_tui.holder.answers import Told
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import PROTOCOL, Snapshot, pull_to_json, to_line
from tests.holder.holding import (
    OpenClient,
    bodies,
    half_way,
    holder_here,
    impostor,
    raw_answer,
    target_of,
    told,
)
from tests.holders import holders

MAIN = "from ollama_tui.holder.__main__ import main; main()"


class TestAHolderOfAnotherVersion:
    @pytest.fixture
    async def other_version(self, place: HolderPlace) -> AsyncIterator[asyncio.Server]:
        """One that speaks in a way of its own."""
        async with impostor(place, {}, protocol=PROTOCOL + 1) as server:
            yield server

    async def test_is_told_in_words_and_left_alone(
        self,
        downloads: HeldDownloads,
        other_version: asyncio.Server,
        emulator: Emulator,
        place: HolderPlace,
    ) -> None:
        with pytest.raises(OllamaTuiError, match=rf"9\.8\.7 still holds.*process {os.getpid()}"):
            await downloads.start("a")

        assert other_version.is_serving()
        assert not holders(place.folder)
        assert not bodies(emulator)

    @pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "forget"])
    async def test_every_wish_is_answered_in_words(
        self, downloads: HeldDownloads, other_version: asyncio.Server, deed: str
    ) -> None:
        with pytest.raises(OllamaTuiError, match="cannot talk to it"):
            await getattr(downloads, deed)("a")

    async def test_so_is_a_lease(
        self, downloads: HeldDownloads, other_version: asyncio.Server
    ) -> None:
        with pytest.raises(OllamaTuiError, match="cannot talk to it"):
            await anext(downloads.lease("a"))

    async def test_what_it_does_cannot_be_seen(
        self, downloads: HeldDownloads, other_version: asyncio.Server
    ) -> None:
        await told(downloads, lambda pulls: pulls == ())

    async def test_one_of_the_same_protocol_is_spoken_to(
        self, downloads: HeldDownloads, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = f"import ollama_tui; ollama_tui.__version__ = '9.8.7'; {MAIN}"
        monkeypatch.setattr(start, "_way_in", lambda: ["-c", program])

        await downloads.start("a")

        assert [holder.cmdline()[2] for holder in holders(place.folder)] == [program]


class TestAnAnswerThatGetsLost:
    async def test_is_asked_for_again(
        self, place: HolderPlace, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = answers.Answers.answer

        async def lost(*_: object) -> None:
            monkeypatch.setattr(answers.Answers, "answer", answer)

        monkeypatch.setattr(answers.Answers, "answer", lost)
        downloads = await open_client()

        async with holder_here(place):
            pull = await downloads.start("a")

        assert pull.name == "a:latest"

    async def test_is_told_in_words_when_it_never_comes(
        self, place: HolderPlace, downloads: HeldDownloads, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "_SILENCE_SECONDS", 0.3)

        async with impostor(place, {}):
            with pytest.raises(OllamaTuiError, match="does not answer"):
                await downloads.start("a")

    async def test_is_told_in_words_when_each_is_lost(
        self, place: HolderPlace, downloads: HeldDownloads, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "_START_SECONDS", 0.3)

        async with impostor(place, {"start": []}):
            with pytest.raises(OllamaTuiError, match="ended again and again"):
                await downloads.start("a")

    async def test_one_that_was_overtaken_does_not_turn_time_back(
        self, place: HolderPlace, downloads: HeldDownloads
    ) -> None:
        a, b = Pull("a:latest", 1.0), Pull("b:latest", 2.0)
        past = EndedPull("c:latest", Outcome.FINISHED, 1.0, 1, 1, 1.0)
        started: Told = {"ok": Snapshot(7, (a,), (past,)).to_json(), "pull": pull_to_json(a)}
        overtaken: Told = {"ok": Snapshot(3, (), ()).to_json()}
        newer: Told = {"ok": Snapshot(8, (a, b), ()).to_json()}

        async with impostor(place, {"start": [started], "watch": [overtaken, newer]}):
            await downloads.start("a")
            async with aclosing(downloads.watch()) as changes, asyncio.timeout(30):
                told = [await anext(changes), await anext(changes)]

        assert told == [(a,), (a, b)]

    async def test_each_answer_tells_the_history_so_that_none_gets_lost_with_another(
        self, place: HolderPlace, downloads: HeldDownloads, url: str
    ) -> None:
        await downloads.start("a")
        target = target_of(url=url).to_json()

        for deed in ("list", "start", "pause"):
            told = await raw_answer(place, to_line({"do": deed, "server": target, "name": "a"}))
            assert b'"history":[]' in told


class TestAHolderThatHangs:
    @pytest.fixture
    async def hung(
        self, downloads: HeldDownloads, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[psutil.Process]:
        """One that was stopped while it held a download."""
        await downloads.start("a")
        await half_way(downloads, "a")
        (holder,) = holders(place.folder)
        monkeypatch.setattr(link, "_ANSWER_SECONDS", 0.3)
        monkeypatch.setattr(link, "_SILENCE_SECONDS", 0.3)
        holder.suspend()
        yield holder
        holder.resume()

    async def test_a_pause_is_refused_in_words(
        self, downloads: HeldDownloads, hung: psutil.Process
    ) -> None:
        with pytest.raises(OllamaTuiError, match=r"does not answer.*ollama_tui\.holder"):
            await downloads.pause("a")

        assert hung.is_running()

    async def test_so_is_the_wish_of_a_program_that_has_seen_nothing_yet(
        self, open_client: OpenClient, hung: psutil.Process
    ) -> None:
        downloads = await open_client()

        with pytest.raises(OllamaTuiError, match="does not answer"):
            await downloads.cancel("a")
