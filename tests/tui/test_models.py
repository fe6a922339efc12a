from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ollama_tui.config import Settings
from ollama_tui.core.current import CurrentModel
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import json_answer
from tests.tui.dashboard import Opener, asked, copy, remove

WIDE = (160, 50)


class TestSorting:
    @pytest.mark.parametrize(
        ("presses", "heading", "first", "first_reversed"),
        [
            (0, "NAME", "assistant:latest", "starcoder2:15b"),
            (1, "SIZE", "smollm2:135m", "llama3.1:405b"),
            (2, "PARAMS", "smollm2:135m", "qwen3-coder:480b-cloud"),
            (3, "QUANT", "qwen3-coder:480b-cloud", "assistant:latest"),
            (4, "CTX", "mxbai-embed-large:latest", "qwen3-coder:480b-cloud"),
            (5, "CAN", "deepseek-r1:32b", "mxbai-embed-large:latest"),
            (6, "AGE", "assistant:latest", "starcoder2:15b"),
        ],
    )
    async def test_s_and_capital_s_sort_by_each_column_both_ways(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        presses: int,
        heading: str,
        first: str,
        first_reversed: str,
    ) -> None:
        async with open_dashboard(emulator, size=WIDE) as tui:
            await tui.press(*"s" * presses)

            assert "▴" in marked(tui.lines[2], heading)
            if heading != "CAN":
                assert tui.names[0] == first

            await tui.press("S")

            assert "▾" in marked(tui.lines[2], heading)
            if heading != "CAN":
                assert tui.names[0] == first_reversed

    async def test_rows_on_screen_are_in_that_order(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=WIDE) as tui:
            await tui.press("s", "S")

            shown = [line.split("│")[1].split()[0] for line in tui.lines[3:6]]
            assert shown == ["llama3.1:405b", "qwen3:235b-a22b", "mixtral:8x22b"]

    async def test_a_size_that_is_not_known_is_last_both_ways(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("s")
            assert tui.names[-1] == "qwen3-coder:480b-cloud"

            await tui.press("S")
            assert tui.names[-1] == "qwen3-coder:480b-cloud"

    async def test_only_columns_that_are_shown_are_sorted_by(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(40, 20)) as tui:
            for _ in range(8):
                await tui.press("s")
                assert tui.app.view.sort.name in ("NAME", "SIZE")

    async def test_the_order_is_remembered(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("s", "S")
            await tui.until(lambda: kept(settings.paths.preferences).get("reverse"))

        assert kept(settings.paths.preferences)["sort"] == "size"
        async with open_dashboard(emulator) as tui:
            assert tui.names[0] == "llama3.1:405b"

    async def test_the_order_is_remembered_though_one_quits_at_once(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert await tui.leaves("s", "q")

        assert kept(settings.paths.preferences)["sort"] == "size"

    async def test_the_demo_remembers_nothing(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator, demo=True) as tui:
            await tui.press("s", "S")
            await tui.polled_again()

        assert not settings.paths.preferences.exists()

    async def test_damaged_preferences_are_ignored(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        settings.paths.state.mkdir(parents=True)
        settings.paths.preferences.write_text('{"sort": ["x"], "reverse": 7, "theme": null')

        async with open_dashboard(emulator) as tui:
            assert tui.names[0] == "assistant:latest"


class TestCursor:
    async def test_it_moves_by_rows_pages_and_to_the_ends(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(120, 24)) as tui:
            names = tui.names
            await tui.press("j", "down", "down", "k")
            assert tui.app.selected == names[2]

            await tui.press("G")
            assert tui.app.selected == names[-1]
            assert names[-1] in tui.text

            await tui.press("g", "pagedown")
            assert names.index(tui.app.selected or "") > 3

            await tui.press("ctrl+u", "ctrl+u", "ctrl+u", "ctrl+u", "ctrl+u")
            assert tui.app.selected == names[0]

    async def test_it_stops_at_the_ends(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("up", "up")
            assert tui.app.selected == tui.names[0]

            await tui.press("G", "down", "down")
            assert tui.app.selected == tui.names[-1]

    async def test_its_model_is_in_sight_wherever_it_goes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 20)) as tui:
            for key in ("j",) * 23 + ("k",) * 23:
                await tui.press(key)
                name = str(tui.app.selected)
                assert tui.line_with(name.rpartition("/")[2][:13]), name

    async def test_it_stays_on_its_model_when_sorted(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(120, 24)) as tui:
            await tui.press("j", "j", "j")
            name = tui.app.selected

            await tui.press("s")
            assert tui.app.selected == name

            await tui.press("S")
            assert tui.app.selected == name
            assert name is not None
            assert name in tui.text

    async def test_it_stays_on_its_model_through_a_filter(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "j", "j", "j", "j", "j")
            assert tui.app.selected == "gemma3:4b"

            await tui.type("/gemma")
            await tui.shows("2 of 24")
            assert tui.app.selected == "gemma3:4b"

            await tui.press("escape")
            await tui.hides("/gemma")
            assert tui.app.selected == "gemma3:4b"

    async def test_it_stays_on_its_model_when_those_above_go(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "j", "j", "j")
            name = tui.app.selected

            remove(emulator, "assistant:latest")
            remove(emulator, "deepseek-r1:32b")
            await tui.until(lambda: len(tui.names) == 22)

            assert tui.app.selected == name

    async def test_it_stays_on_its_model_when_others_come(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "j")
            name = tui.app.selected

            copy(emulator, "phi4:14b", "aardvark:1b")
            await tui.shows("aardvark:1b")

            assert tui.app.selected == name

    async def test_when_its_model_goes_it_stays_near(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            names = tui.names
            await tui.press("G")

            remove(emulator, names[-1])
            await tui.until(lambda: len(tui.names) == 23)

            assert tui.app.selected == names[-2]

    async def test_the_details_follow_it(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "j")

            await tui.shows("─ deepseek-r1:32b ─", "MIT License")
            assert "27.1 GiB" in tui.line_with("memory ")

    async def test_moving_fast_does_not_ask_about_each_model(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.tui.acts.models._REST_SECONDS", 0.2)
        async with open_dashboard(emulator) as tui:
            # What is loaded is asked about too, to know what it really takes.
            await tui.until(lambda: tui.app.details and tui.app.insights.causes)
            before = asked(emulator, "/api/show")
            tui.press_fast(*["j"] * 15)

            await tui.shows("─ mxbai-embed-large:latest ─", "licence    Apache")

            assert asked(emulator, "/api/show") - before <= 3


class TestMarks:
    async def test_space_marks_and_moves_down(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space", "space")

            assert "✓" in tui.line_with(" assistant:latest ")
            assert "✓" in tui.line_with(" codestral:22b")
            assert "2 marked" in tui.line_with("1 Models")
            assert tui.app.selected == tui.names[2]

    async def test_space_again_takes_the_mark_away(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space", "up", "space")

            assert "✓" not in tui.text

    async def test_escape_drops_the_filter_then_the_marks(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space")
            await tui.type("/qwen")
            await tui.press("enter")
            await tui.shows("/qwen")

            await tui.press("escape")
            assert "/qwen" not in tui.text
            assert tui.app.view.marks

            await tui.press("escape")
            assert not tui.app.view.marks

    async def test_the_mark_of_a_deleted_model_goes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space", "space")

            remove(emulator, "codestral:22b")
            await tui.until(lambda: len(tui.names) == 23)

            assert tui.app.view.marks == {"assistant:latest"}

    async def test_marks_outlive_a_filter_and_a_sort(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space", "s", "slash", "q", "enter", "escape")
            await tui.hides("/q")

            assert tui.app.view.marks == {"assistant:latest"}


class TestUsing:
    async def test_enter_makes_a_model_the_current_one(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        settings: Settings,
        other_process: CurrentModel,
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "enter")
            await tui.shows("codestral:22b is the current model")

            assert "★ codestral:22b" in tui.lines[0]
            assert "★" in tui.lines[4]
            assert "current" in tui.line_with("state ")
            assert other_process.read() == "codestral:22b"
            assert settings.paths.current.stat().st_mode & 0o777 == 0o600

    async def test_the_notice_names_the_previous_one(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("enter")
            await tui.shows("assistant:latest is the current model")
            assert "it was" not in tui.notice

            await tui.press("j", "enter")
            await tui.shows("codestral:22b is the current model", "it was assistant:latest")

    async def test_nothing_is_sent_to_the_server_for_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            await tui.press("enter")
            await tui.shows("is the current model")

            assert {request.method for request in emulator.requests} <= {"GET", "POST"}
            assert {r.path for r in emulator.requests if r.method == "POST"} <= {"/api/show"}

    async def test_it_is_there_at_the_next_start(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("enter")
            await tui.shows("is the current model")

        async with open_dashboard(emulator, is_ready=False) as tui:
            assert "★ assistant:latest" in tui.lines[0]

    async def test_the_choice_of_another_process_shows_within_a_poll(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert tui.app.library is not None
            other_process.choose("phi4:14b", tui.app.library)

            await tui.shows("★ phi4:14b")
            assert "★" in tui.lines[tui.names.index("phi4:14b") + 3]

    async def test_the_choice_for_another_server_is_left_alone(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        settings: Settings,
        other_process: CurrentModel,
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert tui.app.library is not None
            CurrentModel(settings.paths.current, "elsewhere").choose("phi4:14b", tui.app.library)
            await tui.press("enter")
            await tui.shows("is the current model")

        servers = kept(settings.paths.current)["servers"]
        assert servers["elsewhere"]["model"] == "phi4:14b"
        assert other_process.read() == "assistant:latest"

    async def test_a_current_model_that_is_deleted_is_missing_but_stays(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("enter")
            await tui.shows("★ assistant:latest")

            remove(emulator, "assistant:latest")
            await tui.shows("assistant:latest missing")

            assert other_process.read() == "assistant:latest"

    async def test_it_is_not_called_missing_while_the_list_is_not_known(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("enter")
            await tui.shows("★ assistant:latest")

            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("not reachable", "as of")

            assert "missing" not in tui.text

    async def test_a_damaged_file_is_set_aside_with_a_warning(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        async with open_dashboard(emulator, size=(200, 40)) as tui:
            settings.paths.state.mkdir(parents=True, exist_ok=True)
            settings.paths.current.write_text("{oops")

            await tui.shows("damaged", "set aside")

            assert len(list(settings.paths.state.glob("current*"))) == 1

    async def test_a_folder_that_cannot_be_written_is_said(
        self, open_dashboard: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        settings.paths.state.parent.mkdir(parents=True, exist_ok=True)
        settings.paths.state.write_text("a file where the folder should be")

        async with open_dashboard(emulator, size=(200, 40)) as tui:
            await tui.press("enter")
            await tui.until(lambda: tui.app.notice and tui.app.notice.is_failure)

            assert "no current model" in tui.lines[0]
            await tui.press("s", "S")
            await tui.polled_again()
            assert "no current model" in tui.lines[0]
            assert tui.app.notice is None


class TestFastKeys:
    async def test_enter_acts_on_the_row_that_the_keys_before_it_led_to(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("down", "down", "enter")

            await tui.shows("deepseek-r1:32b is the current model")

    async def test_going_on_after_enter_changes_nothing_about_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("down", "enter", "down", "down", "down")

            await tui.until(lambda: tui.app.current is not None)
            await tui.until(lambda: tui.app.selected == tui.names[4])
            assert tui.app.current == "codestral:22b"

    async def test_letters_after_the_slash_go_into_the_filter(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("slash", "p", "h", "i", "q", "backspace", "enter", "enter")

            await tui.until(lambda: tui.app.current is not None)
            assert tui.app.current == "phi4:14b"
            assert tui.names == ["phi4:14b"]

    async def test_marks_land_on_the_rows_in_turn(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("space", "space", "space")

            await tui.until(lambda: len(tui.app.view.marks) == 3)
            assert tui.app.view.marks == set(tui.names[:3])


class TestCopyingTheName:
    async def test_y_sends_it_to_the_terminals_clipboard_and_says_so(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[str] = []
        async with open_dashboard(emulator) as tui:
            assert tui.app._driver is not None
            monkeypatch.setattr(tui.app._driver, "write", written.append)
            await tui.press("j", "y")

            await tui.shows("codestral:22b", "clipboard")
            # OSC 52 with `codestral:22b` in Base64.
            assert any("\x1b]52;c;Y29kZXN0cmFsOjIyYg==" in sent for sent in written)


class TestInspecting:
    @pytest.mark.parametrize("size", [(120, 40), (80, 24), (50, 15)])
    async def test_i_shows_all_there_is_in_any_width(
        self, open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            await tui.until(lambda: tui.app.details)
            await tui.press("i")
            await tui.shows("assistant:latest", "parameters", "qwen2")

            seen = ""
            for _ in range(30):
                seen += tui.text
                await tui.press("pagedown")

            for heading in ("System", "Template", "Licence", "Modelfile"):
                assert heading in seen
            assert "You are Qwen" in seen

            await tui.press("q")
            assert "1 Models" in tui.text

    async def test_it_moves_to_the_end_and_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.until(lambda: tui.app.details and tui.app.fit and tui.app.insights.causes)
            await tui.press("i")
            await tui.shows("digest")
            first = tui.text

            await tui.press("G")
            assert "digest" not in tui.text
            await tui.press("g")

            assert tui.text == first

    async def test_five_megabytes_are_shown(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        licence = "\n".join(f"clause {number} of the licence" for number in range(180_000))
        shown = {"details": {"family": "qwen2"}, "license": licence}
        emulator.faults["/api/show"] = Fault(answer=json_answer(shown))

        async with open_dashboard(emulator) as tui:
            await tui.press("i")
            await tui.shows("Licence", "clause 0 of")

            await tui.press("G")
            await tui.until(lambda: "of the licence" in tui.text and "clause 0 of" not in tui.text)

            await tui.press("escape")
            assert "1 Models" in tui.text

    async def test_what_show_leaves_out_is_left_out(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/show"] = Fault(answer=json_answer({}))

        async with open_dashboard(emulator) as tui:
            await tui.press("i")
            await tui.shows("parameters 14.8B")

            assert "Licence" not in tui.text

    async def test_a_failure_is_said_in_its_place(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/show"] = Fault(answer=json_answer({"error": "broken"}, 500))
            await tui.press("j", "i")

            await tui.shows("codestral:22b", "server failed: broken")


class TestTalking:
    async def test_the_demo_says_why_it_cannot(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, demo=True) as tui:
            await tui.press("o")

            assert "cannot talk" in tui.lines[-1]

    async def test_a_machine_without_ollama_says_so(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        async with open_dashboard(emulator) as tui:
            await tui.press("o")

            await tui.shows("not on the PATH")

    async def test_a_terminal_that_cannot_be_lent_says_so(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: "/bin/true")
        async with open_dashboard(emulator) as tui:
            await tui.press("o")

            await tui.shows("cannot be lent")


class TestFewModels:
    async def test_an_act_without_a_model_says_why(
        self, open_dashboard: Opener, clock: FastClock
    ) -> None:
        async with open_dashboard(Emulator(now=clock.now, sleep=clock.sleep)) as tui:
            for key in ("enter", "i", "y", "space", "o"):
                await tui.press(key)
                assert "No model is selected." in tui.lines[-1], key
                await tui.press("j")

    async def test_two_names_of_one_digest_say_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=WIDE) as tui:
            assert "shared with qwen2.5:14b" in tui.line_with("size  ")

    async def test_a_cloud_model_takes_no_disk_and_is_not_asked_about(
        self, open_dashboard: Opener, clock: FastClock
    ) -> None:
        config = ModelConfig(remote_host="https://ollama.com:443", remote_model="big:480b")
        cloud = installed("big:480b-cloud", 0, config=config)
        emulator = Emulator([cloud], now=clock.now, sleep=clock.sleep)

        async with open_dashboard(emulator) as tui:
            await tui.polled_again()

            assert "—" in tui.lines[3]
            assert "cloud" in tui.lines[3].replace("big:480b-cloud", "")
            assert "runs at ollama.com" in tui.line_with("state ")
            assert not asked(emulator, "/api/show")

    async def test_a_model_that_changed_under_its_name_is_asked_about_again(
        self, open_dashboard: Opener, clock: FastClock
    ) -> None:
        old, new = (ModelConfig(licences=(words,)) for words in ("OLD TERMS", "NEW TERMS"))
        emulator = Emulator([installed("it:1b", 5, config=old)], Registry(), now=clock.now,
                            sleep=clock.sleep)  # fmt: skip

        async with open_dashboard(emulator) as tui:
            await tui.shows("OLD TERMS")

            name = emulator.store.models[0].name
            emulator.store.install(name, manifest("it:1b", 6, new), clock.now())

            await tui.shows("NEW TERMS")


def marked(headings: str, heading: str) -> str:
    """The part of the line of headings around one of them."""
    at = headings.index(heading)
    return headings[max(0, at - 2) : at + len(heading) + 2]


def kept(path: Path) -> dict[str, Any]:
    """A file of the program's own; empty as long as it is not there."""
    if not path.exists():
        return {}
    content = json.loads(path.read_text())
    assert isinstance(content, dict)
    return content
