from __future__ import annotations

from ollama_tui.demo.emulator import Emulator
from tests.tui.dashboard import Opener

LONG = (
    "qwen3:8b was not renamed: the server has no room for its manifest, and both names are still "
    "there. Free some disk (D shows what fills it), then rename it again with R."
)


class TestAFailureThatIsLongerThanALine:
    async def test_what_to_do_next_is_seen_until_a_key(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            models = tui.app.screen.query_one("#models").size.height
            tui.app.tell_failure(LONG)
            await tui.shows("it again with R.")

            told = " ".join(" ".join(tui.lines[-3:]).split())
            assert told == f"● {LONG}"
            assert tui.app.screen.query_one("#models").size.height == models - 2

            await tui.press("j")
            await tui.until(lambda: "? help" in tui.lines[-1])
            assert tui.app.screen.query_one("#models").size.height == models

    async def test_it_takes_no_line_more_than_it_needs_when_there_is_more_room(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            tui.app.tell_failure(LONG)
            await tui.shows("it again with R.")
            await tui.pilot.resize_terminal(200, 40)

            await tui.until(lambda: LONG in tui.lines[-1])

    async def test_a_screen_of_few_lines_keeps_them_for_the_models(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 10)) as tui:
            tui.app.tell_failure(LONG)

            await tui.shows("● qwen3:8b was not renamed")
            assert "Free some disk" not in tui.text
