from __future__ import annotations

import asyncio
from types import MappingProxyType

import pytest
from textual import events

from ollama_tui.config import Settings
from ollama_tui.core.acts import ACTS, MOVES, Act, Panel
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.keys import key_sign
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.tui.acts import PERFORM, performed
from ollama_tui.tui.screens.main import MainScreen
from ollama_tui.tui.screens.palette import PaletteScreen
from tests.tui.dashboard import Opener, asked
from tests.tui.test_pulling import LONG, begin_behind

WITH_KEYS = [act for act in (*ACTS, *MOVES) if act.keys]


def test_every_act_of_the_table_can_be_done() -> None:
    assert set(PERFORM) == {act.id for act in ACTS}
    assert all(callable(performed(name)) for name in PERFORM)


class TestHelp:
    @pytest.mark.parametrize("size", [(120, 40), (80, 24)])
    async def test_every_act_with_a_key_is_in_it(
        self, open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            await tui.press("question_mark")
            await tui.shows("─ Keys ─")

            text = tui.text
            await tui.press("G")
            text += tui.text
            assert [act.id for act in WITH_KEYS if words_of(act) not in text] == []
            shown = set(text.split())
            assert [act.id for act in WITH_KEYS if key_sign(act.keys[0]) not in shown] == []

    async def test_slash_finds(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("question_mark")
            await tui.type("/sort")
            await tui.shows("Keys  /sort")

            assert "quit" not in "".join(tui.lines[4:36])

            await tui.press("escape")
            await tui.shows("make it the current one")
            await tui.press("escape")
            await tui.hides("─ Keys ─")

    async def test_letters_that_leave_are_typed_while_finding(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("question_mark", "slash", "q", "question_mark")
            await tui.shows("Keys  /q?")

            await tui.press("backspace")
            await tui.shows("Keys  /q", "quit")

    @pytest.mark.parametrize("key", ["q", "escape", "question_mark", "f1", "enter", "ctrl+c"])
    async def test_it_is_left_by_many_keys(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("f1")
            await tui.shows("─ Keys ─")
            await tui.press(key)

            await tui.hides("─ Keys ─")
            assert not tui.app._exit


class TestAKeyOfAnotherPanel:
    async def test_it_says_where_it_works(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "d")
            assert "d works in Models." in tui.lines[-1]

            await tui.press("i")
            await tui.shows("embedding")
            await tui.press("escape", "tab")
            assert "works in" not in tui.lines[-1]


class TestRebinding:
    async def test_the_new_key_acts_and_the_old_one_does_not(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, keys=keys("model.inspect", "f5")) as tui:
            assert "F5 inspect" in tui.lines[-1] or "f5 inspect" in tui.lines[-1]

            await tui.press("i")
            assert len(tui.app.screen_stack) == 1

            await tui.press("f5")
            await tui.shows("─ assistant:latest ─", "embedding  5,120")

    async def test_help_shows_the_new_key(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator, keys=keys("server.refresh", "backspace")) as tui:
            await tui.press("question_mark")
            await tui.shows("─ Keys ─")

            assert "backspace" in tui.text

    async def test_several_keys_for_one_act(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, keys=keys("view.sort", "f6, w")) as tui:
            await tui.press("w")
            assert tui.app.view.sort.value == "size"

            await tui.press("f6")
            assert tui.app.view.sort.value == "params"

    async def test_moves_can_be_rebound_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, keys=keys("move.down", "w")) as tui:
            await tui.press("w", "w")
            assert tui.app.selected == tui.names[2]

            await tui.press("j")
            assert tui.app.selected == tui.names[2]

    async def test_the_panels_keys_can_be_rebound_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, keys=keys("move.next_panel", "w")) as tui:
            await tui.press("w")

            assert tui.app.panel is Panel.RUNNING

    @pytest.mark.parametrize(
        ("act", "key"),
        [("model.nosuch", "x"), ("model.use", "hyper+q"), ("model.use", "i"), ("move.down", "q")],
    )
    def test_what_cannot_be_bound_is_a_clear_error(
        self, open_dashboard: Opener, emulator: Emulator, act: str, key: str
    ) -> None:
        with pytest.raises(InvalidInput):
            open_dashboard.made(emulator, keys=keys(act, key))


class TestWhatCannotBeDone:
    async def test_the_key_is_dim_and_says_why_when_pressed(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            assert "p" not in loud_keys(tui.strips[-1])

            await tui.press("p")
            assert "Read-only mode" in tui.lines[-1]

    async def test_a_key_that_works_is_not_dim(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert "p" in loud_keys(tui.strips[-1])

    async def test_a_key_drops_the_notice(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            await tui.press("p", "j")

            assert "Read-only mode" not in tui.text
            assert "? help" in tui.lines[-1]

    async def test_a_notice_goes_by_itself_but_a_failure_stays(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.tui.app.SECONDS", 0.1)
        async with open_dashboard(emulator) as tui:
            tui.app.tell("It is done", "1 s")
            await tui.shows("● It is done · 1 s")
            await tui.hides("It is done")

            tui.app.tell_failure("It went wrong")
            await tui.shows("It went wrong")
            await tui.pilot.pause(0.3)
            assert "It went wrong" in tui.lines[-1]

    async def test_an_act_of_another_panel_does_nothing(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2", "space", "s", "x")

            assert not tui.app.view.marks
            assert tui.app.view.sort.value == "name"


class TestPalette:
    @pytest.mark.parametrize("key", ["colon", "ctrl+p"])
    async def test_it_runs_an_act_by_its_name(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press(key)
            await tui.shows("─ What to do? ─")
            await tui.type("next col")
            await tui.press("enter")

            await tui.until(lambda: tui.app.view.sort.value == "size")
            assert "What to do?" not in tui.text

    async def test_the_arrows_choose(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("colon")
            await tui.type("sort")
            await tui.press("down", "enter")

            await tui.until(lambda: tui.app.view.reverse)

    async def test_what_cannot_be_done_now_is_said_to_be_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            await tui.press("colon")
            await tui.type("pull a")
            await tui.shows("Read-only mode: nothing is sent")
            await tui.press("enter")

            await tui.shows("Read-only mode")

    async def test_an_act_without_a_key_is_there(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("colon")
            await tui.type("theme")
            await tui.press("enter")

            await tui.shows("Theme ansi-light")
            assert tui.app.theme == "ansi-light"
            await tui.until(settings.paths.preferences.exists)

        async with open_dashboard(emulator) as tui:
            assert tui.app.theme == "ansi-light"

    async def test_nothing_found_does_nothing(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("colon")
            await tui.type("zzzz")
            await tui.press("enter")

            await tui.hides("─ What to do? ─")
            assert not tui.notice

    async def test_escape_does_nothing(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("colon", "escape")

            await tui.hides("─ What to do? ─")
            assert tui.app.current is None


class TestLeaving:
    async def test_escape_never_quits(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press(*["escape"] * 6)

            assert not tui.app._exit
            assert "1 Models" in tui.text

    @pytest.mark.parametrize("keys", [("i",), ("question_mark",)])
    async def test_q_in_a_view_leaves_the_view(
        self, open_dashboard: Opener, emulator: Emulator, keys: tuple[str, ...]
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press(*keys)
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            await tui.press("q")

            await tui.until(lambda: len(tui.app.screen_stack) == 1)
            assert not tui.app._exit

    @pytest.mark.parametrize("key", ["i", "question_mark", "p", "colon"])
    async def test_ctrl_c_in_a_dialog_leaves_the_dialog(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press(key)
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            await tui.press("ctrl+c")

            await tui.until(lambda: len(tui.app.screen_stack) == 1)
            assert not tui.app._exit

    @pytest.mark.parametrize("key", ["q", "ctrl+c"])
    async def test_on_the_main_screen_it_quits(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert await tui.leaves(key)

    async def test_it_quits_while_the_server_hangs(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = Fault(delay=float("inf"))

        async with open_dashboard(emulator, is_ready=False) as tui:
            assert await tui.leaves("q")


class TestPanels:
    async def test_tab_goes_through_models_running_and_downloads(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            order = [tui.app.panel]
            for _ in range(3):
                await tui.press("tab")
                order.append(tui.app.panel)

            assert order == [Panel.MODELS, Panel.RUNNING, Panel.DOWNLOADS, Panel.MODELS]

            await tui.press("shift+tab")
            assert tui.app.panel is Panel.DOWNLOADS

    async def test_a_panel_that_is_not_there_is_left_out(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("tab", "tab")
            there = tui.app.panel
            await tui.press("shift+tab")

            assert (there, tui.app.panel) == (Panel.MODELS, Panel.RUNNING)

    async def test_the_key_bar_shows_the_keys_of_the_panel(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert "space mark" in tui.lines[-1]

            await begin_behind(tui, LONG)
            await tui.press("4")
            await tui.until(lambda: "x cancel" in tui.lines[-1])
            assert "space mark" not in tui.lines[-1]

    async def test_the_key_bar_knows_of_a_mark_on_the_last_row(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("G", "space")
            assert isinstance(tui.app.screen, MainScreen)
            assert tui.app.screen.key_bar.situation.has_marks

            await tui.press("escape")
            assert not tui.app.screen.key_bar.situation.has_marks

    async def test_keys_that_come_at_once_act_in_the_panel_that_the_first_of_them_went_to(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            tui.press_fast("2", "2", "4", "space")
            await tui.until(lambda: tui.app.pulls[0].state is PullState.PAUSED)

            assert tui.app.view.folded == {Panel.RUNNING}
            assert not tui.app.view.marks

    async def test_what_is_typed_behind_a_key_that_closes_a_dialog_is_not_lost_with_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for moments in range(24):
                await tui.press("question_mark")
                tui.press_fast("ctrl+c")
                for _ in range(moments):
                    await asyncio.sleep(0)
                tui.press_fast("2", "colon")

                await tui.until(lambda: isinstance(tui.app.screen, PaletteScreen))
                assert tui.app.panel is Panel.RUNNING
                await tui.press("escape", "1")

    async def test_a_whole_sentence_of_keys_goes_through_two_dialogs(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("colon", *"rename", "enter", *"mine", "enter")

            await tui.until(lambda: "mine:latest" in tui.names)

    async def test_a_name_that_is_pasted_right_behind_p_is_asked_for(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("p")
            tui.app.post_message(events.Paste("ollama pull smollm2:135m"))
            tui.press_fast("enter")

            await tui.shows("smollm2:135m was here already")

    async def test_enter_that_comes_twice_at_once_answers_one_dialog_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for keys in (
                (":", *"sort by the"),
                ("p", *"smollm2:135m"),
                ("c", *"mine"),
                (*["space"] * 4, "d", "4"),
            ):
                await tui.press("g", *keys)
                tui.press_fast("enter", "enter")
                await tui.until(lambda: len(tui.app.screen_stack) == 1)

            await tui.shows("▴ SIZE", "mine:latest  ", "deleting · z undoes")
            assert asked(emulator, "/api/pull") == asked(emulator, "/api/copy") == 1

    async def test_the_focus_of_the_terminal_does_not_move_ours(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("2")
            tui.app.post_message(events.AppBlur())
            await tui.until(lambda: not tui.app.is_watched)
            tui.app.post_message(events.AppFocus())
            await tui.until(lambda: tui.app.is_watched)

            assert tui.app.panel is Panel.RUNNING
            assert tui.app.screen.focused is not None

    async def test_r_asks_again_and_says_so(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ollama_tui.tui import polls

        monkeypatch.setattr(polls, "LIBRARY_SECONDS", 60.0)
        async with open_dashboard(emulator, poll_seconds=60) as tui:
            await tui.pilot.pause(0.3)
            before = asked(emulator, "/api/ps"), asked(emulator, "/api/tags")
            await tui.press("r")

            assert "again" in tui.lines[-1]
            await tui.until(lambda: asked(emulator, "/api/ps") > before[0])
            await tui.until(lambda: asked(emulator, "/api/tags") > before[1])


def words_of(act: Act) -> str:
    """What help says of an act."""
    return act.help_line or act.title


def keys(act: str, key: str) -> MappingProxyType[str, str]:
    """The setting that binds one act."""
    return MappingProxyType({act: key})


def loud_keys(strip: object) -> set[str]:
    """The texts of a line that are drawn in the loud ink."""
    from textual.strip import Strip

    assert isinstance(strip, Strip)
    return {piece.text.strip() for piece in strip if piece.style and piece.style.bold}
