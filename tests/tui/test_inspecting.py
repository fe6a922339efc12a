"""Reading, searching and copying what is told of a model."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from ollama_tui.core.models import ModelDetails
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import json_answer
from ollama_tui.tui.acts import models as acts
from ollama_tui.tui.screens.inspect import InspectScreen
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_loading import select

MB = 1_000_000
LINE = "The quick brown fox jumps over the lazy dog, and a Füchsin too.\n"


def reading(tui: Dashboard) -> InspectScreen:
    """The dialog, which is open."""
    assert isinstance(tui.app.screen, InspectScreen)
    return tui.app.screen


async def inspect(tui: Dashboard, name: str = "assistant:latest") -> None:
    """Open the dialog of a model, with all that is told of it."""
    await select(tui, name)
    await tui.press("i")
    await tui.until(lambda: len(reading(tui).reader.document.sections) > 1)
    await tui.until(lambda: "Reading…" not in tui.text)


async def find(tui: Dashboard, text: str) -> None:
    """Type what to look for."""
    await tui.press("slash")
    await tui.type(text)
    await tui.until(lambda: (found := reading(tui).reader.found) and found.is_complete)


def tells(emulator: Emulator, **fields: object) -> None:
    """Let the server tell this of every model."""
    emulator.faults["/api/show"] = Fault(answer=json_answer(fields))


def top(tui: Dashboard) -> str:
    """The first line in the box."""
    box = next(index for index, of in enumerate(tui.lines) if "╭" in of)
    return tui.lines[box + 1].strip(" │█")


class TestSearching:
    async def test_what_is_typed_is_found_marked_and_counted(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "you")

            await tui.shows("/you", "1 of 4")
            assert _underlined(tui) == {"You"}

    async def test_n_and_shift_n_go_round(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "you")
            await tui.press("enter", "n")
            await tui.shows("2 of 4")
            await tui.press("N", "N")

            await tui.shows("4 of 4")
            await tui.press("n")
            await tui.shows("1 of 4")

    async def test_a_place_out_of_sight_is_gone_to(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            await inspect(tui)
            assert "To build a new" not in tui.text
            await find(tui, "to build a new")

            await tui.shows("To build a new Modelfile", "1 of 1")

    async def test_no_match_is_told(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "zebra")

            await tui.shows("/zebra", "no match")

    async def test_letters_that_are_keys_elsewhere_are_typed(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await tui.press("slash")
            tui.press_fast(*"yiqnG/", "backspace", "space", "j")

            await tui.shows("/yiqnG j")

    async def test_escape_drops_the_search_first_and_then_closes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "you")
            await tui.press("enter", "escape")
            await tui.hides("of 4")
            assert not _underlined(tui)

            await tui.press("escape")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)

    async def test_nothing_typed_is_no_search(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await tui.press("slash", "enter", "n")

            await tui.shows("/ finds, then n and N go on.")
            await tui.press("j")
            await tui.hides("/ finds, then")

    async def test_facts_are_found_too(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "q4_k_m")

            await tui.shows("1 of 1")


class TestSections:
    @pytest.mark.parametrize(
        ("there", "back"),
        [("tab", "shift+tab"), ("right_square_bracket", "left_square_bracket")],
    )
    async def test_keys_go_from_heading_to_heading(
        self, open_dashboard: Opener, emulator: Emulator, there: str, back: str
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            await inspect(tui)
            await tui.press(there)
            assert top(tui) == "System"
            await tui.press(there, there)
            assert top(tui) == "Licence"

            await tui.press(back)
            assert top(tui) == "Template"

    async def test_they_stop_at_the_first_and_the_last(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await tui.press("shift+tab")
            assert top(tui) == "Facts"

            await tui.press(*["tab"] * 9, "y")
            await tui.shows("Modelfile, ", "sent to the terminal's clipboard")


class TestCopying:
    @pytest.mark.parametrize(
        ("keys", "heading", "start"),
        [((), "Facts", "size       9.0 GB"), (("tab",), "System", "You are Qwen"),
         (("tab", "tab", "tab", "j"), "Licence", "  ")],
    )  # fmt: skip
    async def test_y_copies_the_section_that_is_read(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        keys: tuple[str, ...],
        heading: str,
        start: str,
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            await inspect(tui)
            await tui.press(*keys)
            with _written(tui) as written:
                await tui.press("y")

            assert written.copied.startswith(start)
            size = f"{len(written.copied.encode()) / 1000:.1f} kB"
            assert heading in tui.text
            assert size in tui.text or f"{len(written.copied.encode())} B" in tui.text

    async def test_it_copies_the_section_of_the_present_match(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "alibaba")
            await tui.press("enter")
            with _written(tui) as written:
                await tui.press("y")

            assert written.copied.startswith("You are Qwen")

    async def test_what_no_terminal_takes_is_not_sent_and_the_command_is_named(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        tells(emulator, license=LINE * 1000)
        async with open_dashboard(emulator, size=(80, 24), named_host="gpu-box-3") as tui:
            await inspect(tui)
            await tui.press("tab")
            with _written(tui) as written:
                await tui.press("y")

            assert written.sequences == []
            await tui.shows(
                "65.0 kB, too long to copy", "gpu-box-3", "assistant:latest --part licence"
            )


class TestWaiting:
    async def test_it_opens_at_once_and_fills_in(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "phi4:14b")
            emulator.faults["/api/show"] = Fault(delay=math.inf)
            tui.app.known_details.clear()
            await tui.press("i")

            await tui.shows("9.1 GB", "Reading…")
            await tui.press("escape")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)

            del emulator.faults["/api/show"]
            await tui.press("i")
            await tui.shows("Parameters", "<|im_sep|>")
            assert "Reading…" not in tui.text

    async def test_a_search_goes_on_in_what_comes_later(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "phi4:14b")
            await inspect(tui, "phi4:14b")
            await find(tui, "freedom")
            await tui.shows("no match")
            reading(tui).tell(ModelDetails("phi4:14b", system="Freedom."))

            await tui.shows("1 of 1")

    async def test_why_nothing_is_told_is_said(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/show"] = Fault(answer=json_answer({"error": "no such file"}, 500))
        async with open_dashboard(emulator) as tui:
            await select(tui, "phi4:14b")
            await tui.press("i")

            await tui.shows("Not all is known", "no such file", "9.1 GB")
            await tui.press("shift+tab", "tab", "y")
            await tui.shows("There is nothing to copy here.")

    async def test_a_cloud_model_says_what_is_not_here(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "qwen3-coder:480b-cloud")
            await tui.press("i")

            await tui.shows("Not here", "It runs at https://ollama.com:443, which tells no")


class TestFiveMegabytes:
    async def test_they_hold_up_no_key(self, open_dashboard: Opener, emulator: Emulator) -> None:
        tensors = [{"name": f"blk.{n}.w", "type": "F16", "shape": [64, 64]} for n in range(3000)]
        text = LINE * (5 * MB // len(LINE))
        tells(emulator, license=text, modelfile=text, tensors=tensors)
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await find(tui, "nowhere to be found")
            await tui.shows("no match")
            await tui.press("escape", "G", "g", "pagedown", "tab", "tab", "k", "y")
            await find(tui, "fox")
            await tui.press("enter", "N", "n")

            await tui.shows(f"of {text.count('fox') * 2:,}")

    async def test_keys_have_their_turn_while_one_is_looked_through(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        tells(emulator, license=LINE * (5 * MB // len(LINE)))
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await tui.press("slash", "f")
            first = reading(tui).reader.found
            assert first is not None
            await tui.press("o", "x")

            await tui.shows(" of ")
            assert not first.is_complete

    @pytest.mark.parametrize(
        "text",
        ["word " * MB, "漢字" * MB, "\n" * 2 * MB + "end"],
        ids=["one line", "wide letters", "empty lines"],
    )
    async def test_so_does_no_text_of_another_form(
        self, open_dashboard: Opener, emulator: Emulator, text: str
    ) -> None:
        tells(emulator, template=text)
        async with open_dashboard(emulator) as tui:
            await inspect(tui)
            await tui.press("G", "pageup", "k", "j", "g")
            await find(tui, "end")

            await tui.shows("1 of 1" if "end" in text else "no match")

    async def test_only_the_last_of_them_is_kept_in_memory(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        tells(emulator, license="x" * 15 * MB)
        async with open_dashboard(emulator) as tui:
            await inspect(tui, "phi4:14b")
            await tui.press("escape")
            await inspect(tui, "codestral:22b")

            assert len(tui.app.known_details) == 1


def test_few_letters_are_all_remembered_and_the_oldest_goes_first() -> None:
    known = {f"m{n}": ModelDetails(f"m{n}") for n in range(201)}

    acts._forget_some(known)

    assert len(known) == 200
    assert "m0" not in known


@dataclass
class Written:
    """What went to the terminal's clipboard."""

    sequences: list[str] = field(default_factory=list)

    @property
    def copied(self) -> str:
        [sequence] = self.sequences
        return base64.b64decode(sequence.removeprefix("\x1b]52;c;").rstrip("\a")).decode()


@contextmanager
def _written(tui: Dashboard) -> Iterator[Written]:
    written = Written()
    driver = tui.app._driver
    assert driver is not None
    write = driver.write

    def record(data: str) -> None:
        if data.startswith("\x1b]52;"):
            written.sequences.append(data)
        write(data)

    driver.write = record  # type: ignore[method-assign]
    yield written
    driver.write = write  # type: ignore[method-assign]


def _underlined(tui: Dashboard) -> set[str]:
    strips = tui.strips
    return {
        segment.text
        for strip in strips
        for segment in strip
        if segment.style is not None and segment.style.underline
    }
