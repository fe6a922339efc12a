"""Answers of a server that are well formed and cannot be, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.wire import Answer, json_answer
from tests.faults.rows import Told, is_well, keys_answer
from tests.tui.dashboard import Opener
from tests.tui.test_hostile import json_answer_of

LONG = "n" * 10_000
FIELDS = ("model", "modified_at", "size", "digest", "details", "capabilities", "remote_host",
          "size_vram", "context_length", "expires_at")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row(Told):
    """What is strange about a model that the server tells of."""

    answer: Answer
    """To `ps` and `tags`."""


def row(name: str, words: str, **fields: object) -> Row:
    """Both lists have one model, with those fields."""
    told = {"name": "odd:1b", "digest": "abc", "size": 5_000_000_000, **fields}
    return Row(name, (words,), json_answer_of({"models": [told]}))


def only(fields: Mapping[str, object]) -> Answer:
    """Both lists have one model, with those fields alone."""
    return json_answer_of({"models": [{"name": "odd:1b", **fields}]})


ROWS = (
    Row("missing fields", ("—",), only({})),
    Row("null fields", ("—",), only(dict.fromkeys(FIELDS))),
    Row("fields of another kind", ("—",), only({key: {"a": [1]} for key in FIELDS})),
    Row("null models", ("No models yet", "nothing is loaded"), json_answer({"models": None})),
    row("negative sizes", "—", size=-5, size_vram=-(2**63)),
    row("huge sizes", "—", size=2**63, size_vram=1e300, context_length=1e300),
    row("no numbers", "—", size=float("nan"), size_vram=float("inf")),
    row("year 1", "—", modified_at="0001-01-01T00:00:00Z", expires_at="0001-01-01T00:00:00Z"),
    row("year 2318", "pinned", modified_at="2318-04-06T01:46:40Z",
        expires_at="2318-04-06T01:46:40Z"),
    row("year 9999", "pinned", expires_at="9999-12-31T23:59:59-14:00"),
    Row("10,000 letters", ("nnnn…", "1 loaded"), only(dict.fromkeys(("name", *FIELDS), LONG))),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.row for row in ROWS])
async def test_it_is_shown_for_what_it_is_and_passes(
    open_dashboard: Opener, emulator: Emulator, row: Row
) -> None:
    async with open_dashboard(emulator) as tui:
        names = tui.names
        emulator.faults.update(dict.fromkeys(("/api/ps", "/api/tags"), Fault(answer=row.answer)))
        await tui.shows("● running", *row.words)
        await tui.until(lambda: tui.names != names)

        await keys_answer(tui)
        await tui.press("2", "j", "i", "escape", "1", "s", "S")
        assert tui.app.notice is None or not tui.app.notice.is_failure

        emulator.faults.clear()
        await tui.until(lambda: is_well(tui) and sorted(tui.names) == sorted(names))


@pytest.mark.parametrize("hours", [-9, 7], ids=["behind", "ahead"])
async def test_a_clock_that_is_hours_off_leaves_the_minutes_right(
    open_dashboard: Opener, clock: FastClock, hours: int
) -> None:
    there = FastClock(clock.now() + timedelta(hours=hours), pause=0.002)

    async with open_dashboard(demo_emulator(there.now, there.sleep)) as tui:
        assert "12 min" in tui.line_with("27.1 GiB")
        assert "pinned" in tui.text
        await keys_answer(tui)
