"""A holder that is stopped or stuck: it is told in words, and nothing waits for it for ever."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import aclosing

import pytest

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.pulls import PullState
from ollama_tui.holder import link
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import OpenClient, half_way, reached, states
from tests.holders import holders

WORDS = "does not answer"


Stop = Callable[[], None]


@pytest.fixture
def stop(place: HolderPlace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stop]:
    """Stop the holder, for which nobody waits long then; it goes on when the test ends."""

    def stop_now() -> None:
        monkeypatch.setattr(link, "_ANSWER_SECONDS", 0.3)
        send(place, signal.SIGSTOP)

    yield stop_now
    send(place, signal.SIGCONT)


def send(place: HolderPlace, number: signal.Signals) -> None:
    for process in holders(place.folder):
        process.send_signal(number)


class TestAHungHolder:
    async def test_what_was_seen_last_stays_and_the_trouble_is_told_until_it_goes_on(
        self, downloads: HeldDownloads, place: HolderPlace, stop: Stop
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        async with aclosing(downloads.watch()) as looks:
            stop()
            async for _ in looks:
                if downloads.trouble:
                    break
            assert WORDS in downloads.trouble
            assert states(downloads) == {"a": PullState.PULLING}

            send(place, signal.SIGCONT)
            async for _ in looks:
                if not downloads.trouble:
                    break

    async def test_a_program_that_comes_now_sees_what_is_on_disk(
        self, downloads: HeldDownloads, open_client: OpenClient, stop: Stop
    ) -> None:
        await downloads.start("a")
        await reached(downloads, "a", lambda pull: pull.fetched)
        stop()
        other = await open_client()

        async with aclosing(other.watch()) as looks:
            pulls = await anext(looks)

        assert [pull.name for pull in pulls] == ["a:latest"]
        assert WORDS in other.trouble

    async def test_a_wish_is_refused_in_words(
        self, downloads: HeldDownloads, place: HolderPlace, stop: Stop
    ) -> None:
        await downloads.start("a")
        stop()

        with pytest.raises(OllamaTuiError, match=WORDS):
            await downloads.start("b")
