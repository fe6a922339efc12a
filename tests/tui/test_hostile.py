"""What a server can say to do harm: nothing of it may crash, and nothing raw may be drawn."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import NDJSON, Answer, json_answer
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import begin

ESCAPES = "a\x1b[2J\x1b]52;c;cHduZWQ=\x07b\x9b31mc\x00d\re\nf\tg"
HOSTILE = [
    ESCAPES,
    "x[/b]y",
    "[/]",
    "[red]z[/red]",
    "[@click=app.quit]w[/]",
    "n" * 300,
    "模型" * 60,
    "a\u202egnp.exe\u2066b\u200bc",
    "\ud800broken",
    "e\u0301" * 100,
    "👩‍👩‍👧‍👦" * 20,
    " ",
    "",
    "$error",
    "{{ .System }}",
]
SIZES = [(120, 40), (80, 24), (30, 12)]


def entry(name: object, **others: object) -> dict[str, object]:
    """A model as `/api/tags` lists it, each text of it hostile."""
    return {
        "name": name, "model": name, "modified_at": name, "size": 5_000_000_000, "digest": name,
        "details": {"family": name, "families": [name], "parameter_size": name,
                    "quantization_level": name, "parent_model": name},
        "capabilities": [name, name], **others,
    }  # fmt: skip


def is_safe(tui: Dashboard) -> bool:
    """Whether nothing on the screen could move a cursor or turn the writing round."""
    bad = {letter for letter in tui.text if unicodedata.category(letter) in ("Cc", "Cf", "Cs")}
    return bad <= {"\n", "\u200d"}


def tags(*entries: object) -> Fault:
    """The server lists these, each once."""
    return Fault(answer=json_answer_of({"models": entries}))


def json_answer_of(value: object) -> Answer:
    """JSON in ASCII, so that lone surrogates can be sent too."""
    return Answer(200, (("content-type", "application/json"),), json.dumps(value).encode())


def shown(text: str) -> dict[str, object]:
    """A model as `/api/show` describes it, each text of it hostile."""
    return {
        "license": text, "modelfile": text, "parameters": text, "template": text,
        "system": text, "capabilities": [text],
        "details": {"family": text, "families": [text], "parameter_size": text,
                    "quantization_level": text},
        "model_info": {"general.architecture": text, f"{text}.context_length": 5},
    }  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
async def test_texts_of_installed_models(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    numbered = [entry(name) | {"digest": f"{name}{n}"} for n, name in enumerate(HOSTILE)]
    emulator.faults["/api/tags"] = tags(*numbered)

    async with open_dashboard(emulator, size=size) as tui:
        for _ in HOSTILE:
            await tui.press("enter", "j")
            assert is_safe(tui)
        await tui.press("s", "s", "S", "slash", "n", "enter", "space", "y", "i")
        await tui.pilot.pause(0.1)
        assert is_safe(tui)
        await tui.press("escape")
        assert await tui.leaves("q")


@pytest.mark.parametrize("size", SIZES)
async def test_texts_of_loaded_models(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    emulator.faults["/api/ps"] = tags(
        *(
            entry(name, size_vram=1, context_length=4096, expires_at="2026-11-24T16:00:00Z")
            for name in HOSTILE
        )
    )

    async with open_dashboard(emulator, size=size) as tui:
        await tui.press("2")
        for _ in HOSTILE:
            await tui.press("j")
            assert is_safe(tui)
        await tui.press("y", "i", "2")
        await tui.pilot.pause(0.05)
        assert is_safe(tui)
        assert await tui.leaves("q")


async def test_texts_of_one_models_details(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator, size=(160, 40)) as tui:
        for text in HOSTILE:
            emulator.faults["/api/show"] = Fault(answer=json_answer_of(shown(text)))
            await tui.press("r", "i")
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            assert is_safe(tui)
            await tui.press("G", "g", "q")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)
            await tui.press("j")
            await tui.until(lambda: tui.app.details)
            assert is_safe(tui)


async def test_the_version_and_the_words_of_a_failure(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        for text in HOSTILE:
            failed = replace(json_answer_of({"error": text}), status=500)
            emulator.faults["/api/version"] = Fault(answer=json_answer_of({"version": text}))
            emulator.faults["/api/ps"] = Fault(answer=failed)
            await tui.press("r")
            await tui.shows("Ollama does not answer")
            assert is_safe(tui)

            del emulator.faults["/api/ps"]
            await tui.press("r")
            await tui.shows("● running")
            assert is_safe(tui)


async def test_the_status_and_the_error_of_a_pull(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        for number, text in enumerate(HOSTILE):
            lines = [{"status": text}, {"status": f"verifying{text}", "digest": text},
                     {"error": text or "no"}]  # fmt: skip
            body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
            answer = Answer(200, (("content-type", NDJSON),), body)
            emulator.faults["/api/pull"] = Fault(answer=answer)
            await begin(tui, f"some:{number}b")
            await tui.shows("Failed: ")
            assert is_safe(tui)
            await tui.press("escape", "1", "4")
            await tui.shows("failed · P pulls it again")
            assert is_safe(tui)


BODIES: list[object] = [
    {"models": None},
    {"models": {}},
    {"models": [None, 1, "x", [], {}]},
    {"models": [{"name": 5}]},
    {"models": [entry("ok:1b", size=-1)]},
    {"models": [entry("ok:1b", size=1e300, modified_at="9999-12-31T23:59:59Z")]},
    {"models": [entry("ok:1b", size="big", details=[], capabilities="all")]},
    {"models": [entry("ok:1b", modified_at="0001-01-01T00:00:00Z")]},
    {"models": [entry("same:1b"), entry("same:1b")]},
    {"models": [entry("Same:1b"), entry("same:1B")]},
    [],
    None,
]


@pytest.mark.parametrize("path", ["/api/tags", "/api/ps", "/api/show"])
async def test_answers_of_another_shape(
    open_dashboard: Opener, emulator: Emulator, path: str
) -> None:
    async with open_dashboard(emulator) as tui:
        for body in BODIES:
            emulator.faults[path] = Fault(answer=json_answer(body))
            await tui.polled_again()
            await tui.press("j", "k", "2", "j", "1", "s")
            assert is_safe(tui)
        assert await tui.leaves("q")


async def test_two_entries_of_one_name_do_not_hold_the_cursor(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.faults["/api/tags"] = tags(entry("a:1b"), entry("a:1b"), entry("b:1b"))

    async with open_dashboard(emulator) as tui:
        await tui.press("j", "j")
        await tui.polled_again()

        assert tui.app.selected == "b:1b"


async def test_markup_in_a_notice_is_text(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        tui.app.tell("[/b] [red]done[/red]", "[/]")

        await tui.shows("[/b] [red]done[/red] · [/]")
