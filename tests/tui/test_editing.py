"""Changing parameters and system prompt in an editor, from the dashboard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from ollama_tui.config import Settings
from ollama_tui.core.edited import EditedModels
from ollama_tui.core.errors import ServerFailed
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import json_answer
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.lines import plain, width
from ollama_tui.tui.screens.edit import DifferenceScreen
from tests.editors import Editor, make_editor, types, writes
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_deleting import has
from tests.tui.test_loading import CLOUD, bodies, select, select_running

PHI = "phi4:14b"
RUNNING = "gemma3:27b"
EIGHT = "PARAMETER num_ctx 8192"
MakeEditor = Callable[..., Editor]


@pytest.fixture
def edits_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeEditor:
    """Set the editor by its steps; the test's terminal is lent, which has none."""

    def make(*steps: str) -> Editor:
        editor = make_editor(tmp_path / "an editor", *steps)
        monkeypatch.setenv("VISUAL", editor.command)
        return editor

    monkeypatch.setattr(OllamaTuiApp, "suspend", lambda _: contextlib.nullcontext())
    return make


def parameters(emulator: Emulator, name: str) -> dict[str, object]:
    model = emulator.store.find(parse_name(name))
    assert model is not None
    return dict(model.manifest.config.parameters)


def kept(settings: Settings) -> list[str]:
    """The texts that were given up."""
    return [path.read_text() for path in settings.paths.drafts.glob("*.Modelfile")]


async def edit(tui: Dashboard, name: str = PHI) -> None:
    await select(tui, name)
    await tui.press("e")


