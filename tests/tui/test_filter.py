from __future__ import annotations

from ollama_tui.core.acts import Panel
from ollama_tui.demo.emulator import Emulator
from tests.tui.dashboard import Opener, asked, copy


async def test_the_table_narrows_with_each_letter(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.press("slash")
        assert "/▏" in tui.line_with("1 Models")

        await tui.press("g")
        await tui.shows("/g▏")
        many = len(tui.names)
        await tui.type("emma")
        await tui.shows("/gemma▏  2 of 24")

        assert many > 2
        assert tui.names == ["gemma3:27b", "gemma3:4b"]
        assert "codestral" not in tui.text


async def test_letters_that_are_keys_go_into_the_filter(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/qspixyorjkgG1? :-.")
        await tui.until(lambda: tui.app.view.filter == "qspixyorjkgG1? :-.")

        assert tui.app.view.sort.value == "name"
        assert not tui.app.view.marks
        assert tui.app.panel is Panel.MODELS
        assert len(tui.app.screen_stack) == 1
        assert "no name matches" in tui.text


async def test_words_may_stand_in_any_order_and_case(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/32B QWEN")
        await tui.shows("1 of 24")

        assert tui.names[0].startswith("hf.co/bartowski/Qwen2.5-Coder-32B")


async def test_enter_keeps_it_and_the_keys_act_again(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemma")
        await tui.press("enter", "j", "enter")
        await tui.shows("gemma3:4b is the current model")

        assert "/gemma  2 of 24" in tui.line_with("1 Models")
        assert "▏" not in tui.line_with("1 Models")


async def test_escape_clears_it_and_does_nothing_else(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemma")
        await tui.press("escape")
        await tui.hides("/gemma")

        assert len(tui.names) == 24
        assert tui.app.current is None


async def test_backspace_takes_the_last_letter_away(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemmax")
        await tui.shows("no name matches", "esc shows all")

        await tui.press("backspace")
        await tui.shows("2 of 24")


async def test_the_arrows_still_move(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemma")
        await tui.shows("2 of 24")
        await tui.press("down")

        assert tui.app.selected == "gemma3:4b"
        assert tui.app.view.is_typing


async def test_slash_again_goes_on_with_the_kept_filter(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemm")
        await tui.press("enter")
        await tui.type("/a3")

        await tui.until(lambda: tui.app.view.filter == "gemma3")


async def test_slash_works_from_the_other_panels(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.press("2")
        await tui.type("/phi")
        await tui.shows("1 of 24")

        assert tui.app.panel is Panel.MODELS


async def test_a_new_model_that_matches_joins(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/gemma")
        await tui.shows("2 of 24")

        copy(emulator, "phi4:14b", "gemma9:1b")
        copy(emulator, "phi4:14b", "aardvark:1b")

        await tui.shows("3 of 26", "gemma9:1b")
        assert "aardvark" not in tui.text


async def test_it_asks_the_server_nothing(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/zzzzzz")
        await tui.shows("no name matches")

        assert asked(emulator, "/api/pull") == 0
        assert tui.app.situation.model is None


async def test_an_act_says_that_nothing_matches(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/zzzz")
        await tui.press("enter", "enter")

        await tui.shows("No model is selected.")
        assert tui.app.current is None
