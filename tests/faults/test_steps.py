"""A server that dies between two steps of an act: what is told, and that no model is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer, Disconnected, Request, Unreachable
from tests.faults.rows import Told, is_well, keys_answer
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_deleting import PHI, SMALL, delete, has
from tests.tui.test_loading import select
from tests.tui.test_naming import name

AN_HOUR = 3600


async def rename(tui: Dashboard) -> None:
    await name(tui, "R", "mine")


async def copy(tui: Dashboard) -> None:
    await name(tui, "c", "mine")


async def delete_at_once(tui: Dashboard) -> None:
    await delete(tui, SMALL, "o")


async def load(tui: Dashboard) -> None:
    await select(tui, SMALL)
    await tui.press("l", "y")


@dataclass(frozen=True, slots=True)
class Row(Told):
    """An act, and the step at which the server dies."""

    act: Callable[[Dashboard], Awaitable[None]]
    step: str
    """The path of the request."""
    is_done: bool
    """Whether the server did what was asked before it died."""
    left: tuple[str, ...]
    """The models of which the server has each afterwards."""


UNKNOWN = "is not known"
ROWS = (
    Row("rename, at the copy", ("is not renamed",), rename, "/api/copy", False, (PHI,)),
    Row("rename, after the copy", (UNKNOWN, "mine may be"), rename, "/api/copy", True,
        (PHI, "mine")),
    Row("rename, at the delete", ("mine:latest is there", "may be, too"), rename, "/api/delete",
        False, (PHI, "mine")),
    Row("rename, after the delete", (UNKNOWN, "mine:latest is there"), rename, "/api/delete", True,
        ("mine",)),
    Row("copy, at it", ("is not copied",), copy, "/api/copy", False, (PHI,)),
    Row("copy, after it", (UNKNOWN, "mine may be"), copy, "/api/copy", True, (PHI, "mine")),
    Row("delete, at it", ("is not deleted",), delete_at_once, "/api/delete", False, (SMALL,)),
    Row("delete, after it", (UNKNOWN,), delete_at_once, "/api/delete", True, ()),
    Row("load", ("is not loaded",), load, "/api/generate", True, (SMALL,)),
)  # fmt: skip


def dies_at(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    """Let the server die at the step of a row, and stay away."""
    genuine = emulator.answer

    async def answer(request: Request) -> Answer:
        if request.path != row.step or "*" in emulator.faults:
            return await genuine(request)
        if row.is_done:
            await genuine(request)
        emulator.faults["*"] = Fault(unreachable=True)
        raise Disconnected if row.is_done else Unreachable

    monkeypatch.setattr(emulator, "answer", answer)


@pytest.mark.parametrize("row", ROWS, ids=[row.row for row in ROWS])
async def test_it_is_told_and_no_model_is_lost(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    dies_at(emulator, monkeypatch, row)
    async with open_dashboard(emulator) as tui:
        await row.act(tui)
        await tui.until(lambda: tui.app.notice)
        await tui.shows("● not reachable")
        assert all(word in tui.notice for word in row.words)

        await keys_answer(tui)

        monkeypatch.undo()
        emulator.faults.clear()
        await tui.until(lambda: is_well(tui))
        assert all(has(emulator, name) for name in row.left)
        await tui.until(lambda: len(tui.names) == len(list(emulator.store.models)))


class TestUndoing:
    async def test_what_is_taken_back_while_the_server_is_down_stays(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("● not reachable")
            await tui.press("z")
            assert f"Kept {SMALL}" in tui.notice
            await keys_answer(tui)

            emulator.faults.clear()
            await tui.until(lambda: is_well(tui))
            assert has(emulator, SMALL)
            assert "deleting" not in tui.text

    async def test_what_falls_due_while_the_server_is_down_is_told_and_stays(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/delete"] = Fault(unreachable=True)
        async with open_dashboard(emulator, undo_seconds=0.3) as tui:
            await delete(tui, SMALL)
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.until(lambda: f"{SMALL} is not deleted" in tui.notice)
            await keys_answer(tui)

            emulator.faults.clear()
            await tui.until(lambda: is_well(tui))
            assert SMALL in tui.names
