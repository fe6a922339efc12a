from __future__ import annotations

import json
from dataclasses import replace

from ollama_tui.config import Settings
from ollama_tui.core.acts import Panel
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.names import parse_name
from tests.tui.dashboard import Dashboard, Opener


async def test_each_loaded_model_has_its_memory_split_and_minutes(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        assert "3 · 47.4 GiB" in tui.line_with("2 Running")

        whole = running_row(tui, "gemma3:27b").split()
        assert whole[:3] == ["gemma3:27b", "20.1", "GiB"]
        assert whole[-6:] == ["100", "%", "32k", "4", "min"] or "100 %" in " ".join(whole)
        assert "4 min" in running_row(tui, "gemma3:27b")

        assert "49 %" in running_row(tui, "deepseek-r1:32b")
        assert "32k" in running_row(tui, "deepseek-r1:32b")


async def test_a_spilled_model_says_why_and_how_much_is_on_the_cpu(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, size=(119, 40)) as tui:
        await tui.shows(
            "└ 13.8 GiB are on the CPU: gemma3:27b holds 20.1 GiB of GPU memory"
            " · unload gemma3:27b (u)"
        )
        assert tui.text.count("on the CPU") == 1
        assert "◐" in tui.line_with(" deepseek-r1:32b ")
        assert "●" in tui.line_with(" gemma3:27b ")


async def test_where_there_is_less_room_the_cause_comes_first(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, size=(80, 24)) as tui:
        await tui.shows("└ gemma3:27b holds 20.1 GiB of GPU memory · unload gemma3:27b (u)")


async def test_the_remedy_has_the_key_that_the_user_gave_it(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, keys={"model.unload": "w"}) as tui:
        await tui.shows("unload gemma3:27b (w)")


async def test_a_model_without_a_gpu_runs_on_the_cpu(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.runners.put(
        replace(runner, size_vram=0)
        for runner in emulator.runners.loaded
        if runner.name == "gemma3:27b"
    )

    async with open_dashboard(emulator) as tui:
        assert "└ all of it runs on the CPU" in tui.text
        assert " 0 %" in running_row(tui, "gemma3:27b")


async def test_a_pinned_model_says_so(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        assert "pinned" in running_row(tui, "nomic-embed-text")

        await tui.press(*"j" * tui.names.index("nomic-embed-text:latest"))
        assert "loaded · pinned" in tui.line_with("state ")


async def test_of_the_current_model_the_details_have_room_for_when_it_unloads(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, size=(120, 40)) as tui:
        await tui.press(*"j" * tui.names.index("deepseek-r1:32b"), "enter")
        await tui.shows("★ deepseek-r1:32b")

        assert "★ loaded · unloads in 12 min " in tui.line_with("state ")


async def test_the_minutes_go_down(
    open_dashboard: Opener, emulator: Emulator, clock: FastClock
) -> None:
    async with open_dashboard(emulator) as tui:
        clock.advance(120)
        await tui.until(lambda: "2 min" in running_row(tui, "gemma3:27b"))
        assert "10 min" in running_row(tui, "deepseek-r1:32b")

        clock.advance(90)
        await tui.until(lambda: "<1 min" in running_row(tui, "gemma3:27b"))


async def test_a_model_goes_when_its_time_has_come(
    open_dashboard: Opener, emulator: Emulator, clock: FastClock
) -> None:
    async with open_dashboard(emulator) as tui:
        clock.advance(5 * 60)

        await tui.shows("2 loaded")
        assert "●" not in tui.lines[tui.names.index("gemma3:27b") + 3]


async def test_a_model_at_work_is_busy_beyond_its_time(
    open_dashboard: Opener, emulator: Emulator, clock: FastClock
) -> None:
    emulator.runners.put(
        replace(runner, is_busy=True)
        for runner in emulator.runners.loaded
        if runner.name == "gemma3:27b"
    )

    async with open_dashboard(emulator) as tui:
        clock.advance(5 * 60)

        await tui.until(lambda: "busy" in running_row(tui, "gemma3:27b"))


async def test_with_nothing_loaded_it_is_one_quiet_line(
    open_dashboard: Opener, emulator: Emulator, clock: FastClock
) -> None:
    async with open_dashboard(emulator) as tui:
        for runner in emulator.runners.loaded:
            model = emulator.store.find(parse_name(runner.name))
            assert model is not None
            emulator.runners.unload(model)

        await tui.shows("nothing is loaded")
        assert "nothing loaded" in tui.lines[0]
        assert "ON GPU" not in tui.text


async def test_a_model_that_is_loaded_by_another_shows_within_a_poll(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await load(emulator, "smollm2:135m")

        await tui.until(lambda: running_row(tui, "smollm2:135m"))
        assert "4 loaded" in tui.lines[0]


async def test_a_cloud_model_is_never_loaded(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        row = tui.lines[tui.names.index("qwen3-coder:480b-cloud") + 3]

        assert "●" not in row
        assert "◐" not in row


async def test_an_alias_of_a_loaded_model_is_loaded_too(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await load(emulator, "qwen2.5:14b")
        await tui.until(lambda: running_row(tui, "qwen2.5:14b"))

        assert tui.lines[3].split("│")[1].split()[0] in "●◐"
        at = tui.names.index("qwen2.5:14b") + 3
        assert tui.lines[at].split("│")[1].split()[0] in "●◐"
        assert "loaded" in tui.line_with("state ")


class TestThePanel:
    async def test_2_goes_there_and_2_again_folds_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2")
            assert tui.app.panel is Panel.RUNNING
            assert "ON GPU" in tui.text

            await tui.press("2")
            await tui.hides("└")
            title = tui.line_with("2 Running")
            assert "deepseek-r1:32b" in title
            assert "47.4 GiB" in title

            await tui.press("2")
            await tui.shows("└")

    async def test_1_comes_back(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "1")

            assert tui.app.panel is Panel.MODELS

    async def test_it_has_a_cursor_of_its_own(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "j", "enter")
            await tui.shows("gemma3:27b is the current model")

            assert tui.app.selected == "assistant:latest"

    async def test_its_cursor_stays_with_its_model(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "G")
            clock.advance(5 * 60)
            await tui.shows("2 loaded")

            assert tui.app.selected_running == "nomic-embed-text:latest"

    async def test_inspect_and_copy_act_on_its_row(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "G", "y")
            assert tui.app.clipboard == "nomic-embed-text:latest"

            await tui.press("i")
            await tui.shows("─ nomic-embed-text:latest ─", "Modelfile")

    async def test_a_folded_panel_unfolds_when_something_else_has_the_focus(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "2")
            await tui.hides("└")
            await tui.press("1")
            assert "└" not in tui.text

            await tui.press("2", "2")
            await tui.shows("└")

    async def test_a_fold_is_remembered_and_there_from_the_first_layout_on(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "2")
            assert await tui.leaves("q")
        assert json.loads(settings.paths.preferences.read_text())["folded"] == ["Running"]

        async with open_dashboard(emulator, is_ready=False) as tui:
            height = tui.app.screen.query_one("#running").styles.height
            await tui.shows("3 loaded")
            assert "└" not in tui.text
            assert tui.app.screen.query_one("#running").styles.height == height

            await tui.press("2", "2")
            await tui.shows("└")

    async def test_a_panel_that_there_is_not_can_be_folded_for_all_it_matters(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        settings.paths.state.mkdir(parents=True)
        settings.paths.preferences.write_text('{"folded": ["Models", "Colours", 7]}')

        async with open_dashboard(emulator) as tui:
            await tui.shows("└")
            assert len(tui.names) == 24


def running_row(tui: Dashboard, name: str) -> str:
    """The row of a model in the panel of loaded ones; empty if it is not there."""
    at = next(index for index, line in enumerate(tui.lines) if "2 Running" in line)
    rows = (line for line in tui.lines[at + 1 :] if "└" not in line)
    found = next((line for line in rows if f" {name}" in line), "")
    return found[2:73].strip()


async def load(emulator: Emulator, name: str) -> None:
    """Load a model behind the dashboard's back."""
    model = emulator.store.find(parse_name(name))
    assert model is not None
    await emulator.runners.load(model, 8192, None)