class TestTheEditor:
    async def test_it_shows_what_the_model_has(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(":")
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows(f"{PHI} is as it was")

        assert f"system prompt of {PHI}\n" in editor.seen(1)
        assert '\nPARAMETER stop "<|im_end|>"\n' in editor.seen(1)

    async def test_left_unchanged_nothing_is_done(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(":")
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("the text is not changed")

        assert bodies(emulator, "/api/create") == []
        assert kept(settings) == []

    async def test_a_change_of_comments_alone_is_told_and_goes_back(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(types(f"# {EIGHT}"), types(EIGHT))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("Lines that begin with # are not read.", "edit again")
            await tui.press("enter")
            await tui.shows(f"+ {EIGHT}")

        assert f"# {EIGHT}" in editor.seen(2)

    async def test_blanks_at_the_end_alone_are_no_change(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(types(""))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("the text is not changed")

        assert kept(settings) == []

    async def test_one_that_fails_is_told_and_nothing_is_done(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with("exit 3")
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("my editor ended with code 3. Nothing is changed.")

        assert kept(settings) == []

    async def test_one_that_fails_with_a_text_asks_what_becomes_of_it(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(f"{types(EIGHT)}; exit 3")
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows(f"{PHI} is not changed", "ended with code 3", "edit again")
            await tui.press("escape")
            await tui.shows("What you typed is kept in")

        assert EIGHT in kept(settings)[0]

    async def test_without_one_it_says_what_to_set(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VISUAL", "no-such-editor --wait")
        async with open_dashboard(emulator) as tui:
            await edit(tui)

            await tui.shows("VISUAL names no-such-editor, which is not there")

    async def test_a_terminal_that_cannot_be_lent_says_so(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VISUAL", "true")
        async with open_dashboard(emulator) as tui:
            await edit(tui)

            await tui.shows("cannot be lent")


@pytest.mark.parametrize("key", ["j", "slash", "question_mark", "d"])
async def test_no_editor_opens_over_what_was_begun_while_the_model_was_read(
    open_dashboard: Opener,
    emulator: Emulator,
    edits_with: MakeEditor,
    settings: Settings,
    key: str,
) -> None:
    editor, is_read = edits_with(":"), asyncio.Event()
    async with open_dashboard(emulator) as tui:
        show = tui.app.service.whole_show

        async def slow_show(name: str) -> Mapping[str, object]:
            await is_read.wait()
            return await show(name)

        tui.app.service.whole_show = slow_show  # type: ignore[method-assign]
        await edit(tui)
        await tui.shows(f"Reading {PHI}…")
        await tui.press(key)
        is_read.set()
        await tui.until(lambda: f"{PHI} is not edited" in tui.notice)

    assert editor.runs == 0
    assert kept(settings) == []


class TestTheDifference:
    async def test_it_is_shown_and_the_default_changes_nothing_and_loses_nothing(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(types(EIGHT))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows(f"Change {PHI}?", f"+ {EIGHT}", "the text is kept:", "/drafts/")
            await tui.press("enter")
            await tui.shows("What you typed is kept in")

        assert bodies(emulator, "/api/create") == []
        assert EIGHT in kept(settings)[0]

    async def test_yes_changes_the_model_and_keeps_the_rest(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(types(EIGHT))
        async with open_dashboard(emulator) as tui:
            before = parameters(emulator, PHI)
            await edit(tui)
            await tui.shows("same name")
            await tui.press("y")
            await tui.shows(f"{PHI} is changed")

        assert parameters(emulator, PHI) == before | {"num_ctx": 8192}
        assert kept(settings) == []

    async def test_the_details_beside_the_table_follow(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types('SYSTEM "Answer in verse."'))
        async with open_dashboard(emulator, size=(160, 50)) as tui:
            await edit(tui)
            await tui.shows("same name")
            await tui.press("y")

            await tui.shows(f"{PHI} is changed", "Answer in verse.")

    async def test_a_new_name_makes_another_model(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types(EIGHT))
        async with open_dashboard(emulator) as tui:
            before = parameters(emulator, PHI)
            await edit(tui)
            await tui.shows("new name")
            await tui.press("w")
            await tui.shows(f"Make a model of {PHI}")
            await tui.press("end")
            await tui.type("-8k")
            await tui.press("enter")
            await tui.shows(f"{PHI}-8k is made of {PHI}")

        assert parameters(emulator, PHI) == before
        assert parameters(emulator, f"{PHI}-8k")["num_ctx"] == 8192

    async def test_without_a_name_it_asks_again(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types(EIGHT))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("new name")
            await tui.press("w")
            await tui.shows(f"Make a model of {PHI}")
            await tui.press("escape")

            await tui.shows(f"Change {PHI}?", "same name")

    async def test_it_can_be_edited_again(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(types(EIGHT), types("PARAMETER seed 7"))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("edit again")
            await tui.press("e")
            await tui.shows("+ PARAMETER seed 7", f"+ {EIGHT}")

        assert EIGHT in editor.seen(2)

    async def test_a_loaded_model_is_said_to_stay_as_it_was(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types("PARAMETER seed 7"))
        async with open_dashboard(emulator) as tui:
            await select_running(tui, RUNNING)
            await tui.press("e")
            await tui.shows(f"Change {RUNNING}?")
            await tui.press("y")

            await tui.shows(f"{RUNNING} is changed · it is loaded, as it was until")

    @pytest.mark.parametrize("size", [(80, 24), (40, 12)])
    async def test_a_long_one_scrolls_and_the_buttons_stay(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        edits_with: MakeEditor,
        size: tuple[int, int],
    ) -> None:
        lines = "\n".join(f"Rule {number}: {'be kind ' * 20}" for number in range(40))
        edits_with(writes(f'SYSTEM """{lines}"""'))
        async with open_dashboard(emulator, size=size) as tui:
            await edit(tui)
            await tui.shows("PARAMETER stop", "n no")
            await tui.press("G")

            await tui.shows('"""', "n no")

    def test_a_line_of_wide_letters_goes_on_below_its_sign(self) -> None:
        shown = DifferenceScreen("Change it?", ["+" + "漢字" * 20], "").lines(60)

        assert [plain(row)[:2] for row in shown] == ["+ ", "  "]
        assert "".join(plain(row)[2:] for row in shown) == "漢字" * 20
        assert all(width(row) <= 60 for row in shown)


class TestMistakes:
    async def test_a_wrong_line_is_named_and_goes_back_to_the_editor(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(writes("PARAMETER num_ctx many"), writes(EIGHT))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("Line 1: `num_ctx` must be a whole number, and not 'many'.")
            await tui.press("enter")
            await tui.shows(f"+ {EIGHT}")

        assert editor.seen(2) == "PARAMETER num_ctx many\n"
        assert bodies(emulator, "/api/create") == []

    async def test_what_the_server_says_against_it_goes_back_too(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor, settings: Settings
    ) -> None:
        edits_with(types(EIGHT))
        failure = json_answer({"error": "no space left on device"}, 500)
        emulator.faults["/api/create"] = Fault(answer=failure)
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("same name")
            await tui.press("y")
            await tui.shows(f"{PHI} is not changed", "no space left on device", "edit again")
            await tui.press("n")
            await tui.shows("What you typed is kept in")

        assert EIGHT in kept(settings)[0]

    @pytest.mark.parametrize("begins", ["p", "slash"])
    async def test_what_was_begun_meanwhile_keeps_its_letters(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        edits_with: MakeEditor,
        monkeypatch: pytest.MonkeyPatch,
        begins: str,
    ) -> None:
        edits_with(types(EIGHT))
        fails = asyncio.Event()

        async def failing(*_: object) -> NoReturn:
            await fails.wait()
            raise ServerFailed("no space left on device")

        monkeypatch.setattr(EditedModels, "create", failing)
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("same name")
            await tui.press("y", begins)
            fails.set()
            await tui.polled_again()
            await tui.type("neq")
            await tui.shows("neq")
            await tui.press("escape")

            await tui.shows(f"{PHI} is not changed", "edit again")

    async def test_where_the_server_dies_before_it_says_so_nobody_knows(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types(EIGHT))
        emulator.faults["/api/create"] = Fault(closes=True)
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("same name")
            await tui.press("y")
            await tui.shows(f"Nobody knows whether {PHI} is changed", "look at it before")
            assert "is not changed" not in tui.text

    async def test_a_system_prompt_that_cannot_go_is_told(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(writes("# none"))
        async with open_dashboard(emulator) as tui:
            await edit(tui, "smollm2:135m")
            await tui.shows("same name")
            await tui.press("y")

            await tui.shows("cannot take the system prompt away")


class TestWhatCannotBeEdited:
    async def test_a_model_of_the_cloud(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(":")
        async with open_dashboard(emulator) as tui:
            await edit(tui, CLOUD)
            await tui.shows("runs in the cloud: there is nothing to edit")

        assert editor.runs == 0

    async def test_any_in_read_only_mode(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        editor = edits_with(":")
        async with open_dashboard(emulator, read_only=True) as tui:
            await edit(tui)
            await tui.shows("Read-only mode")

        assert editor.runs == 0

    async def test_one_that_is_gone_by_now(
        self, open_dashboard: Opener, emulator: Emulator, edits_with: MakeEditor
    ) -> None:
        edits_with(types(EIGHT))
        async with open_dashboard(emulator) as tui:
            await edit(tui)
            await tui.shows("same name")
            emulator.store.remove(parse_name(PHI))
            await tui.press("y")

            await tui.shows(f"{PHI} is not changed", "edit again")
        assert not has(emulator, PHI)
