from __future__ import annotations

from collections.abc import Iterable

import pytest
from rich.segment import Segment
from textual.theme import BUILTIN_THEMES

from ollama_tui.config.themes import ALL_THEMES
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import LONG, begin


@pytest.mark.parametrize("theme", ["ansi-light", "textual-dark", "nord", "solarized-light"])
async def test_any_theme_of_textual_can_be_chosen(
    open_dashboard: Opener, emulator: Emulator, theme: str
) -> None:
    async with open_dashboard(emulator, theme=theme) as tui:
        assert tui.app.theme == theme
        assert "gemma3:27b" in tui.text


def test_the_settings_know_each_theme_without_asking_textual() -> None:
    assert set(ALL_THEMES) == set(BUILTIN_THEMES)


async def test_an_unknown_theme_gives_the_first_of_ours(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, theme="no-such-theme") as tui:
        assert tui.app.theme == "ansi-dark"


async def test_the_default_theme_uses_the_terminals_own_colours(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        for segment in segments(tui):
            color = segment.style.color if segment.style else None
            assert color is None or color.is_system_defined


async def test_without_colours_the_cursor_is_still_seen(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async with open_dashboard(emulator) as tui:
        assert "assistant" in reversed_text(tui)
        assert "codestral" not in reversed_text(tui)

        await tui.press("c")
        await tui.shows("Copy assistant:latest")
        await tui.until(lambda: "assistant:latest" in reversed_text(tui))


class TestAscii:
    async def test_the_main_screen_and_its_dialogs_are_all_ascii(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, ascii=True) as tui:
            await tui.press("enter", "space")
            assert odd(tui) == set()

            for key in ("question_mark", "i", "colon", "p"):
                await tui.press(key)
                await tui.until(lambda: len(tui.app.screen_stack) == 2)
                assert odd(tui) == set(), key
                await tui.press("escape")
                await tui.until(lambda: len(tui.app.screen_stack) == 1)

    async def test_downloads_and_the_server_panel_are_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, ascii=True) as tui:
            await begin(tui, LONG)
            await tui.shows("42.5 GB")
            assert odd(tui) == set()

            await tui.press("escape")
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("Ollama does not answer")
            assert odd(tui) == set()

    async def test_narrow_too(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator, size=(80, 24), ascii=True) as tui:
            assert odd(tui) == set()


def segments(tui: Dashboard) -> Iterable[Segment]:
    """The pieces of text on the screen with their styles."""
    for strip in tui.strips:
        yield from strip


def reversed_text(tui: Dashboard) -> str:
    """What is on the screen in reverse video."""
    return "".join(one.text for one in segments(tui) if one.style and one.style.reverse)


def odd(tui: Dashboard) -> set[str]:
    """The letters on the screen that are not ASCII."""
    return {letter for letter in tui.text if not letter.isascii()}
