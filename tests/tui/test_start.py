from __future__ import annotations

import math

import pytest

from ollama_tui.config import Settings
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from tests.tui.dashboard import Opener

SILENCE = Fault(delay=math.inf)


@pytest.fixture
async def _known_before(open_dashboard: Opener, emulator: Emulator) -> None:
    """The dashboard has run before, and kept the library."""
    async with open_dashboard(emulator) as tui:
        await tui.until(lambda: tui.app.stale_as_of is None)
        await tui.until(lambda: list(tui.app.settings.paths.cache.glob("library-*.json")))


@pytest.mark.usefixtures("_known_before")
class TestWithAKnownLibrary:
    async def test_the_first_frame_shows_the_library_before_any_answer(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = SILENCE

        async with open_dashboard(emulator, is_ready=False) as tui:
            assert "gemma3:27b" in tui.text
            assert "starcoder2:15b" in tui.text
            assert "connecting…" in tui.lines[0]

    async def test_the_title_says_how_old_the_list_is_until_the_answer(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.core.client.READ_SECONDS", 0.3)
        emulator.faults["*"] = SILENCE

        async with open_dashboard(emulator, is_ready=False) as tui:
            assert "as of 15:42" in tui.line_with("1 Models")

            emulator.faults.clear()
            await tui.press("r")
            await tui.hides("as of")

            assert "24 · 749 GB" in tui.line_with("1 Models")

    async def test_an_older_list_is_dated_by_its_day(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        emulator.faults["*"] = SILENCE
        clock.advance(3 * 86400)

        async with open_dashboard(emulator, is_ready=False) as tui:
            assert "as of 2026-11-24 15:42" in tui.line_with("1 Models")

    async def test_an_answer_that_says_the_same_is_the_known_library_itself(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, is_ready=False) as tui:
            known = tui.app.library

            await tui.until(lambda: tui.app.stale_as_of is None)

            assert await tui.app.service.library() is known
            assert tui.app.library is known

    async def test_a_key_acts_on_the_known_library(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = SILENCE

        async with open_dashboard(emulator, is_ready=False) as tui:
            await tui.press("down", "down", "slash", "g", "e", "m")
            await tui.shows("/gem", "2 of 24")

            assert tui.names == ["gemma3:27b", "gemma3:4b"]

    async def test_another_server_does_not_get_this_ones_library(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = SILENCE

        async with open_dashboard(emulator, is_ready=False, url="http://10.1.2.3:11434") as tui:
            assert tui.app.library is None
            assert "gemma3" not in tui.text

    @pytest.mark.parametrize("content", ["", "{", "[]", "\x00\xff", '{"format": 2}'])
    async def test_a_damaged_cache_is_ignored(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings, content: str
    ) -> None:
        (cache,) = settings.paths.cache.glob("library-*.json")
        cache.write_text(content)

        async with open_dashboard(emulator) as tui:
            assert len(tui.names) == 24
            assert not tui.notice


async def test_without_a_cache_a_slow_server_gets_its_time(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.faults["*"] = SILENCE

    async with open_dashboard(emulator, is_ready=False) as tui:
        assert "reading the list…" in tui.line_with("1 Models")
        assert "asking the server…" in tui.text
        assert "No models" not in tui.text


async def test_without_a_cache_a_dead_server_is_not_being_read(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.faults["*"] = Fault(unreachable=True)

    async with open_dashboard(emulator, is_ready=False) as tui:
        await tui.shows("Ollama does not answer")

        assert "reading the list" not in tui.text


async def test_an_empty_library_says_what_to_press(
    open_dashboard: Opener, clock: FastClock
) -> None:
    async with open_dashboard(Emulator(now=clock.now, sleep=clock.sleep)) as tui:
        assert "No models yet." in tui.text
        assert "p pulls one" in tui.text
        assert "qwen3:0.6b" in tui.text
        assert "nothing is loaded" in tui.text
        assert "none" in tui.line_with("1 Models")


async def test_the_title_of_the_terminal_names_the_host(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        assert tui.app.title == "ollama-tui box"


@pytest.mark.parametrize(("setting", "word"), [("demo", "DEMO"), ("read_only", "READ-ONLY")])
async def test_what_is_special_stands_in_the_header(
    open_dashboard: Opener, emulator: Emulator, setting: str, word: str
) -> None:
    async with open_dashboard(emulator, (120, 40), True, **{setting: True}) as tui:
        assert word in tui.lines[0]


async def test_the_first_words_of_a_damaged_choice_are_seen(
    open_dashboard: Opener, emulator: Emulator, settings: Settings
) -> None:
    settings.paths.state.mkdir(parents=True)
    settings.paths.current.write_text("{oops")

    async with open_dashboard(emulator, size=(200, 40)) as tui:
        assert "damaged" in tui.text
        assert "no current model" in tui.lines[0]
